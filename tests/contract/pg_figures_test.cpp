// What monitoring asks costs the same beside years of calls.
#include "contract/pg_backend.hpp"

#include "pg/call_store_sweep.hpp"
#include "pg/figures_sql.hpp"

#include <nlohmann/json.hpp>

namespace callctl::contract {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int k_rows = 60'000;
/// Of 8 KiB; a scan of any of the tables reads above 900.
constexpr std::int64_t k_most_blocks = 700;
/// Those of the newest attempts, on pages that are half empty; a scan reads above 3,000.
constexpr std::int64_t k_most_of_attempts = 1'200;

class PgFigures : public testing::Test {
  protected:
    void SetUp() override {
        if (!test::require_server()) {
            return;
        }
        m_backend = std::make_unique<PgBackend>();
    }
    void fill() {
        // Of a year ago: calls at rest, deliveries, attempts. Of today: a few of everything.
        m_backend->exec_script(
            "INSERT INTO callctl.work (call_sid, call_log_id, stage, reason, call_created_at,"
            " head_loss_ms, detail) SELECT 'CA' || lpad(to_hex(n), 32, '0'), n, 'summary',"
            " CASE WHEN n % 10 = 0 THEN 'NO_ANSWER' WHEN n % 1000 = 1 THEN 'REFUSED' END,"
            " now() - interval '1 year' + n * interval '1 second', n % 5000, repeat('x', 60)"
            " FROM generate_series(1, " +
            std::to_string(k_rows) +
            ") AS n;"
            "UPDATE callctl.work SET due_at = now() - interval '1 hour'"
            " WHERE call_id % 3000 = 0;"
            "UPDATE callctl.work SET call_created_at = now() WHERE call_id > 59900;"
            "INSERT INTO callctl.attempt (call_id, stage, lease_token, worker, started_at,"
            " finished_at, cost_micros, detail) SELECT n, 'summary', 1, 'w',"
            " now() - interval '1 year' + n * interval '1 second', now(), 5, repeat('x', 60)"
            " FROM generate_series(1, " +
            std::to_string(k_rows) +
            ") AS n;"
            "UPDATE callctl.attempt SET started_at = now() WHERE attempt_id > 59950;"
            "INSERT INTO callctl.inbox (route, raw, digest, applied_at) SELECT '/w', 'x',"
            " sha256(n::text::bytea), CASE WHEN n > 59990 THEN NULL ELSE now() END"
            " FROM generate_series(1, " +
            std::to_string(k_rows) + ") AS n");
        m_backend->exec_script("ANALYZE callctl.work, callctl.attempt, callctl.inbox");
    }
    [[nodiscard]] PgBackend& backend() { return *m_backend; }
    [[nodiscard]] nlohmann::json plan(const std::string& sql, const pg::Params& params = {}) {
        pg::Connection connection{m_backend->direct_options()};
        pg::Transaction transaction{connection};
        // Past the clock of the tests, which reads a table each time.
        transaction.exec("SET LOCAL search_path = public, pg_catalog");
        const auto rows =
            transaction.exec("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) " + sql, params);
        return nlohmann::json::parse(rows.one().at(0).text()).at(0).at("Plan");
    }
    void expect_cheap(const std::string& sql, const std::string& index,
                      const pg::Params& params = {}, std::int64_t most = k_most_blocks) {
        const auto made = plan(sql, params);
        const auto blocks = made.at("Shared Hit Blocks").get<std::int64_t>() +
                            made.at("Shared Read Blocks").get<std::int64_t>();
        EXPECT_LT(blocks, most) << made.dump(1);
        EXPECT_THAT(made.dump(), HasSubstr("\"Index Name\":\"" + index + "\""));
        EXPECT_THAT(made.dump(), Not(HasSubstr("Seq Scan")));
    }

  private:
    std::unique_ptr<PgBackend> m_backend;
};

TEST_F(PgFigures, WalkIndexesAndEndBesideAYearOfCalls) {
    fill();
    const auto day = pg::interval_param(port::k_calls_window);
    const auto hour = pg::interval_param(port::k_attempts_window);
    expect_cheap(pg::schedule_sql(), "work_due_order");
    expect_cheap(pg::given_up_sql(), "work_given_up");
    expect_cheap(pg::unapplied_sql(), "inbox_unapplied");
    expect_cheap(pg::recent_calls_sql(), "work_call_created_at", {day});
    expect_cheap(pg::attempts_sql(), "attempt_pkey", {hour}, k_most_of_attempts);

    const auto figures = backend().store().figures();
    EXPECT_EQ(figures.due_now, 20);
    EXPECT_EQ(figures.inbox_unapplied, 10);
    std::int64_t given_up = 0;
    for (const auto& row : figures.given_up) {
        given_up += row.calls;
    }
    EXPECT_EQ(given_up, 60);
    std::int64_t of_today = 0;
    for (const auto calls : figures.head_losses) {
        of_today += calls;
    }
    EXPECT_EQ(of_today, 100);
    ASSERT_EQ(figures.attempts.size(), 1U);
    EXPECT_EQ(figures.attempts[0].attempts, 50);
    EXPECT_EQ(figures.attempts[0].cost_micros, 250);
    EXPECT_EQ(figures.attempts_window, port::k_attempts_window);
}

// A sweep does that at each pass.
TEST_F(PgFigures, AreRidOfCallsThatNobodyHasToLookAtByIndexesAlone) {
    fill();
    backend().exec_script(
        "INSERT INTO call_log (call_sid, recording_status, transcript_status, summary_status)"
        " SELECT call_sid, 'completed', 'completed', 'completed' FROM callctl.work"
        " ORDER BY call_id; ANALYZE call_log");
    expect_cheap(pg::close_given_up_sql(), "work_given_up", {{}, pg::param(500)}, 2'000);
}

TEST_F(PgFigures, SayHowFarTheyLookBackWhereAttemptsAreVeryMany) {
    fill();
    backend().exec("UPDATE callctl.attempt SET started_at = now() -"
                   " ($1::bigint - attempt_id) * interval '60 milliseconds'",
                   {pg::param(k_rows)});
    const auto figures = backend().store().figures();
    EXPECT_EQ(figures.attempts.at(0).attempts, port::k_most_attempts);
    EXPECT_NEAR(static_cast<double>(figures.attempts_window.count()), port::k_most_attempts * 60.0,
                60'000.0);
    EXPECT_LT(figures.attempts_window, port::k_attempts_window);
}

TEST_F(PgFigures, StopCountingWhereCallsOnTheScheduleAreVeryMany) {
    backend().exec("INSERT INTO callctl.work (call_sid, call_log_id, stage, call_created_at,"
                   " due_at) SELECT 'CA' || md5(n::text), n, 'recording', now(),"
                   " now() - CASE WHEN n = $1::integer THEN interval '1 hour' ELSE '0' END"
                   " FROM generate_series(1, $1::integer) AS n",
                   {pg::param(port::k_most_figured + 50)});
    EXPECT_EQ(backend().store().figures().due_now, port::k_most_figured);
    EXPECT_GE(backend().store().figures().now - *backend().store().figures().oldest_due, 1h)
        << "the most overdue are among those that count";
}

} // namespace
} // namespace callctl::contract
