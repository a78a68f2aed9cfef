// bench_engine: what the engine makes of a schedule full of calls when the providers cost nothing,
// or a known time: what is left is the work of the engine and of the database. For scripts/bench.
//
// In an empty database. Each call is over, and nothing more is known of it: three stages with
// attempts, artefacts and fences. Prints the calls, the seconds, the stages a second, those of the
// last minute, and the CPU seconds of this process.
#include "bench/cpu.hpp"
#include "bench/rows.hpp"

#include "app/workers.hpp"
#include "pg/call_store.hpp"
#include "pg/migrator.hpp"
#include "pg/pool.hpp"
#include "pipeline/outcome.hpp"
#include "sys/clock.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace callctl {
namespace {

/// Every question is answered rightly, after a known time.
class CheapProviders : public app::StepRunner {
  public:
    explicit CheapProviders(std::chrono::milliseconds latency) : m_latency{latency} {}

    app::StepResult run(const pipeline::Step& step, const call::Call& call, base::Time /*now*/,
                        port::PieceShelf& /*shelf*/, const app::PartDone& /*done*/) override {
        if (m_latency.count() > 0) {
            std::this_thread::sleep_for(m_latency);
        }
        pipeline::Learnt learnt;
        if (std::holds_alternative<pipeline::Observe>(step)) {
            learnt = bench::recorded(call);
        } else if (std::holds_alternative<pipeline::Transcribe>(step)) {
            learnt.artefacts = {{.stage = call::Stage::transcript,
                                 .text = "[00:00] caller: I would like a table for two.\n"
                                         "[00:04] agent: At eight o'clock, with pleasure.\n",
                                 .document = R"({"turns":[]})",
                                 .model = "none"}};
        } else if (std::holds_alternative<pipeline::Summarise>(step)) {
            learnt.artefacts = {{.stage = call::Stage::summary,
                                 .text = "A table for two was booked for eight o'clock.",
                                 .document = R"({"topic":"booking"})",
                                 .model = "none"}};
        } else {
            throw std::runtime_error{"a step that no call of the bench needs"};
        }
        return {std::move(learnt), {.requests = 1}};
    }

  private:
    std::chrono::milliseconds m_latency;
};

/// What a run has done, from second to second.
class Progress {
  public:
    void note(int completed) { m_seen.emplace_back(Clock::now(), completed); }
    /// Of the last minute; of all where there is no more.
    [[nodiscard]] double calls_a_second() const {
        const auto [end, completed] = m_seen.back();
        auto from = m_seen.rbegin();
        while (std::next(from) != m_seen.rend() && end - from->first < std::chrono::minutes{1}) {
            ++from;
        }
        const std::chrono::duration<double> passed = end - from->first;
        return (completed - from->second) / passed.count();
    }

  private:
    using Clock = std::chrono::steady_clock;
    std::vector<std::pair<Clock::time_point, int>> m_seen{{Clock::now(), 0}};
};

struct Options {
    std::string url{};
    int calls{10'000};
    int ended{10'000};
    int concurrency{64};
    std::size_t connections{8};
    int latency_ms{0};
    int seconds{0};
    bool snapshot{false};
    bool rows_only{false};
};

Options options_of(int argc, char** argv) {
    Options options;
    CLI::App app{"Drives calls through all stages, with providers that answer at once."};
    app.add_option("--url", options.url)->required();
    app.add_option("--calls", options.calls)->capture_default_str();
    app.add_option("--ended", options.ended, "calls that are at rest")->capture_default_str();
    app.add_option("--concurrency", options.concurrency)->capture_default_str();
    app.add_option("--connections", options.connections)->capture_default_str();
    app.add_option("--latency", options.latency_ms, "of the providers, in ms")
        ->capture_default_str();
    app.add_option("--seconds", options.seconds, "end then, whatever is left");
    app.add_flag("--rows-only", options.rows_only, "make the calls, for another to drive");
    app.add_flag("--snapshot", options.snapshot, "somebody holds a snapshot all the while");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error)); // NOLINT(concurrency-mt-unsafe) there is one thread
    }
    return options;
}

int run(const Options& options) {
    const pg::ConnectOptions connect{.conninfo = base::Secret{options.url},
                                     .idle_in_transaction_timeout = std::chrono::hours{1}};
    sys::SystemClock clock;
    pg::Migrator{connect, clock}.run();
    pg::Pool pool{connect, {.max_connections = options.connections}};
    pg::PgCallStore store{pool,
                          {.providers_known_for = std::chrono::milliseconds{100},
                           .claims_go_on_for = std::chrono::milliseconds{1'000}}};
    const pipeline::Policy policy;
    bench::insert_ended(pool, options.ended);
    bench::insert_due(pool, options.calls);

    if (options.rows_only) {
        return 0;
    }
    pg::Connection another{connect};
    std::optional<pg::Transaction> snapshot;
    if (options.snapshot) {
        snapshot.emplace(another);
        snapshot->exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
        snapshot->exec("SELECT count(*) FROM callctl.work WHERE due_at IS NOT NULL");
    }
    const auto logger =
        std::make_shared<spdlog::logger>("bench", std::make_shared<spdlog::sinks::null_sink_mt>());
    CheapProviders providers{std::chrono::milliseconds{options.latency_ms}};
    const app::Driver driver{store, providers, clock, policy, [] { return 0.5; }, logger};
    app::Workers workers{store, driver, clock, logger};
    app::WorkRequest request{.worker = "bench", .concurrency = options.concurrency};
    if (options.seconds > 0) {
        request.max_runtime = std::chrono::seconds{options.seconds};
    }
    Progress progress;
    request.progress = [&](const app::WorkReport& report) { progress.note(report.completed); };
    const double cpu_before = bench::cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    const auto report = workers.run(request);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    progress.note(report.completed);
    if (report.completed != report.driven ||
        (options.seconds == 0 && report.completed != options.calls)) {
        throw std::runtime_error{
            fmt::format("{} of {} calls completed", report.completed, options.calls)};
    }
    fmt::print("{} {:.3f} {:.0f} {:.0f} {:.3f}\n", report.completed, wall.count(),
               3 * report.completed / wall.count(), 3 * progress.calls_a_second(),
               bench::cpu_seconds() - cpu_before);
    return 0;
}

} // namespace
} // namespace callctl

int main(int argc, char** argv) {
    try {
        return callctl::run(callctl::options_of(argc, argv));
    } catch (const std::exception& error) {
        std::cerr << "bench_engine: " << error.what() << '\n';
        return 1;
    }
}
