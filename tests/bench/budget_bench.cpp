// bench_budget: what many hosts that drain a backlog together make of a provider's limits. For
// scripts/bench.
//
// usage: bench_budget URL [CALLS [REQUESTS_A_MINUTE [PLACES]]]
//
// In an empty database; 8 hosts of 8 threads, each with connections of its own. Prints, for the
// provider that came off worst: requests sent, the most in any minute, how much of the budget was
// used in percent, the most at a time, and the attempts that were burnt.
#include "bench/rows.hpp"

#include "app/request_pacer.hpp"
#include "app/workers.hpp"
#include "pg/call_store.hpp"
#include "pg/migrator.hpp"
#include "pg/pool.hpp"
#include "pipeline/outcome.hpp"
#include "sys/clock.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace callctl {
namespace {

constexpr int k_hosts = 8;
constexpr int k_threads = 8;

/// What a provider sees of all hosts.
class Meter {
  public:
    void begin() {
        const std::scoped_lock lock{m_mutex};
        m_sent.push_back(std::chrono::steady_clock::now());
        m_most_at_once = std::max(m_most_at_once, ++m_at_once);
    }
    void end() {
        const std::scoped_lock lock{m_mutex};
        --m_at_once;
    }
    [[nodiscard]] std::size_t sent() const { return m_sent.size(); }
    [[nodiscard]] int most_at_once() const { return m_most_at_once; }
    [[nodiscard]] std::ptrdiff_t most_in_a_minute() const {
        std::ptrdiff_t most = 0;
        for (auto from = m_sent.begin(); from != m_sent.end(); ++from) {
            const auto end = std::lower_bound(from, m_sent.end(), *from + std::chrono::minutes{1});
            most = std::max(most, end - from);
        }
        return most;
    }
    [[nodiscard]] double a_minute() const {
        const std::chrono::duration<double, std::ratio<60>> passed = m_sent.back() - m_sent.front();
        return static_cast<double>(m_sent.size()) / passed.count();
    }

  private:
    std::mutex m_mutex{};
    std::vector<std::chrono::steady_clock::time_point> m_sent{};
    int m_at_once{0};
    int m_most_at_once{0};
};

using Meters = std::array<Meter, call::k_providers.size()>;

/// One request a step, which takes 20 ms.
class MeteredProviders : public app::StepRunner {
  public:
    MeteredProviders(app::RequestPacer& pacer, Meters& meters) : m_pacer{pacer}, m_meters{meters} {}

    app::StepResult run(const pipeline::Step& step, const call::Call& call, base::Time /*now*/,
                        port::PieceShelf& /*shelf*/, const app::PartDone& /*done*/) override {
        if (std::holds_alternative<pipeline::Observe>(step)) {
            return {bench::recorded(call)};
        }
        const call::Provider provider = pipeline::providers_of(step).front();
        if (!m_pacer.wait_for_turn(provider)) {
            return {base::fail(call::Failure{.reason = call::Reason::interrupted})};
        }
        Meter& meter = m_meters[static_cast<std::size_t>(provider)];
        meter.begin();
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        meter.end();
        return {pipeline::Learnt{.artefacts = {{.stage = call.stage, .text = "words"}}},
                {.requests = 1}};
    }

  private:
    app::RequestPacer& m_pacer;
    Meters& m_meters;
};

/// A host of its own: connections, driver, workers.
void work(const pg::ConnectOptions& connect, const pipeline::Policy& policy, Meters& meters,
          int number) {
    sys::SystemClock clock;
    pg::Pool pool{connect, {.max_connections = 6}};
    pg::PgCallStore store{pool,
                          {.providers_known_for = std::chrono::milliseconds{100},
                           .claims_go_on_for = std::chrono::milliseconds{1'000}}};
    const auto logger =
        std::make_shared<spdlog::logger>("bench", std::make_shared<spdlog::sinks::null_sink_mt>());
    app::RequestPacer pacer{store, clock, policy};
    MeteredProviders providers{pacer, meters};
    const app::Driver driver{store, providers, clock, policy, [] { return 0.5; }, logger};
    app::Workers workers{store, driver, clock, logger};
    workers.run({.worker = fmt::format("host-{}", number),
                 .concurrency = k_threads,
                 .max_runtime = std::chrono::minutes{20},
                 .until = app::WorkRequest::Until::idle});
}

int run(const std::string& url, int calls, int requests_per_minute, int places) {
    const pg::ConnectOptions connect{.conninfo = base::Secret{url}};
    pg::Pool pool{connect};
    {
        sys::SystemClock clock;
        pg::Migrator{connect, clock}.run();
        bench::insert_due(pool, calls);
    }
    pipeline::Policy policy;
    for (const auto provider : {call::Provider::transcription, call::Provider::summary}) {
        policy.limits[static_cast<std::size_t>(provider)] = {requests_per_minute, places};
    }
    Meters meters;
    {
        std::vector<std::jthread> hosts;
        for (int number = 0; number < k_hosts; ++number) {
            hosts.emplace_back([&, number] { work(connect, policy, meters, number); });
        }
    }
    const auto completed = pool.transact([](pg::Transaction& transaction) {
        return transaction.exec("SELECT count(*) FROM call_log WHERE summary_status = 'completed'")
            .one()
            .at(0)
            .integer();
    });
    const auto burnt = pool.transact([](pg::Transaction& transaction) {
        return transaction
            .exec("SELECT count(*) FROM callctl.attempt WHERE burnt AND reason IS NOT NULL")
            .one()
            .at(0)
            .integer();
    });
    if (completed != calls) {
        throw std::runtime_error{fmt::format("{} of {} calls completed", completed, calls)};
    }
    const Meter& speech = meters[static_cast<std::size_t>(call::Provider::transcription)];
    const Meter& words = meters[static_cast<std::size_t>(call::Provider::summary)];
    fmt::print("{} {} {:.1f} {} {}\n", speech.sent() + words.sent(),
               std::max(speech.most_in_a_minute(), words.most_in_a_minute()),
               100 * std::min(speech.a_minute(), words.a_minute()) / requests_per_minute,
               std::max(speech.most_at_once(), words.most_at_once()), burnt);
    return 0;
}

} // namespace
} // namespace callctl

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> arguments{argv + 1, argv + argc};
        const auto number = [&](std::size_t at, int preset) {
            return arguments.size() > at ? std::stoi(arguments[at]) : preset;
        };
        return callctl::run(arguments.at(0), number(1, 10'000), number(2, 6'000), number(3, 32));
    } catch (const std::exception& error) {
        std::cerr << "bench_budget: " << error.what() << '\n';
        return 1;
    }
}
