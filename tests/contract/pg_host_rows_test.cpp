// Rows of the host's table that say no, or change under our hands.
#include "contract/pg_backend.hpp"

#include "base/exception.hpp"

#include <gmock/gmock.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace callctl::contract {
namespace {

using call::Reason;
using call::Stage;
using call::Status;
using port::Written;
using testing::HasSubstr;

class PgHostRows : public testing::Test {
  protected:
    void SetUp() override {
        if (test::require_server()) {
            m_backend = std::make_unique<PgBackend>();
        }
    }
    [[nodiscard]] PgBackend& backend() { return *m_backend; }
    [[nodiscard]] port::CallStore& store() { return m_backend->store(); }
    [[nodiscard]] std::string value(const std::string& sql) { return m_backend->value(sql); }
    [[nodiscard]] port::IngestReport hear_of(int number, const call::CallFacts& news = ringing()) {
        return store().ingest(std::vector{delivery(call_sid(number), news)}, heed);
    }
    void allow(const std::string& column, const std::string& words) {
        backend().exec_script("ALTER TABLE call_log ADD CONSTRAINT own_words CHECK (" + column +
                              " IN (" + words + "))");
    }
    void refuse_call(int number) {
        backend().exec_script("ALTER TABLE call_log ADD CHECK (call_sid <> '" +
                              call_sid(number).str() + "')");
    }
    void wait_for_a_waiter() {
        while (value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                     "AND datname = current_database()") == "0") {
            std::this_thread::yield();
        }
    }
    /// Somebody's transaction, which ends once another waits for it.
    template <class Work>
    void beside(const std::string& sql, const Work& work) {
        pg::Connection connection{backend().connect_options()};
        pg::Transaction holder{connection};
        holder.exec(sql);
        auto waiting = std::async(std::launch::async, work);
        wait_for_a_waiter();
        holder.commit();
        waiting.get();
    }
    /// The only call that is due, with its transcript begun.
    port::Claim begin_transcript() {
        auto held = store().claim_due(request()).at(0);
        EXPECT_EQ(store().begin_attempt(held.lease, Stage::transcript, held.call.news),
                  Written::done);
        return held;
    }
    Written end_transcript(const port::Claim& held) {
        auto change = unchanged(held.call);
        change.statuses[at(Stage::transcript)] = Status::completed;
        change.stage = Stage::summary;
        change.due_at = store().now();
        change.artefacts = {{.stage = Stage::transcript, .text = "words that were paid for"}};
        change.attempt = call::AttemptEnd{.requests = 1};
        return store().finish(held.lease, change).written;
    }
    Written transcribe() { return end_transcript(begin_transcript()); }

  private:
    std::unique_ptr<PgBackend> m_backend{};
};

TEST_F(PgHostRows, ThatTakeNoEndAreNotWorkedForPassByPass) {
    auto row = host_row(call_sid(1));
    row.statuses = {"completed", "pending", "pending"};
    backend().insert_host(row);
    allow("transcript_status", "'pending', 'processing', 'done', 'error'");
    ASSERT_EQ(store().sweep({}, heed).adopted, 1U);
    ASSERT_EQ(transcribe(), Written::done);
    ASSERT_EQ(store().find(call_sid(1))->reason, Reason::rejected);
    ASSERT_EQ(value("SELECT transcript_status FROM call_log"), "processing");
    const port::RehearsalRequest rehearsal{.claim = request(9)};
    EXPECT_EQ(store().rehearse(rehearsal, heed).sweep.refused, 1U);
    const auto report = store().sweep({}, heed);
    EXPECT_EQ(report.reset, 0U);
    EXPECT_EQ(report.refused, 1U);
    EXPECT_TRUE(store().claim_due(request()).empty()) << "it would be paid for again";
    EXPECT_EQ(value("SELECT transcript_status FROM call_log"), "processing");

    backend().exec_script("ALTER TABLE call_log DROP CONSTRAINT own_words");
    EXPECT_EQ(store().sweep({}, heed).reset, 1U);
    EXPECT_EQ(value("SELECT transcript_status FROM call_log"), "processing")
        << "that it would take the end was only tried";
    EXPECT_EQ(store().claim_due(request()).size(), 1U);
}

TEST_F(PgHostRows, ThatTakeNoEndOfTheRecordingBlameNoOtherStage) {
    backend().insert_host(host_row(call_sid(1)));
    allow("recording_status", "'pending', 'processing', 'failed'");
    ASSERT_EQ(store().sweep({}, heed).adopted, 1U);
    const auto held = store().claim_due(request()).at(0);
    auto change = unchanged(held.call);
    change.statuses = {Status::completed, Status::pending, std::nullopt};
    change.stage = Stage::transcript;
    ASSERT_EQ(store().finish(held.lease, change).written, Written::done);
    EXPECT_EQ(store().find(call_sid(1))->reason, Reason::rejected);
    EXPECT_EQ(store().find(call_sid(1))->stage, Stage::recording);
    EXPECT_EQ(value("SELECT recording_status || ' ' || transcript_status FROM call_log"),
              "failed pending");
    for (int pass = 0; pass < 2; ++pass) {
        EXPECT_EQ(store().sweep({}, heed).reset, 0U) << "it would end so each time";
    }
}

// As out of a backup: under the id that they had.
TEST_F(PgHostRows, ThatComeBackHaveSkippedWhatTheySay) {
    ASSERT_EQ(hear_of(1).applied, 1U);
    backend().exec(
        "UPDATE callctl.work SET due_at = NULL, stage = 'transcript', reason = 'TIMEOUT'");
    backend().exec(
        "UPDATE call_log SET recording_status = 'completed', summary_status = 'skipped'");
    backend().exec_script("CREATE TABLE backup AS TABLE call_log; DELETE FROM call_log");
    EXPECT_EQ(store().sweep({}, heed).adopted, 0U);
    ASSERT_EQ(store().find(call_sid(1))->reason, Reason::not_eligible);
    backend().exec_script("INSERT INTO call_log OVERRIDING SYSTEM VALUE TABLE backup");
    EXPECT_EQ(store().sweep({}, heed).reset, 1U);
    EXPECT_EQ(value("SELECT transcript_status || summary_status FROM call_log"), "pendingskipped");
}

TEST_F(PgHostRows, ThatAreRefusedForGoodHoldUpNoOtherNews) {
    constexpr int refused = 5;
    for (int number = 1; number <= refused; ++number) {
        refuse_call(number);
        EXPECT_EQ(hear_of(number).kept, 1U);
    }
    backend().exec_script("ALTER TABLE call_log ADD CONSTRAINT for_now CHECK (call_sid <> '" +
                          call_sid(refused + 1).str() + "')");
    EXPECT_EQ(hear_of(refused + 1).kept, 1U);
    backend().exec_script("ALTER TABLE call_log DROP CONSTRAINT for_now");
    const port::SweepRequest small{.limit = 2, .page = 2};
    std::size_t replayed = 0;
    std::size_t refusals = 0;
    for (int pass = 0; pass < refused; ++pass) {
        const auto counted = store().rehearse({.sweep = small}, heed).sweep;
        const auto made = store().sweep(small, heed);
        EXPECT_EQ(counted.replayed, made.replayed);
        EXPECT_EQ(counted.refused, made.refused);
        if (made.refused > 0) {
            EXPECT_THAT(made.refusal, testing::HasSubstr("violates check constraint"));
        }
        replayed += made.replayed;
        refusals += made.refused;
    }
    EXPECT_EQ(replayed, 1U);
    EXPECT_GE(refusals, static_cast<std::size_t>(refused)) << "each is told of";
    EXPECT_TRUE(store().find(call_sid(refused + 1)));
    backend().exec_script("ALTER TABLE call_log DROP CONSTRAINT call_log_call_sid_check");
    EXPECT_EQ(store().sweep({}, heed).replayed + store().sweep({}, heed).replayed, 1U)
        << "they are tried again and again";
}

TEST_F(PgHostRows, ThatAreRefusedForGoodHoldUpNoneThatWasLocked) {
    constexpr int refused = 5;
    for (int number = 1; number <= refused; ++number) {
        refuse_call(number);
        EXPECT_EQ(hear_of(number).kept, 1U);
    }
    EXPECT_EQ(hear_of(refused + 1).applied, 1U);
    {
        pg::Connection somebody{backend().connect_options()};
        pg::Transaction holder{somebody};
        holder.exec("SELECT FROM call_log FOR UPDATE");
        call::CallFacts ended;
        ended.state = call::CallState::completed;
        const auto report =
            store().ingest(std::vector{delivery(call_sid(refused + 1), ended, "2")}, heed);
        EXPECT_EQ(report.locked, 1U);
    }
    EXPECT_EQ(store().apply_kept(heed, 2).applied, 1U);
}

TEST_F(PgHostRows, KeepAStatusThatSomebodySetsWhileTheyAreAdopted) {
    backend().insert_host(host_row(call_sid(1)));
    backend().exec("UPDATE call_log SET recording_status = 'completed', transcript_status = NULL, "
                   "summary_status = NULL");
    beside("UPDATE call_log SET transcript_status = 'completed', final_transcript = 'theirs'",
           [&] { EXPECT_EQ(store().sweep({}, heed).adopted, 1U); });
    EXPECT_EQ(value("SELECT transcript_status || summary_status FROM call_log"),
              "completedpending");
    EXPECT_EQ(store().claim_due(request()).at(0).call.status(Stage::transcript), Status::completed);
}

TEST_F(PgHostRows, AreNotBegunOnceWhoHeldThemHasEndedTheStage) {
    ASSERT_EQ(hear_of(1).applied, 1U);
    const auto held = store().claim_due(request()).at(0);
    beside("UPDATE call_log SET transcript_status = 'skipped'", [&] {
        EXPECT_EQ(store().begin_attempt(held.lease, Stage::transcript, held.call.news),
                  Written::outdated);
    });
    EXPECT_EQ(value("SELECT transcript_status FROM call_log"), "skipped");
    EXPECT_EQ(value("SELECT count(*) FROM callctl.attempt"), "0");
}

TEST_F(PgHostRows, KeepWhatWhoHeldThemHasEndedWhileItWasWorkedOn) {
    ASSERT_EQ(hear_of(1).applied, 1U);
    const auto held = begin_transcript();
    beside("UPDATE call_log SET transcript_status = 'skipped', final_transcript = 'theirs'",
           [&] { EXPECT_EQ(end_transcript(held), Written::done); });
    EXPECT_EQ(value("SELECT transcript_status || final_transcript FROM call_log"), "skippedtheirs");
    EXPECT_EQ(value("SELECT text FROM callctl.artefact"), "words that were paid for");
}

// It is the table that changed, and no call can do anything about that.
TEST_F(PgHostRows, AreNotGivenUpWhereAColumnHasAnotherType) {
    ASSERT_EQ(hear_of(1).applied, 1U);
    const auto held = begin_transcript();
    backend().exec_script("ALTER TABLE call_log ALTER final_transcript TYPE jsonb USING NULL");
    try {
        end_transcript(held);
        FAIL() << "a text that is no JSON was written";
    } catch (const base::SchemaError& error) {
        EXPECT_THAT(error.what(), HasSubstr("jsonb"));
        EXPECT_EQ(error.hint(), "run callctl migrate");
    }
    EXPECT_EQ(store().find(call_sid(1))->reason, std::nullopt);
    backend().exec_script("ALTER TABLE call_log ALTER final_transcript TYPE text");
    EXPECT_EQ(end_transcript(held), Written::done);
}

// Such a function may fail for one row and not for the next.
TEST_F(PgHostRows, AreGivenUpWhereTheirTriggerLacksAColumn) {
    ASSERT_EQ(hear_of(1).applied, 1U);
    const auto held = begin_transcript();
    backend().exec_script(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN IF NEW.final_transcript IS NOT NULL THEN PERFORM NEW.nothing; END IF; RETURN NEW; "
        "END';"
        "CREATE TRIGGER fail BEFORE UPDATE ON call_log FOR EACH ROW EXECUTE FUNCTION fail()");
    EXPECT_EQ(end_transcript(held), Written::done);
    EXPECT_EQ(store().find(call_sid(1))->reason, Reason::rejected);
}

// A trigger that returns NULL is the application's way of saying no without a word.
TEST_F(PgHostRows, WhoseTriggerLetsNoChangeInHoldUpNobody) {
    ASSERT_EQ(hear_of(1).applied, 1U);
    backend().exec_script(
        "CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER ignore BEFORE UPDATE ON call_log FOR EACH ROW EXECUTE FUNCTION ignore()");
    EXPECT_EQ(transcribe(), Written::done);
    EXPECT_EQ(value("SELECT text FROM callctl.artefact"), "words that were paid for");
}

} // namespace
} // namespace callctl::contract
