// callctl-lost-webhooks: webhooks under load, while serve-webhooks is killed with -9 and PostgreSQL
// is stopped without a shutdown, time and again. In the end everything that was answered 2xx must
// be in the tables, once. Shares no code with callctl.
#include "e2e/chaos/inbox_audit.hpp"
#include "e2e/chaos/receiver.hpp"
#include "e2e/chaos/senders.hpp"
#include "e2e/held_port.hpp"
#include "e2e/process.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>
#include <stdexcept>

namespace callctl::chaos {
namespace {

using std::chrono::milliseconds;

struct Options {
    Place place{};
    int kills{200};
    int stops{50};
    bool break_durability{false};
    SendersPlan senders{};
};

// What is acked counts on the disk.
constexpr const char* k_durable = "-c fsync=on -c full_page_writes=on -c synchronous_commit=on";
// A commit is confirmed long before it is written.
constexpr const char* k_broken =
    "-c fsync=on -c synchronous_commit=off -c wal_writer_delay=10s -c wal_writer_flush_after=1GB";

constexpr std::chrono::seconds k_patience{60};

class Trial {
  public:
    explicit Trial(const Options& options)
        : m_options{options}, m_dice{options.senders.seed}, m_path{path()},
          m_cluster{options.place, m_path, options.break_durability ? k_broken : k_durable},
          m_server{options.place, m_path, m_cluster.url(), m_port.number(), m_admin_port.number()},
          m_log{options.place.folder + "/acked"}, m_database{[this] { return m_cluster.url(); }} {}

    /// True when all was well; or, where durability is broken, when that was noticed.
    bool run() {
        m_server.migrate();
        m_server.look_after();
        m_options.senders.port = m_port.number();
        Senders senders{m_options.senders, m_log};
        for (const char event : plan()) {
            await_acks();
            pause(300);
            event == 'k' ? m_server.kill() : stop_database();
        }
        await_acks();
        senders.stop();
        const InboxFindings findings = audit_in_the_end();
        print(findings, senders);
        return m_options.break_durability ? findings.lost > 0 : findings.clean();
    }

  private:
    static std::string path() {
        const char* const found = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe) one thread
        return found == nullptr ? "/usr/bin:/bin" : found;
    }

    [[nodiscard]] std::string plan() {
        std::string events(static_cast<std::size_t>(m_options.kills), 'k');
        events.append(static_cast<std::size_t>(m_options.stops), 's');
        std::ranges::shuffle(events, m_dice);
        return events;
    }

    void pause(int most_milliseconds) {
        std::this_thread::sleep_for(
            milliseconds{std::uniform_int_distribution{0, most_milliseconds}(m_dice)});
    }

    /// Some deliveries are acked again: there is something to lose.
    void await_acks() {
        const std::size_t wanted = m_log.count() + 50;
        const bool goes_on = e2e::eventually(
            [&] {
                m_server.look_after();
                return m_log.count() >= wanted;
            },
            k_patience);
        if (!goes_on) {
            throw std::runtime_error{"no webhook is accepted any more: " + m_server.said()};
        }
    }

    /// Away for a while; each second time the server dies meanwhile.
    void stop_database() {
        m_cluster.stop_at_once();
        pause(300);
        if (std::bernoulli_distribution{0.5}(m_dice)) {
            m_server.kill();
            m_server.look_after();
            pause(200);
        }
        m_cluster.start();
    }

    /// What was taken while the database was away may still be on its way there.
    InboxFindings audit_in_the_end() {
        InboxFindings findings;
        static_cast<void>(e2e::eventually(
            [&] {
                m_server.look_after();
                findings = audit_inbox(m_database, m_log.acked());
                return findings.clean() || m_options.break_durability;
            },
            k_patience));
        return findings;
    }

    void print(const InboxFindings& findings, const Senders& senders) const {
        fmt::print("{} deliveries answered 2xx, {} tries that failed, {} deliveries given up, {} x "
                   "kill -9, {} x stop of PostgreSQL\n",
                   m_log.count(), senders.failed_tries(), senders.given_up(), m_options.kills,
                   m_options.stops);
        fmt::print("acked and lost: {}; twice: {}; not applied: {}; without effect: {}\n",
                   findings.lost, findings.repeated, findings.unapplied, findings.without_effect);
        for (const std::string& sid : findings.examples) {
            fmt::print("  {}\n", sid);
        }
        if (!findings.clean() && !m_options.break_durability) {
            fmt::print("the server has said:\n{}", m_server.said());
        }
    }

    Options m_options;
    std::mt19937_64 m_dice;
    std::string m_path;
    Cluster m_cluster;
    e2e::HeldPort m_port{};
    e2e::HeldPort m_admin_port{};
    Receiver m_server;
    AckLog m_log;
    Database m_database;
};

int run(int argc, char** argv) {
    Options options;
    CLI::App app{"kills and stops under load; 0 when nothing that was acked is lost"};
    app.add_option("--callctl", options.place.callctl, "the program")->required();
    app.add_option("--pg", options.place.pg, "scripts/pg")->required();
    app.add_option("--folder", options.place.folder, "for the cluster and all files; it is emptied")
        ->required();
    app.add_option("--kills", options.kills, "kill -9 of callctl")->capture_default_str();
    app.add_option("--stops", options.stops, "immediate stops of PostgreSQL")
        ->capture_default_str();
    app.add_option("--connections", options.senders.connections, "at a time")
        ->capture_default_str();
    app.add_option("--rate", options.senders.rate, "deliveries a second")->capture_default_str();
    app.add_option("--voice-every", options.senders.voice_every,
                   "each so many is an incoming call; 0: none")
        ->capture_default_str();
    app.add_option("--seed", options.senders.seed, "of the order and the pauses")
        ->capture_default_str();
    app.add_flag("--break-durability", options.break_durability,
                 "PostgreSQL confirms what it has not written; 0 when the loss is found");
    CLI11_PARSE(app, argc, argv);
    options.place.folder = std::filesystem::absolute(options.place.folder).string();
    std::filesystem::remove_all(options.place.folder);
    std::filesystem::create_directories(options.place.folder);
    return Trial{options}.run() ? 0 : 1;
}

} // namespace
} // namespace callctl::chaos

int main(int argc, char** argv) {
    try {
        return callctl::chaos::run(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "callctl-lost-webhooks: " << error.what() << '\n';
        return 1;
    }
}
