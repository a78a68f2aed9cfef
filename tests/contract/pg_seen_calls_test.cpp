// A worker's write is decided on what this process saw last, where that is still so.
#include "contract/pg_backend.hpp"

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace callctl::contract {
namespace {

using call::Stage;
using call::Status;
using port::Written;

class PgSeenCalls : public testing::Test {
  protected:
    void SetUp() override {
        if (test::require_server()) {
            m_backend = std::make_unique<PgBackend>();
            store().ingest(std::vector{delivery(call_sid(1), ringing())}, heed);
            m_held = store().claim_due(request()).at(0);
        }
    }
    [[nodiscard]] PgBackend& backend() { return *m_backend; }
    [[nodiscard]] port::CallStore& store() { return m_backend->store(); }
    [[nodiscard]] const port::Claim& held() const { return *m_held; }
    /// As it is after a change that takes the call nowhere.
    [[nodiscard]] std::optional<port::Advanced> advance() {
        auto change = unchanged(held().call);
        change.due_at = store().now();
        return store().advance(held().lease, change, {});
    }

    void wait_for_a_waiter() {
        while (backend().value("SELECT count(*) FROM pg_stat_activity WHERE "
                               "wait_event_type = 'Lock' AND datname = current_database()") ==
               "0") {
            std::this_thread::yield();
        }
    }

    /// All that the tables have of it.
    void expect_as_stored(const call::Call& call) {
        const auto stored = store().find(call.sid).value();
        EXPECT_EQ(call.statuses, stored.statuses);
        EXPECT_EQ(call.stage, stored.stage);
        EXPECT_EQ(call.reason, stored.reason);
        EXPECT_EQ(call.detail, stored.detail);
        EXPECT_EQ(call.attempts, stored.attempts);
        EXPECT_EQ(call.crashes, stored.crashes);
        EXPECT_EQ(call.news, stored.news);
        EXPECT_EQ(call.due_at, stored.due_at);
        EXPECT_EQ(call.facts, stored.facts);
        EXPECT_EQ(call.transcript, stored.transcript);
        EXPECT_EQ(call.summary, stored.summary);
    }

    std::unique_ptr<PgBackend> m_backend{};
    std::optional<port::Claim> m_held{};
};

TEST_F(PgSeenCalls, AreWhatTheTablesHaveAfterEachOfManyWrites) {
    auto change = unchanged(held().call);
    change.due_at = store().now();
    change.reason = call::Reason::not_ready;
    change.detail = "not\xFF yet";
    change.attempts = 3;
    change.statuses[0] = Status::failed;
    const auto failed = store().advance(held().lease, change, {}).value();
    expect_as_stored(failed.call);

    change = unchanged(failed.call);
    change.stage = Stage::transcript;
    change.due_at = store().now();
    change.statuses = {Status::completed, Status::pending, std::nullopt};
    change.facts = full_facts(store().now());
    const auto begun =
        store().advance(held().lease, change, [](const auto&) { return true; }).value();
    EXPECT_TRUE(begun.begun);
    EXPECT_EQ(begun.call.status(Stage::transcript), Status::processing);
    expect_as_stored(begun.call);

    change = unchanged(begun.call);
    change.stage = Stage::summary;
    change.statuses[1] = Status::completed;
    change.attempt = call::AttemptEnd{};
    change.artefacts = {{.stage = Stage::transcript, .text = "words", .document = "{}"}};
    const auto done = store().advance(held().lease, change, {}).value();
    EXPECT_EQ(done.call.transcript, "words");
    expect_as_stored(done.call);
    EXPECT_EQ(backend().value("SELECT count(*) FROM callctl.attempt WHERE reason IS NULL"), "1");
}

TEST_F(PgSeenCalls, AreReadAgainWhereTheHostChangedItsRow) {
    ASSERT_TRUE(advance());
    backend().exec("UPDATE call_log SET final_transcript = 'theirs', "
                   "transcript_status = 'completed'");
    const auto after = advance().value();
    EXPECT_EQ(after.call.transcript, "theirs");
    EXPECT_EQ(after.call.status(Stage::transcript), Status::completed);
    expect_as_stored(after.call);
}

// Before the row is written or after it, in a column of ours or in another.
class PgSeenCallsWithATrigger : public PgSeenCalls,
                                public testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(
    Of, PgSeenCallsWithATrigger,
    testing::Values("BEFORE UPDATE ON call_log FOR EACH ROW EXECUTE FUNCTION change_new()",
                    "AFTER UPDATE ON call_log FOR EACH ROW WHEN (pg_trigger_depth() = 0) "
                    "EXECUTE FUNCTION change_row()"));

TEST_P(PgSeenCallsWithATrigger, AreReadAgain) {
    backend().exec_script(
        "CREATE FUNCTION change_new() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "new.final_transcript := 'theirs'; RETURN new; END $$; "
        "CREATE FUNCTION change_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "UPDATE call_log SET final_transcript = 'theirs' WHERE id = new.id; RETURN NULL; END $$; "
        "CREATE TRIGGER theirs " +
        std::string{GetParam()});
    auto change = unchanged(held().call);
    change.due_at = store().now();
    change.statuses[0] = Status::completed;
    ASSERT_TRUE(store().advance(held().lease, change, {}));
    const auto after = advance().value();
    EXPECT_EQ(after.call.transcript, "theirs");
    expect_as_stored(after.call);
}

// The host commits while our statement, which has seen its old row, waits for it.
TEST_F(PgSeenCalls, AreReadAgainWhereTheHostChangedItsRowMeanwhile) {
    pg::Connection connection{backend().connect_options()};
    pg::Transaction host{connection};
    host.exec("UPDATE call_log SET from_number = 'theirs', call_status = 'archived', "
              "final_transcript = 'theirs'");
    auto change = unchanged(held().call);
    change.due_at = store().now();
    change.statuses[0] = Status::failed;
    auto waiting =
        std::async(std::launch::async, [&] { return store().advance(held().lease, change, {}); });
    wait_for_a_waiter();
    host.commit();
    ASSERT_TRUE(waiting.get());
    EXPECT_EQ(backend().value("SELECT recording_status FROM call_log"), "failed");

    const auto after = advance().value();
    EXPECT_EQ(after.call.transcript, "theirs");
    auto last = unchanged(after.call);
    last.facts.from = "+4912345";
    last.facts.state = call::CallState::completed;
    EXPECT_EQ(store().finish(held().lease, last).written, Written::done);
    EXPECT_EQ(backend().value("SELECT from_number || call_status FROM call_log"), "theirsarchived");
}

TEST_F(PgSeenCalls, AreReadAgainWhereTheHostDeletedItsRow) {
    ASSERT_TRUE(advance());
    backend().exec("DELETE FROM call_log");
    const auto after = advance().value();
    EXPECT_EQ(after.call.reason, call::Reason::not_eligible);
    EXPECT_FALSE(after.call.due_at);
}

TEST_F(PgSeenCalls, AreReadAgainWhereThereAreNews) {
    ASSERT_TRUE(advance());
    call::CallFacts ended;
    ended.state = call::CallState::completed;
    store().ingest(std::vector{delivery(call_sid(1), ended, "2")}, heed);
    const auto after = advance().value();
    EXPECT_EQ(after.call.facts.state, call::CallState::completed);
    EXPECT_GT(after.call.news, held().call.news);
    expect_as_stored(after.call);
}

TEST_F(PgSeenCalls, AreReadAgainAfterARenewal) {
    ASSERT_TRUE(advance());
    EXPECT_TRUE(store().renew(std::vector{held().lease}, 60s, {1h, 1h, 1h}).empty());
    expect_as_stored(advance().value().call);
}

TEST_F(PgSeenCalls, OfALeaseThatAnotherHasTakenCountForNothing) {
    ASSERT_TRUE(advance());
    backend().exec("UPDATE callctl.work SET lease_token = lease_token + 1");
    EXPECT_FALSE(advance());
    EXPECT_EQ(store().finish(held().lease, unchanged(held().call)).written, Written::superseded);
}

TEST_F(PgSeenCalls, AreReadAgainByAWriteThatHadToWait) {
    ASSERT_TRUE(advance());
    pg::Connection connection{backend().connect_options()};
    pg::Transaction holder{connection};
    holder.exec("UPDATE callctl.work SET attempts = 5, news = news + 1");
    auto waiting = std::async(std::launch::async, [this] { return advance(); });
    wait_for_a_waiter();
    holder.exec("UPDATE call_log SET recording_status = 'completed'");
    holder.commit();
    const auto after = waiting.get().value();
    EXPECT_EQ(after.call.status(Stage::recording), Status::completed);
    EXPECT_EQ(after.call.due_at, store().find(call_sid(1))->due_at);
    expect_as_stored(after.call);
}

// A batch of one that is not known and one that is, against a renewal of both.
TEST_F(PgSeenCalls, AreLockedInTheOrderOfTheSidsWithThoseThatAreNot) {
    store().ingest(std::vector{delivery(call_sid(2), ringing())}, heed);
    const auto other = store().claim_due(request()).at(0);
    ASSERT_EQ(other.call.sid, call_sid(2));
    pg::Connection renewing{backend().connect_options()};
    pg::Transaction renewal{renewing};
    const auto lock = [&renewal](int number) {
        renewal.exec("SELECT FROM callctl.work WHERE call_sid = $1 FOR NO KEY UPDATE",
                     {pg::param(call_sid(number).str())});
    };
    lock(1);
    auto writing = std::async(std::launch::async, [&] {
        pg::Connection connection{backend().connect_options()};
        pg::Transaction transaction{connection, {.marked = true}, nullptr};
        const auto id = static_cast<std::int64_t>(other.lease.call);
        pg::SeenCalls::Calls seen;
        seen.emplace(other.lease.call, pg::read_calls(transaction, std::span{&id, 1}).at(0));
        const auto first = unchanged(held().call);
        const auto second = unchanged(other.call);
        const std::vector<pg::Transition> both{{held().lease, &first}, {other.lease, &second}};
        pg::Tries tries;
        const auto moved =
            pg::write_transitions(transaction, both, {}, pg::Shown::all, tries, seen);
        transaction.commit();
        return moved.at(0).written == Written::done && moved.at(1).written == Written::done;
    });
    wait_for_a_waiter();
    EXPECT_NO_THROW(lock(2));
    renewal.commit();
    EXPECT_TRUE(writing.get());
}

TEST_F(PgSeenCalls, AreForgottenWithTheServerThatTheyAreOf) {
    pg::SeenCalls seen;
    pg::StoredCall stored{.call = held().call};
    stored.lease_token = held().lease.token;
    seen.put({{held().lease.call, stored}}, 0);
    EXPECT_TRUE(seen.take(std::vector{held().lease}, 1).empty());
    seen.put({{held().lease.call, stored}}, 0);
    EXPECT_TRUE(seen.take(std::vector{held().lease}, 1).empty()) << "they come late";
    seen.put({{held().lease.call, stored}}, 1);
    EXPECT_FALSE(seen.take(std::vector{held().lease}, 1).empty());
}

} // namespace
} // namespace callctl::contract
