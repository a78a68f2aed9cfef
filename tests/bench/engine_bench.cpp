// bench_engine: how many stages a second the engine takes from the schedule, drives and writes,
// when the providers answer at once: what is left is the work of the engine and of the database.
//
// usage: bench_engine URL [CALLS [CONCURRENCY [CONNECTIONS [ENDED]]]]
//
// In an empty database, beside ENDED calls that are at rest. Each call is over, and nothing more is
// known of it: three stages with attempts, artefacts and fences. Prints calls, seconds, stages a
// second, and the CPU seconds of this process.
#include "app/workers.hpp"
#include "pg/call_store.hpp"
#include "pg/migrator.hpp"
#include "pg/pool.hpp"
#include "pipeline/outcome.hpp"
#include "sys/clock.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace callctl {
namespace {

// The SIDs in a mixed order, as Twilio's are.
constexpr const char* k_calls = R"(
INSERT INTO call_log (call_sid, from_number, to_number, direction, duration, call_status, created_at)
SELECT 'CA' || md5(n::text), '+15550100', '+15550199', 'inbound', 60, 'completed',
       now() AT TIME ZONE 'utc' - interval '1 hour' - n * interval '1 millisecond'
FROM generate_series(1, $1::integer) n)";

// Calls of the past, at rest.
constexpr const char* k_ended = R"(
INSERT INTO call_log (call_sid, recording_status, transcript_status, summary_status, created_at)
SELECT 'CA' || md5((-n)::text), 'completed', 'completed', 'completed',
       now() AT TIME ZONE 'UTC' - n * interval '1 minute'
FROM generate_series(1, $1::integer) n)";
constexpr const char* k_ended_work = R"(
INSERT INTO callctl.work (call_sid, call_log_id, stage, call_created_at)
SELECT call_sid, id, 'summary', created_at AT TIME ZONE 'UTC'
FROM call_log)";

/// Every question is answered at once, and rightly.
class InstantProviders : public app::StepRunner {
  public:
    app::StepResult run(const pipeline::Step& step, const call::Call& call, base::Time /*now*/,
                        port::PieceShelf& /*shelf*/) override {
        pipeline::Learnt learnt;
        if (std::holds_alternative<pipeline::Observe>(step)) {
            learnt.facts.state = call::CallState::completed;
            learnt.facts.recording_count = 1;
            learnt.facts.recording = {
                .sid = base::RecordingSid::parse("RE" + call.sid.str().substr(2)),
                .state = call::RecordingState::completed,
                .channels = 2,
                .duration = std::chrono::seconds{60}};
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
};

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void make_calls(pg::Pool& pool, port::CallStore& store, const pipeline::Policy& policy, int calls,
                int ended) {
    pool.transact([&](pg::Transaction& transaction) {
        transaction.exec(k_ended, {pg::param(ended)});
        transaction.exec(k_ended_work);
        transaction.exec(k_calls, {pg::param(calls)});
        return 0;
    });
    const auto swept =
        store.sweep({.limit = 2 * calls, .page = 2'000},
                    [&](const call::Call& call, const call::CallFacts& news, base::Time now) {
                        return pipeline::on_news(call, news, now, policy);
                    });
    if (swept.adopted != static_cast<std::size_t>(calls)) {
        throw std::runtime_error{fmt::format("{} of {} calls adopted", swept.adopted, calls)};
    }
    pool.transact([&](pg::Transaction& transaction) {
        transaction.exec("ANALYZE call_log");
        transaction.exec("ANALYZE callctl.work");
        return 0;
    });
}

int main_of(const std::vector<std::string>& arguments) {
    const auto number = [&](std::size_t at, int preset) {
        return arguments.size() > at ? std::stoi(arguments[at]) : preset;
    };
    const int calls = number(1, 10'000);
    const int concurrency = number(2, 64);
    const auto connections = static_cast<std::size_t>(number(3, 4));
    const pg::ConnectOptions connect{.conninfo = base::Secret{arguments.at(0)}};
    sys::SystemClock clock;
    pg::Migrator{connect, clock}.run();
    pg::Pool pool{connect, {.max_connections = connections}};
    pg::PgCallStore store{pool, {.providers_known_for = std::chrono::milliseconds{100}}};
    const pipeline::Policy policy;
    make_calls(pool, store, policy, calls, number(4, 10'000));

    const auto logger =
        std::make_shared<spdlog::logger>("bench", std::make_shared<spdlog::sinks::null_sink_mt>());
    InstantProviders providers;
    const app::Driver driver{store, providers, clock, policy, [] { return 0.5; }, logger};
    app::Workers workers{store, driver, clock, logger};
    const double cpu_before = cpu_seconds();
    const auto start = std::chrono::steady_clock::now();
    const auto report = workers.run({.worker = "bench", .concurrency = concurrency});
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    if (report.completed != calls) {
        throw std::runtime_error{fmt::format("{} of {} calls completed", report.completed, calls)};
    }
    fmt::print("{} {:.3f} {:.0f} {:.3f}\n", calls, wall.count(), 3 * calls / wall.count(),
               cpu_seconds() - cpu_before);
    return 0;
}

} // namespace
} // namespace callctl

int main(int argc, char** argv) {
    try {
        return callctl::main_of({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::cerr << "bench_engine: " << error.what() << '\n';
        return 1;
    }
}
