#include "e2e/chaos/site.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <utility>

namespace callctl::chaos {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr const char* k_public = "https://calls.example.com";
constexpr const char* k_hook = "https://calls.example.com/webhook";
constexpr auto k_twilios_patience = 15s;
constexpr auto k_until_busy = 3s;
// A lease is 60 s.
constexpr auto k_past_a_lease = 70s;

std::string here(std::uint16_t port) {
    return "http://127.0.0.1:" + std::to_string(port);
}

Json call_of(std::uint32_t die) {
    const Json all_events = {"initiated", "ringing", "answered", "completed"};
    Json call{{"status_callback", std::string{k_hook} + "/call_status"},
              {"dialogue", die % 3 == 0 ? "he-appointment" : "en-appointment"}};
    const std::uint32_t kind = die / 3 % 20;
    if (kind < 9) {
        call["direction"] = "inbound";
        call["voice_url"] = std::string{k_hook} + "/incoming_call";
    } else if (kind < 17) {
        call["direction"] = "outbound";
        call["voice_url"] = std::string{k_hook} + "/outbound_call";
        call["status_callback_events"] = all_events;
    } else {
        call["direction"] = "outbound";
        call["twiml"] = "<Response><Connect><Stream url=\"wss://other.example.com/s\"/></Connect>"
                        "</Response>";
        call["status_callback_events"] = all_events;
    }
    if (kind == 8) {
        call["dialogue"] = "en-clear-4";
    } else if (kind == 16) {
        call["outcome"] = die % 2 == 0 ? "no-answer" : "busy";
    }
    return call;
}

} // namespace

Site::Site(const SiteOptions& options)
    : m_options{options}, m_random{options.seed}, m_ledger{options.folder + "/ledger.jsonl"},
      m_databases{options.pg, options.folder}, m_guard{asio::make_work_guard(m_context)},
      m_database{[this] { return m_databases.url(); }}, m_orphans{
                                                            [this] { return m_databases.url(); }} {
    m_thread = std::jthread{[this] { m_context.run(); }};
    start_simulator();
    for (int i = 0; i < options.hosts; ++i) {
        make_host(i);
    }
    migrate();
    for (const auto& host : m_hosts) {
        host->start();
    }
}

Site::~Site() {
    m_hosts.clear();
    m_simulator.reset();
    m_context.stop();
}

void Site::start_simulator() {
    m_gateways.push_back(std::make_unique<Gateway>(
        m_context, "webhook", [this] { return receivers(); }, m_ledger, k_twilios_patience));
    const std::string port_file = m_options.folder + "/simulator.port";
    m_simulator = std::make_unique<e2e::Process>(
        m_options.simulator,
        std::vector<std::string>{"--listen", "127.0.0.1:0", "--media-dir",
                                 m_options.folder + "/../media", "--port-file", port_file,
                                 "--time-scale", "4", "--seed", std::to_string(m_options.seed),
                                 "--rewrite", k_public + ("=" + here(m_gateways.front()->port()))},
        e2e::Environment{{"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C.UTF-8"}},
        m_options.folder + "/simulator");
    const bool listens = e2e::eventually(
        [&] { return !m_simulator->running() || std::filesystem::exists(port_file); }, 2min);
    std::ifstream{port_file} >> m_simulator_port;
    if (!listens || m_simulator_port == 0) {
        throw std::runtime_error{"the simulator did not start: " + m_simulator->err()};
    }
    // As slow as the real ones are beside a database, so that faults meet calls in the middle; half
    // the time only, because one request meets one fault.
    ask(m_simulator_port, "POST", "/sim/faults",
        {{{"where", "transcription"}, {"kind", "slow"}, {"delay_ms", 600}, {"probability", 0.5}},
         {{"where", "summary"}, {"kind", "slow"}, {"delay_ms", 2'000}, {"probability", 0.5}}});
    m_gateways.push_back(std::make_unique<Gateway>(
        m_context, "request", [this] { return std::vector<Upstream>{{.port = m_simulator_port}}; },
        m_ledger, 2min));
}

void Site::make_host(int number) {
    const auto wire = [this](std::size_t cluster) {
        return [this, cluster] { return m_databases.socket(cluster); };
    };
    m_wires.push_back(std::make_unique<Wires>(m_context, wire(0), wire(1)));
    m_gateways.push_back(std::make_unique<Gateway>(
        m_context, "request",
        [this, number] {
            return std::vector<Upstream>{{.host = number, .port = m_simulator_port}};
        },
        m_ledger, 2min));
    m_ports.push_back(std::make_unique<Ports>());
    const std::string name = m_options.folder + "/host-" + std::to_string(number);
    std::filesystem::create_directories(name);
    m_hosts.push_back(std::make_unique<Host>(
        m_options.callctl,
        e2e::Environment{
            {"DATABASE_URL",
             "postgresql://postgres@127.0.0.1:" + std::to_string(m_wires.back()->first.port()) +
                 ",127.0.0.1:" + std::to_string(m_wires.back()->second.port()) +
                 "/postgres?target_session_attrs=read-write"},
            {"TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000000"},
            {"TWILIO_AUTH_TOKEN", "sim-auth-token"},
            {"TWILIO_API_BASE_URL", here(m_gateways.back()->port())},
            {"OPENAI_API_KEY", std::string{k_ai_key} + "-" + std::to_string(number)},
            {"OPENAI_BASE_URL", here(m_gateways[1]->port()) + "/v1"},
            {"CALLCTL_TRANSCRIPT_MODEL", "gpt-transcribe"},
            {"CALLCTL_TRANSCRIPT_RESPONSE_FORMAT", "json"},
            {"CALLCTL_SUMMARY_MODEL", "gpt-6-luna"},
            {"CALLCTL_PUBLIC_URL", k_public},
            {"CALLCTL_STREAM_URL", "wss://agent.example.com/stream"},
            {"CALLCTL_LISTEN", "127.0.0.1:" + std::to_string(m_ports.back()->webhooks.number())},
            {"CALLCTL_ADMIN_LISTEN", "127.0.0.1:" + std::to_string(m_ports.back()->admin.number())},
            {"CALLCTL_STATE_DIR", name},
            {"CALLCTL_LOG_LEVEL", "debug"},
            {"HOME", name},
            {"PATH", "/usr/bin:/bin"},
            {"LC_ALL", "C.UTF-8"}},
        name + "/log"));
}

void Site::migrate() {
    e2e::Process process{m_options.callctl,
                         {"migrate"},
                         {{"DATABASE_URL", m_databases.url()}, {"PATH", "/usr/bin:/bin"}},
                         m_options.folder + "/migrate"};
    if (const auto finished = process.wait(); finished.code != 0) {
        throw std::runtime_error{"callctl migrate: " + finished.err};
    }
}

// As a load balancer has it: the next one has the next turn, and whoever refuses is passed over.
std::vector<Upstream> Site::receivers() {
    std::vector<Upstream> upstreams;
    ++m_turn;
    for (std::size_t i = 0; i < m_ports.size(); ++i) {
        const std::size_t number = (m_turn + i) % m_ports.size();
        upstreams.push_back(
            {.host = static_cast<int>(number), .port = m_ports[number]->webhooks.number()});
    }
    return upstreams;
}

void Site::place_call() {
    ask(m_simulator_port, "POST", "/sim/calls", call_of(static_cast<std::uint32_t>(m_random())));
    ++m_placed;
}

void Site::later(milliseconds after, std::function<void()> action) {
    m_later.emplace(Clock::now() + after, std::move(action));
}

void Site::start_again(const Planned& planned) {
    later(milliseconds{500 + planned.die % 3'000},
          [this, host = planned.host] { m_hosts[static_cast<std::size_t>(host)]->start(); });
}

void Site::strike(const Planned& planned) {
    Host& host = *m_hosts[static_cast<std::size_t>(planned.host)];
    Wires& wires = *m_wires[static_cast<std::size_t>(planned.host)];
    std::cerr << "chaos: " << to_string(planned.event) << ", host " << planned.host << '\n';
    switch (planned.event) {
    case Event::kill: {
        auto workers = host.workers();
        // A death in idleness would show nothing.
        static_cast<void>(
            e2e::eventually([&] { return Orphans::are_busy(m_database, workers); }, k_until_busy));
        m_orphans.going(std::move(workers), /*orderly=*/false);
        host.kill();
        m_orphans.gone();
        start_again(planned);
        break;
    }
    case Event::clock_shift:
        host.shift_clock((planned.die % 2 == 0 ? "+" : "-") +
                         std::to_string(1'800 + planned.die % 7'200));
        [[fallthrough]];
    case Event::stop:
        // Who cannot reach the database hands nothing back.
        m_orphans.going(host.workers(), /*orderly=*/wires.first.is_whole());
        m_longest_stop = std::max(m_longest_stop, host.stop());
        m_orphans.gone();
        start_again(planned);
        break;
    case Event::pause:
        if (host.runs()) {
            host.pause();
            later(k_past_a_lease, [&host] { host.resume(); });
        }
        break;
    case Event::restart_database:
        m_orphans.database_away();
        m_databases.restart("fast");
        m_orphans.database_away();
        break;
    case Event::crash_database:
        m_orphans.database_away();
        m_databases.restart("immediate");
        m_orphans.database_away();
        break;
    case Event::fail_over:
        m_orphans.database_away();
        m_databases.fail_over();
        m_orphans.database_away();
        later(3s, [this] { m_databases.rebuild(); });
        break;
    case Event::cut:
        wires.set(Wire::State::cut);
        later(milliseconds{1'000 + planned.die % 6'000},
              [&wires] { wires.set(Wire::State::whole); });
        break;
    case Event::black_hole:
        wires.set(Wire::State::swallows);
        later(milliseconds{5'000 + planned.die % 20'000},
              [&wires] { wires.set(Wire::State::whole); });
        break;
    case Event::provider_fault:
        fault(planned.die);
        break;
    }
}

void Site::fault(std::uint32_t die) {
    const std::array<Json, 8> k_faults{{
        {{"where", "transcription"}, {"kind", "status"}, {"status", 503}, {"probability", 0.5}},
        {{"where", "transcription"}, {"kind", "reset"}, {"probability", 0.3}},
        {{"where", "summary"}, {"kind", "cut"}, {"probability", 0.5}},
        {{"where", "summary"}, {"kind", "html"}, {"status", 502}, {"probability", 0.5}},
        {{"where", "twilio"}, {"kind", "status"}, {"status", 429}, {"probability", 0.5}},
        {{"where", "media"}, {"kind", "not_ready"}, {"code", 21501}, {"probability", 0.5}},
        {{"where", "callback.recording"}, {"kind", "drop"}, {"probability", 0.7}},
        {{"where", "callback.call"}, {"kind", "duplicate"}, {"probability", 0.7}},
    }};
    const Json made =
        ask(m_simulator_port, "POST", "/sim/faults", k_faults.at(die % k_faults.size()));
    const std::string id = made["ids"].at(0).dump();
    later(10s, [this, id] { ask(m_simulator_port, "DELETE", "/sim/faults/" + id); });
}

void Site::tick() {
    while (!m_later.empty() && m_later.begin()->first <= Clock::now()) {
        const auto action = std::move(m_later.begin()->second);
        m_later.erase(m_later.begin());
        action();
    }
    for (const auto& host : m_hosts) {
        host->look_after();
    }
}

void Site::heal() {
    while (!m_later.empty()) {
        const auto action = std::move(m_later.begin()->second);
        m_later.erase(m_later.begin());
        action();
    }
}

void Site::stop_hosts() {
    for (const auto& host : m_hosts) {
        host->stop();
    }
}

void Site::wait_for_quiet() {
    ask(m_simulator_port, "GET", "/sim/quiet");
}

std::vector<std::string> Site::complaints() const {
    std::vector<std::string> complaints;
    for (const auto& host : m_hosts) {
        if (!host->complaint().empty()) {
            complaints.push_back(host->complaint());
        }
    }
    return complaints;
}

} // namespace callctl::chaos
