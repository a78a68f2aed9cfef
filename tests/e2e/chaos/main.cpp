// callctl-chaos: a business on one machine, where everything goes wrong that can, and an audit of
// what became of its calls.
#include "e2e/chaos/auditor.hpp"
#include "e2e/chaos/site.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>

namespace callctl::chaos {
namespace {

using namespace std::chrono_literals;

// The wall clock is what passes here: leases, time-outs and faults are the real ones.
constexpr auto k_between_ticks = 50ms;
// After the faults everything ends by itself but for pauses before the next try, which may be long.
constexpr auto k_by_itself = 70s;
constexpr auto k_for_reconcile = 20s;
constexpr auto k_between_looks = 5s;
constexpr auto k_longest_drain = 4min;

struct Options {
    SiteOptions site{};
    int seconds{120};
    double calls_per_second{2.0};
};

double percentile(const std::vector<double>& ascending, double share) {
    if (ascending.empty()) {
        return 0.0;
    }
    const auto at = std::ceil(share * static_cast<double>(ascending.size())) - 1.0;
    return ascending.at(static_cast<std::size_t>(std::max(at, 0.0)));
}

Figure recovery(const std::string& name, const std::vector<double>& times, double limit) {
    const double p99 = percentile(times, 0.99);
    return {.name = name,
            .measured = fmt::format("{:.1f} s ({} orphans)", p99, times.size()),
            .goal = fmt::format("< {:.0f} s", limit),
            .broken = p99 >= limit};
}

// The faults, with calls all the while.
void play(Site& site, const Options& options) {
    const std::chrono::seconds duration{options.seconds};
    const auto plan = plan_of(options.site.seed, duration, options.site.hosts);
    const auto start = Clock::now();
    auto next = plan.begin();
    while (Clock::now() - start < duration) {
        const std::chrono::duration<double> passed = Clock::now() - start;
        while (static_cast<double>(site.placed()) < passed.count() * options.calls_per_second) {
            site.place_call();
        }
        if (next != plan.end() && Clock::now() - start >= next->at) {
            site.strike(*next++);
        }
        site.tick();
        std::this_thread::sleep_for(k_between_ticks);
    }
}

// As when an hour had passed, for the calls that wait: for their next try, or for a recording that
// Twilio does not have yet. Returns how many.
std::size_t let_an_hour_pass(Database& database) {
    database.rows("UPDATE callctl.provider SET closed_until = NULL, failures = 0");
    return database
        .rows("UPDATE callctl.work SET due_at = now(), heard_at = heard_at - interval '1 hour',"
              " answered_at = answered_at - interval '1 hour',"
              " ended_at = ended_at - interval '1 hour',"
              " observed_at = observed_at - interval '1 hour'"
              " WHERE due_at > now() AND lease_owner IS NULL RETURNING call_id")
        .size();
}

// Until no call is on the schedule; reconcile must have had its time to find what is left. Returns
// how many waits were cut short.
std::size_t drain(Site& site, Database& database) {
    site.wait_for_quiet();
    const auto start = Clock::now();
    std::size_t cut_short = 0;
    auto next_look = start;
    while (Clock::now() - start < k_longest_drain) {
        site.tick();
        std::this_thread::sleep_for(k_between_ticks);
        if (Clock::now() < next_look) {
            continue;
        }
        next_look = Clock::now() + k_between_looks;
        const bool is_idle =
            database.value("SELECT count(*) FROM callctl.work WHERE due_at IS NOT NULL") == "0";
        if (is_idle && Clock::now() - start > k_for_reconcile) {
            break;
        }
        if (Clock::now() - start > k_by_itself) {
            cut_short += let_an_hour_pass(database);
        }
    }
    return cut_short;
}

int report(const std::vector<Figure>& figures) {
    int status = 0;
    for (const Figure& figure : figures) {
        fmt::print("{:<42} {:<44} {:<8} {}\n", figure.name, figure.measured, figure.goal,
                   figure.broken ? "BROKEN" : "holds");
        for (const std::string& example : figure.examples) {
            fmt::print("    {}\n", example);
        }
        status = figure.broken ? 1 : status;
    }
    return status;
}

// Who does nothing breaks no promise.
Figure completed(Database& database, std::size_t placed) {
    const auto calls =
        std::stoul(database.value("SELECT count(*) FROM call_log"
                                  " WHERE summary_status = 'completed' AND summary <> ''"));
    return {.name = "calls recorded, transcribed and summarised",
            .measured = fmt::format("{} of {} placed", calls, placed),
            .goal = "> half",
            .broken = 2 * calls <= placed};
}

int run(const Options& options) {
    Site site{options.site};
    Database database{[&site] { return site.database_url(); }};
    std::cerr << fmt::format("chaos: {} hosts, {} s of faults, seed {}\n", options.site.hosts,
                             options.seconds, options.site.seed);
    play(site, options);
    std::cerr << "chaos: the faults are over; waiting for the end of every call\n";
    site.heal();
    const std::size_t cut_short = drain(site, database);
    site.stop_hosts();
    const auto times = site.orphans().times();
    auto figures = Auditor{database, site.simulator(), site.ledger()}.figures();
    figures.push_back(completed(database, site.placed()));
    figures.push_back(recovery("recovery after kill -9, p99", times.after_kill, 75.0));
    figures.push_back(recovery("recovery after an orderly stop, p99", times.after_stop, 5.0));
    figures.back().examples = times.slow;
    const std::chrono::duration<double> longest_stop = site.longest_stop();
    figures.push_back({.name = "longest stop that was asked for",
                       .measured = fmt::format("{:.1f} s", longest_stop.count()),
                       .goal = "< 5 s",
                       .broken = longest_stop >= 5s});
    const auto complaints = site.complaints();
    figures.push_back({.name = "passes of reconcile that ended in error",
                       .measured = std::to_string(complaints.size()),
                       .goal = "0",
                       .broken = !complaints.empty(),
                       .examples = complaints});
    std::cerr << fmt::format("chaos: {} calls; {} waits were cut short\n", site.placed(),
                             cut_short);
    return report(figures);
}

int main_of(int argc, char** argv) {
    CLI::App app{"Faults of every kind on a whole site, and an audit of what became of its calls."};
    Options options;
    app.add_option("--callctl", options.site.callctl)->required();
    app.add_option("--simulator", options.site.simulator)->required();
    app.add_option("--pg", options.site.pg, "scripts/pg")->required();
    app.add_option("--folder", options.site.folder, "for all that is written")->required();
    app.add_option("--hosts", options.site.hosts)->check(CLI::Range(2, 8))->capture_default_str();
    app.add_option("--seed", options.site.seed)->capture_default_str();
    app.add_option("--seconds", options.seconds, "of faults")
        ->check(CLI::Range(60, 86'400))
        ->capture_default_str();
    app.add_option("--calls-per-second", options.calls_per_second)->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    options.site.folder = std::filesystem::absolute(options.site.folder);
    return run(options);
}

} // namespace
} // namespace callctl::chaos

int main(int argc, char** argv) {
    try {
        return callctl::chaos::main_of(argc, argv);
    } catch (const std::exception& error) {
        std::cerr << "chaos: " << error.what() << '\n';
        return 2;
    }
}
