// Calls that nobody knew: their rows are written once, and nobody may notice.
#include "contract/pg_backend.hpp"

#include <functional>
#include <future>
#include <latch>
#include <string>
#include <vector>

namespace callctl::contract {
namespace {

using call::CallFacts;

// Times of both stay apart, since each delivery alone has a transaction of its own.
constexpr const char* k_rows_of = R"(
SELECT string_agg(concat_ws(' | ',
    to_jsonb(l) - ARRAY['id', 'call_sid', 'created_at', 'updated_at'],
    l.created_at = l.updated_at,
    to_jsonb(w) - ARRAY['call_id', 'call_sid', 'call_log_id', 'due_at', 'heard_at', 'call_created_at',
                        'created_at', 'updated_at'],
    w.due_at - w.created_at, w.call_created_at - w.created_at,
    l.created_at AT TIME ZONE 'UTC' - w.created_at), E'\n' ORDER BY l.call_sid)
FROM call_log l JOIN callctl.work w ON w.call_log_id = l.id AND w.call_sid = l.call_sid
WHERE l.call_sid BETWEEN $1 AND $2)";

class PgNewCalls : public testing::Test {
  protected:
    void SetUp() override {
        if (test::require_server()) {
            m_backend = std::make_unique<PgBackend>();
        }
    }
    [[nodiscard]] PgBackend& backend() { return *m_backend; }
    [[nodiscard]] std::string value(const std::string& sql) { return m_backend->value(sql); }
    port::IngestReport ingest(const std::vector<call::Delivery>& batch) {
        return m_backend->store().ingest(batch, heed);
    }
    /// Calls that two deliveries each make known.
    [[nodiscard]] std::vector<call::Delivery> batch_of(int calls, const std::string& tag = "1") {
        std::vector<call::Delivery> batch;
        for (int number = 1; number <= calls; ++number) {
            batch.push_back(delivery(call_sid(number), ringing(), tag));
            batch.push_back(delivery(call_sid(number), recorded(number), tag + "r"));
        }
        return batch;
    }
    [[nodiscard]] static CallFacts recorded(int number) {
        CallFacts facts;
        facts.recording = {.sid = recording_sid(number),
                           .state = call::RecordingState::completed,
                           .channels = 2,
                           .duration = std::chrono::seconds{42}};
        facts.recording_count = 1;
        return facts;
    }
    [[nodiscard]] static std::string rows_of(PgBackend& backend, int first, int last) {
        return backend.value(k_rows_of,
                             {pg::param(call_sid(first).str()), pg::param(call_sid(last).str())});
    }
    void expect_two_whole_calls() {
        EXPECT_EQ(value("SELECT count(*) FROM call_log l JOIN callctl.work w"
                        " ON w.call_log_id = l.id AND w.recording_sid = l.recording_sid"
                        " WHERE l.recording_status = 'completed' AND w.news = 2"),
                  "2");
        EXPECT_EQ(value("SELECT count(*) FROM callctl.inbox WHERE applied_at IS NOT NULL"), "4");
    }

  private:
    std::unique_ptr<PgBackend> m_backend;
};

TEST_F(PgNewCalls, AreAsThoseThatAreMadeFirstAndUpdatedThen) {
    PgBackend with_trigger;
    with_trigger.exec_script("CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS "
                             "$$ BEGIN RETURN NEW; END $$;"
                             "CREATE TRIGGER nothing BEFORE INSERT ON call_log "
                             "FOR EACH ROW EXECUTE FUNCTION nothing()");
    CallFacts ended = ringing();
    ended.state = call::CallState::completed;
    ended.duration = std::chrono::seconds{7};
    CallFacts long_number = ringing();
    long_number.from = std::string(80, '1');
    const std::vector<CallFacts> news{ringing(), {},          recorded(9),
                                      ended,     long_number, full_facts(backend().store().now())};
    std::vector<call::Delivery> batch;
    int number = 0;
    for (const CallFacts& facts : news) {
        ++number;
        const std::vector alone{delivery(call_sid(number), facts)};
        ASSERT_EQ(with_trigger.store().ingest(alone, heed).applied, 1U);
        ASSERT_EQ(ingest(alone).applied, 1U);
        batch.push_back(delivery(call_sid(50 + number), facts));
    }
    ASSERT_EQ(ingest(batch).applied, news.size());
    const std::string expected = rows_of(with_trigger, 1, number);
    EXPECT_NE(expected, "");
    EXPECT_EQ(rows_of(backend(), 1, number), expected);
    EXPECT_EQ(rows_of(backend(), 51, 50 + number), expected);
}

TEST_F(PgNewCalls, AreWrittenOnceInEachTable) {
    ASSERT_EQ(ingest(batch_of(2)).applied, 4U);
    expect_two_whole_calls();
    // A row that was updated in its transaction names it as the one that outdated the first
    // version.
    EXPECT_EQ(value("SELECT count(*) FROM callctl.work WHERE ctid <> '(0,1)' AND ctid <> '(0,2)'"),
              "0");
    EXPECT_EQ(value("SELECT count(*) FROM call_log WHERE ctid <> '(0,1)' AND ctid <> '(0,2)'"),
              "0");
}

TEST_F(PgNewCalls, AreMadeOnceBySeveralBatches) {
    constexpr int k_batches = 4;
    std::latch start{k_batches};
    std::vector<std::future<port::IngestReport>> running;
    for (int i = 0; i < k_batches; ++i) {
        running.push_back(std::async(std::launch::async, [&, i] {
            start.arrive_and_wait();
            return ingest(batch_of(20, std::to_string(i)));
        }));
    }
    for (auto& batch : running) {
        EXPECT_EQ(batch.get().applied, 40U);
    }
    EXPECT_EQ(value("SELECT concat_ws(' ', count(*), count(DISTINCT call_sid)) FROM call_log"),
              "20 20");
    EXPECT_EQ(value("SELECT count(*) FROM callctl.work"), "20");
    EXPECT_EQ(value("SELECT count(*) FROM callctl.inbox WHERE applied_at IS NOT NULL"), "160");
}

TEST_F(PgNewCalls, AreAdoptedWhereTheHostHasThem) {
    auto row = host_row(call_sid(1));
    row.from_number = "+15550100";
    const auto id = backend().insert_host(row);
    ASSERT_EQ(ingest(batch_of(2)).applied, 4U);
    expect_two_whole_calls();
    EXPECT_EQ(value("SELECT from_number FROM call_log WHERE id = " + std::to_string(id)),
              "+15550100");
}

TEST_F(PgNewCalls, TakeWhatATriggerOfTheHostsMakesOfThem) {
    backend().exec_script("CREATE FUNCTION no_summary() RETURNS trigger LANGUAGE plpgsql AS "
                          "$$ BEGIN NEW.summary_status := 'skipped'; RETURN NEW; END $$;"
                          "CREATE TRIGGER no_summary BEFORE INSERT ON call_log "
                          "FOR EACH ROW EXECUTE FUNCTION no_summary()");
    ASSERT_EQ(ingest(batch_of(2)).applied, 4U);
    expect_two_whole_calls();
    EXPECT_EQ(value("SELECT count(*) FROM call_log WHERE summary_status = 'skipped'"), "2");
}

TEST_F(PgNewCalls, LeaveDefaultsToAHostThatWantsThem) {
    backend().exec_script("ALTER TABLE call_log ALTER last_error SET DEFAULT '',"
                          " ALTER last_error SET NOT NULL, ALTER duration SET DEFAULT 0,"
                          " ALTER duration SET NOT NULL");
    EXPECT_EQ(ingest(batch_of(2)).kept, 0U);
    expect_two_whole_calls();
}

TEST_F(PgNewCalls, FitATableThatTheHostHasChangedMeanwhile) {
    ASSERT_EQ(ingest({delivery(call_sid(9), ringing()), delivery(call_sid(8), ringing())}).applied,
              2U);
    backend().exec_script("UPDATE call_log SET duration = 0;"
                          "ALTER TABLE call_log ALTER duration SET DEFAULT 0,"
                          " ALTER duration SET NOT NULL");
    EXPECT_EQ(ingest(batch_of(2)).kept, 0U);
    EXPECT_EQ(value("SELECT count(*) FROM callctl.work WHERE news = 2"), "2");
}

} // namespace
} // namespace callctl::contract
