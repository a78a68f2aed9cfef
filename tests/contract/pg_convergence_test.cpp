// Tables that somebody has corrupted, in any way that the schema lets through, and a world that
// knows what is true: three passes of reconcile bring every call to an end, however many hosts make
// them.
#include "contract/pg_backend.hpp"
#include "unit/app/quiet_logger.hpp"

#include "app/reconcile.hpp"
#include "app/workers.hpp"
#include "pipeline/outcome.hpp"
#include "sys/clock.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace callctl::contract {
namespace {

using call::CallState;
using call::RecordingState;
using testing::IsEmpty;

constexpr int k_calls = 30;

/// Each fourth call was answered by nobody; of the others there is a recording. Words and summaries
/// are those of the call.
class TrueWorld : public app::StepRunner {
  public:
    app::StepResult run(const pipeline::Step& step, const call::Call& call, base::Time now,
                        port::PieceShelf& /*shelf*/, const app::PartDone& /*done*/) override {
        const std::string digits = call.sid.str().substr(2);
        if (std::holds_alternative<pipeline::Transcribe>(step) ||
            std::holds_alternative<pipeline::Summarise>(step)) {
            return {pipeline::Learnt{
                .artefacts = {
                    {.stage = call.stage,
                     .text = fmt::format("{} of {}", call::to_string(call.stage), digits)}}}};
        }
        const bool answered = digits.back() % 4 != 0;
        call::CallFacts facts{.state = answered ? CallState::completed : CallState::no_answer};
        facts.observed_at = now;
        facts.observations = call.facts.observations + 1;
        if (answered) {
            facts.recording_count = 1;
            facts.recording = {.sid = base::RecordingSid::parse("RE" + digits),
                               .state = RecordingState::completed,
                               .channels = 2,
                               .duration = std::chrono::seconds{60}};
        }
        return {pipeline::Learnt{.facts = facts}};
    }
};

/// A day's calls, some at rest, some not begun, and what the seed makes of them.
class CorruptTables {
  public:
    explicit CorruptTables(unsigned seed) : m_random{seed} {
        m_backend.exec_script("ALTER TABLE call_log DROP CONSTRAINT call_log_call_sid_key; "
                              "CREATE INDEX ON call_log (call_sid)");
        m_backend.exec(R"(
INSERT INTO call_log (call_sid, direction, call_status, duration, created_at)
SELECT 'CA' || lpad(to_hex(n), 32, '0'), 'inbound', 'completed', 60,
       now() AT TIME ZONE 'UTC' - n * interval '20 minutes'
FROM generate_series(1, $1::integer) n)",
                       {pg::param(k_calls)});
        if (chance(80)) {
            pass(1, between(0, k_calls));
        }
        for (int i = between(10, 80); i > 0; --i) {
            corrupt();
        }
    }

    /// A pass of a process that has just started, on each of so many hosts at a time.
    int pass(int hosts, int limit = 1'000) {
        std::vector<int> driven(static_cast<std::size_t>(hosts));
        {
            std::vector<std::jthread> threads;
            for (std::size_t host = 0; host < driven.size(); ++host) {
                threads.emplace_back([&, host] { driven[host] = pass_of(host, limit); });
            }
        }
        int all = 0;
        for (const int some : driven) {
            all += some;
        }
        return all;
    }

    void advance(std::chrono::milliseconds duration) { m_backend.advance(duration); }

    /// Calls of the host's that are not where they can stay: a failure has its reason.
    [[nodiscard]] std::string not_at_rest() {
        return value(R"(
SELECT coalesce(string_agg(format('%s %s', l, w), '; '), '')
FROM call_log l
LEFT JOIN callctl.work w USING (call_sid)
WHERE NOT EXISTS (SELECT FROM call_log o WHERE o.call_sid = l.call_sid AND o.id < l.id)
  AND (w.due_at IS NOT NULL
       OR NOT coalesce(CASE
            WHEN recording_status = 'failed' THEN w.reason IS NOT NULL
            WHEN recording_status NOT IN ('completed', 'skipped') THEN false
            WHEN transcript_status = 'failed' THEN w.reason IS NOT NULL
            WHEN transcript_status NOT IN ('completed', 'skipped') THEN false
            WHEN summary_status = 'failed' THEN w.reason IS NOT NULL
            ELSE summary_status IN ('completed', 'skipped') END, false)))");
    }

    /// What the host sees of its calls.
    [[nodiscard]] std::string shown() {
        return value("SELECT string_agg(format('%s %s %s/%s/%s %s %s %s', id, call_sid, "
                     "recording_status, transcript_status, summary_status, recording_sid, "
                     "final_transcript, summary), E'\\n' ORDER BY id) FROM call_log");
    }

    /// All that a pass could change.
    [[nodiscard]] std::string image() {
        return value("SELECT concat((SELECT string_agg(w::text, ',' ORDER BY call_id) "
                     "FROM callctl.work w), (SELECT string_agg(l::text, ',' ORDER BY id) "
                     "FROM call_log l), (SELECT count(*) FROM callctl.attempt), "
                     "(SELECT count(*) FROM callctl.artefact))");
    }

  private:
    int between(int low, int high) { return std::uniform_int_distribution{low, high}(m_random); }
    bool chance(int percent) { return between(1, 100) <= percent; }
    template <std::size_t Size>
    std::string one_of(const std::array<const char*, Size>& values) {
        return values[static_cast<std::size_t>(between(0, static_cast<int>(Size) - 1))];
    }
    [[nodiscard]] std::string value(const std::string& sql) { return m_backend.value(sql); }

    int pass_of(std::size_t host, int limit) {
        pg::Pool pool{m_backend.connect_options()};
        pg::PgCallStore store{pool};
        sys::SystemClock clock;
        const pipeline::Policy policy;
        app::KeptLog log;
        TrueWorld world;
        const app::Driver driver{store, world, clock, policy, [] { return 0.5; }, log.logger};
        app::Workers workers{store, driver, clock, log.logger};
        app::ReconcileRequest request;
        request.work = {.worker = fmt::format("host-{}", host), .concurrency = 3, .limit = limit};
        return app::Reconcile{store, workers, policy}.run(request).work.driven;
    }

    void corrupt() {
        static constexpr std::array k_status{"'pending'",   "'processing'", "'recording'",
                                             "'completed'", "'failed'",     "'skipped'",
                                             "'whatever'",  "NULL"};
        static constexpr std::array k_column{"recording_status", "transcript_status",
                                             "summary_status"};
        static constexpr std::array k_host{"recording_sid = NULL",
                                           "recording_url = 'https://nowhere.example'",
                                           "final_transcript = NULL",
                                           "summary = NULL",
                                           "call_status = NULL",
                                           "call_status = 'ringing'",
                                           "duration = -1",
                                           "retry_count = 2000000000",
                                           "last_error = repeat('x', 5000)",
                                           "created_at = NULL"};
        static constexpr std::array k_work{
            "stage = 'recording'",
            "stage = 'summary'",
            "due_at = NULL",
            "due_at = now() - interval '1 year'",
            "due_at = now() + interval '90 minutes'",
            "lease_owner = 'ghost', lease_until = now() + interval '50 seconds'",
            "lease_owner = 'ghost', lease_until = now() - interval '1 hour'",
            "crashes = 2",
            "attempts = 7",
            "attempts = 1000000",
            "news = news + 5",
            "reason = 'QUOTA', detail = 'none of it is true'",
            "reason = 'CRASHED', due_at = NULL",
            "call_state = 'ringing', ended_at = NULL",
            "call_state = 'unknown', direction = 'unknown'",
            "recording_sid = NULL, recording_state = 'none'",
            "recording_state = 'processing'",
            "recording_state = 'absent'",
            "observed_at = NULL, observations = 0",
            "unknown_to_twilio = true",
            "call_log_id = 0",
            "asked_by_twiml_at = now()",
            "start_refused_at = now(), start_refusals = 9"};
        static constexpr std::array k_gone{"callctl.work", "callctl.artefact", "callctl.attempt",
                                           "callctl.piece"};
        const std::string call = fmt::format("CA{:032x}", between(1, k_calls));
        const auto of_call = fmt::format(
            "call_id IN (SELECT call_id FROM callctl.work WHERE call_sid = '{}')", call);
        std::string sql;
        switch (between(0, 8)) {
        case 0:
        case 1:
            sql = fmt::format("UPDATE call_log SET {} = {} WHERE call_sid = '{}'", one_of(k_column),
                              one_of(k_status), call);
            break;
        case 2:
            sql = fmt::format("UPDATE call_log SET {} WHERE call_sid = '{}'", one_of(k_host), call);
            break;
        case 3:
        case 4:
        case 5:
            sql = fmt::format("UPDATE callctl.work SET {} WHERE call_sid = '{}'", one_of(k_work),
                              call);
            break;
        case 6:
            sql = fmt::format("DELETE FROM {} WHERE {}", one_of(k_gone), of_call);
            break;
        case 7:
            sql = fmt::format("INSERT INTO callctl.attempt (call_id, stage, lease_token, worker) "
                              "SELECT call_id, 'transcript', lease_token, 'ghost' "
                              "FROM callctl.work WHERE {}",
                              of_call);
            break;
        default:
            sql = chance(50)
                      ? fmt::format("INSERT INTO call_log (call_sid, call_status) VALUES "
                                    "('{}', 'completed')",
                                    call)
                      : fmt::format("UPDATE callctl.sweep SET position = {}", between(0, 100));
        }
        try {
            m_backend.exec(sql);
        } catch (const pg::SqlError& error) {
            if (!error.refuses_row()) {
                throw;
            } // the schema lets no such row through
        }
    }

    std::mt19937 m_random;
    PgBackend m_backend{};
};

class Convergence : public testing::TestWithParam<unsigned> {
  protected:
    void SetUp() override { static_cast<void>(test::require_server()); }

    /// Three passes, two hours apart.
    static void converge(CorruptTables& tables, int hosts) {
        for (int pass = 0; pass < 3; ++pass) {
            tables.pass(hosts);
            tables.advance(std::chrono::hours{2});
        }
    }
};

TEST_P(Convergence, BringsEveryCallToItsEndInThreePasses) {
    if (IsSkipped()) {
        return;
    }
    CorruptTables tables{GetParam()};
    converge(tables, 1);
    EXPECT_THAT(tables.not_at_rest(), IsEmpty());
    const std::string before = tables.image();
    EXPECT_EQ(tables.pass(1), 0) << "a pass that has nothing to do";
    EXPECT_TRUE(tables.image() == before) << "it changed something";
}

TEST_P(Convergence, IsTheSameForTwoHosts) {
    if (IsSkipped()) {
        return;
    }
    CorruptTables one{GetParam()};
    CorruptTables two{GetParam()};
    converge(one, 1);
    converge(two, 2);
    EXPECT_THAT(two.not_at_rest(), IsEmpty());
    EXPECT_EQ(two.shown(), one.shown());
}

INSTANTIATE_TEST_SUITE_P(Seeds, Convergence, testing::Range(1U, 9U));

} // namespace
} // namespace callctl::contract
