// What the contract cannot say of PostgreSQL: real threads, real tables of hosts, real plans.
#include "contract/pg_backend.hpp"

#include "base/exception.hpp"
#include "support/frozen_backends.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <latch>
#include <map>
#include <set>
#include <thread>

namespace callctl::contract {
namespace {

using call::Stage;
using call::Status;
using port::Written;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class PgStore : public testing::Test {
  protected:
    void SetUp() override {
        if (test::require_server()) {
            m_backend = std::make_unique<PgBackend>();
        }
    }
    [[nodiscard]] PgBackend& backend() { return *m_backend; }
    [[nodiscard]] port::CallStore& store() { return m_backend->store(); }
    [[nodiscard]] std::string value(const std::string& sql) { return m_backend->value(sql); }
    void hear_of(int number, const call::CallFacts& news = ringing()) {
        ASSERT_EQ(store().ingest(std::vector{delivery(call_sid(number), news)}, heed).applied, 1U);
    }

    /// The first commit of such a transaction takes two seconds.
    void linger_at_commit(const std::string& event) {
        backend().exec_script("CREATE SEQUENCE commits; "
                              "CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ "
                              "BEGIN IF nextval('commits') = 1 THEN PERFORM pg_sleep(2); END IF; "
                              "RETURN NULL; END $$; "
                              "CREATE CONSTRAINT TRIGGER linger AFTER " +
                              event +
                              " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
                              "EXECUTE FUNCTION linger()");
    }
    /// Of somebody who does not wait for it.
    [[nodiscard]] pg::ConnectOptions hasty_options() {
        auto options = backend().direct_options();
        options.statement_timeout = 500ms;
        options.lock_timeout = 100ms;
        return options;
    }
    void freeze_lingering(test::FrozenBackends& frozen) {
        const auto lingering = [this] {
            return backend().exec("SELECT pid FROM pg_stat_activity "
                                  "WHERE wait_event = 'PgSleep' AND datname = current_database()");
        };
        while (lingering().empty()) {
            std::this_thread::yield();
        }
        frozen.add(lingering());
    }

  private:
    std::unique_ptr<PgBackend> m_backend;
};

/// Runs `work(number)` in that many threads, all at once; the first exception is the test's.
void in_threads(int threads, const std::function<void(int)>& work) {
    std::latch start{threads};
    std::vector<std::future<void>> running;
    for (int number = 0; number < threads; ++number) {
        running.push_back(std::async(std::launch::async, [&, number] {
            start.arrive_and_wait();
            work(number);
        }));
    }
    for (auto& thread : running) {
        thread.get();
    }
}

// --- A clock that is set back ---

TEST_F(PgStore, ProviderIsAskedAgainThoughTheServersClockIsSetBack) {
    using call::Provider;
    const call::Pace pace{.interval = 1s, .depth = 1, .ahead = 60s};
    store().close_provider(Provider::twilio, call::Reason::quota, "429", 1s, store().now());
    static_cast<void>(store().reserve_request(Provider::twilio, pace));
    backend().exec("UPDATE callctl.provider SET updated_at = now() + interval '1 hour', "
                   "next_request_at = now() + interval '1 hour', "
                   "closed_until = now() - interval '1 second'");
    EXPECT_LE(store().reserve_request(Provider::twilio, pace), 61s);
    EXPECT_EQ(value("SELECT next_request_at <= now() + interval '2 minutes' "
                    "FROM callctl.provider WHERE provider = 'twilio'"),
              "t");
    const auto asked = store().now();
    store().close_provider(Provider::twilio, call::Reason::quota, "429", 1s, asked);
    EXPECT_EQ(value("SELECT failures FROM callctl.provider WHERE provider = 'twilio'"), "2");
    backend().exec("UPDATE callctl.provider SET updated_at = now() + interval '1 hour'");
    store().open_provider(Provider::twilio, store().now());
    EXPECT_EQ(value("SELECT failures FROM callctl.provider WHERE provider = 'twilio'"), "0");
}

// --- Several at once ---

TEST_F(PgStore, EightThreadsClaimEachCallOnce) {
    constexpr int k_calls = 200;
    std::vector<call::Delivery> batch;
    for (int number = 0; number < k_calls; ++number) {
        batch.push_back(delivery(call_sid(number), ringing()));
    }
    ASSERT_EQ(store().ingest(batch, heed).applied, static_cast<std::size_t>(k_calls));
    std::mutex mutex;
    std::map<base::CallSid, int> taken;
    in_threads(8, [&](int number) {
        const auto wanted = request(7, "worker-" + std::to_string(number));
        for (auto claims = store().claim_due(wanted); !claims.empty();
             claims = store().claim_due(wanted)) {
            for (const auto& claim : claims) {
                auto change = unchanged(claim.call);
                change.due_at = std::nullopt;
                EXPECT_EQ(store().write(claim.lease, change), Written::done);
                store().release(claim.lease);
                const std::scoped_lock lock{mutex};
                ++taken[claim.call.sid];
            }
        }
    });
    EXPECT_THAT(taken, SizeIs(k_calls));
    EXPECT_TRUE(std::ranges::all_of(taken, [](const auto& entry) { return entry.second == 1; }));
    EXPECT_EQ(value("SELECT count(*) FROM callctl.work WHERE crashes > 0"), "0");
}

TEST_F(PgStore, ClaimsThatGoOnFromTheLastOneStillFindWhatBecameDueBehindIt) {
    for (int number = 0; number < 6; ++number) {
        hear_of(number);
        backend().advance(1s);
    }
    for (const auto order : {port::ClaimOrder::most_overdue, port::ClaimOrder::newest}) {
        pg::Pool pool{backend().connect_options()};
        pg::PgCallStore going_on{pool, {.claims_go_on_for = 1h}};
        auto wanted = request(2);
        wanted.order = order;
        const auto first = going_on.claim_due(wanted);
        ASSERT_THAT(first, SizeIs(2));
        going_on.release(first[0].lease);
        std::set<base::CallSid> taken{first[1].call.sid};
        for (auto claims = going_on.claim_due(wanted); !claims.empty();
             claims = going_on.claim_due(wanted)) {
            for (const auto& claim : claims) {
                EXPECT_TRUE(taken.insert(claim.call.sid).second);
            }
        }
        EXPECT_THAT(taken, SizeIs(6));
        backend().exec_script("UPDATE callctl.work SET lease_owner = NULL, lease_until = NULL");
    }
}

TEST_F(PgStore, ALateFinisherInAnotherProcessIsSuperseded) {
    hear_of(1);
    pg::Pool pool{backend().connect_options()};
    pg::PgCallStore other{pool};
    const auto late = other.claim_due(request(1, "paused")).at(0);
    backend().advance(61s);
    const auto current = store().claim_due(request(1, "awake")).at(0);
    std::atomic<int> written{0};
    in_threads(2, [&](int number) {
        auto change = unchanged(number == 0 ? late.call : current.call);
        change.artefacts = {{.stage = Stage::transcript, .text = number == 0 ? "stale" : "fresh"}};
        auto& mine = number == 0 ? static_cast<port::CallStore&>(other) : store();
        const auto& lease = number == 0 ? late.lease : current.lease;
        written += mine.write(lease, change) == Written::done ? 1 : 0;
    });
    EXPECT_EQ(written, 1);
    EXPECT_EQ(value("SELECT final_transcript FROM call_log"), "fresh");
    EXPECT_EQ(value("SELECT count(*) FROM callctl.artefact"), "1");
}

TEST_F(PgStore, BatchesWithTheSameCallsInOppositeOrderDoNotDeadlock) {
    constexpr int k_calls = 40;
    constexpr int k_rounds = 12;
    in_threads(4, [&](int number) {
        for (int round = 0; round < k_rounds; ++round) {
            std::vector<call::Delivery> batch;
            for (int call = 0; call < k_calls; ++call) {
                // Half of the calls are known from the rounds before, half are new.
                batch.push_back(delivery(call_sid(round * k_calls / 2 + call), ringing(),
                                         std::to_string(number) + "/" + std::to_string(round)));
            }
            if (number % 2 == 1) {
                std::ranges::reverse(batch);
            }
            EXPECT_EQ(store().ingest(batch, heed).applied, batch.size());
        }
    });
    EXPECT_EQ(value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"),
              "0");
    EXPECT_EQ(value("SELECT count(*) FROM callctl.inbox WHERE applied_at IS NOT NULL"),
              std::to_string(4 * k_rounds * k_calls));
    EXPECT_EQ(value("SELECT count(*) - count(DISTINCT call_sid) FROM call_log"), "0");
}

TEST_F(PgStore, RenewalsAndWebhooksDoNotDeadlock) {
    constexpr int k_calls = 30;
    std::vector<call::Delivery> batch;
    for (int number = 0; number < k_calls; ++number) {
        batch.push_back(delivery(call_sid(number), ringing(), "0"));
    }
    ASSERT_EQ(store().ingest(batch, heed).applied, static_cast<std::size_t>(k_calls));
    std::vector<port::Lease> leases;
    for (const auto& claim : store().claim_due(request(k_calls))) {
        leases.insert(leases.begin(), claim.lease);
    }
    in_threads(2, [&](int number) {
        for (int round = 1; round < 20; ++round) {
            if (number == 0) {
                EXPECT_THAT(store().renew(leases, 60s, k_deadlines), IsEmpty());
                continue;
            }
            auto news = batch;
            for (auto& one : news) {
                one = delivery(one.sid, ringing(), std::to_string(round));
            }
            EXPECT_EQ(store().ingest(news, heed).applied, news.size());
        }
    });
    EXPECT_EQ(value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"),
              "0");
}

TEST_F(PgStore, TheSameDeliveryAtTheSameTimeIsAppliedOnce) {
    std::atomic<std::size_t> applied{0};
    std::atomic<std::size_t> duplicates{0};
    in_threads(6, [&](int /*number*/) {
        const auto report = store().ingest(std::vector{delivery(call_sid(1), ringing())}, heed);
        applied += report.applied;
        duplicates += report.duplicates;
    });
    EXPECT_EQ(applied, 1U);
    EXPECT_EQ(duplicates, 5U);
    EXPECT_EQ(value("SELECT news FROM callctl.work"), "1");
}

TEST_F(PgStore, MakesOneHostRowEvenWithoutAUniqueIndex) {
    backend().exec_script("ALTER TABLE call_log DROP CONSTRAINT call_log_call_sid_key;"
                          "CREATE INDEX ON call_log (call_sid)");
    in_threads(6, [&](int number) {
        store().ingest(std::vector{delivery(call_sid(1), ringing(), std::to_string(number))}, heed);
    });
    EXPECT_EQ(value("SELECT count(*) FROM call_log"), "1");
    EXPECT_EQ(value("SELECT count(*) FROM callctl.inbox WHERE applied_at IS NOT NULL"), "6");
}

TEST_F(PgStore, ADecisionThatHadToWaitSeesWhatItWaitedFor) {
    hear_of(1);
    pg::Connection connection{backend().connect_options()};
    pg::Transaction holder{connection};
    holder.exec("UPDATE callctl.work SET attempts = 5");
    std::optional<call::Call> seen;
    const auto watch = [&](const call::Call& call, const call::CallFacts& news, base::Time now) {
        seen = call;
        return heed(call, news, now);
    };
    auto waiting = std::async(std::launch::async, [&] {
        return store().ingest(std::vector{delivery(call_sid(1), {}, "2")}, watch);
    });
    while (value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                 "AND datname = current_database()") == "0") {
        std::this_thread::yield();
    }
    holder.exec("UPDATE call_log SET recording_status = 'completed'");
    holder.commit();
    EXPECT_EQ(waiting.get().applied, 1U);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->attempts, 5);
    EXPECT_EQ(seen->status(Stage::recording), Status::completed);
}

TEST_F(PgStore, AWriteWhoseCommitFailedIsMadeOnce) {
    hear_of(1);
    backend().cut_first_commit_of("callctl.artefact");
    const auto held = store().claim_due(request()).at(0);
    auto change = unchanged(held.call);
    change.artefacts = {{.stage = Stage::transcript, .text = "words"}};
    change.attempt = call::AttemptEnd{};
    EXPECT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_EQ(value("SELECT last_value FROM commits"), "2");
    EXPECT_EQ(value("SELECT count(*) FROM callctl.artefact"), "1");
    EXPECT_EQ(value("SELECT count(*) FROM callctl.attempt"), "1");
    EXPECT_EQ(value("SELECT final_transcript FROM call_log"), "words");
}

TEST_F(PgStore, AWriteWhoseCommitFailedBeginsTheNextAttemptOnce) {
    hear_of(1);
    backend().cut_first_commit_of("callctl.attempt");
    const auto held = store().claim_due(request()).at(0);
    auto change = unchanged(held.call);
    change.stage = Stage::transcript;
    change.due_at = store().now();
    const auto after = store().advance(held.lease, change, [](const auto&) { return true; });
    ASSERT_TRUE(after);
    EXPECT_TRUE(after->begun);
    EXPECT_EQ(value("SELECT last_value FROM commits"), "2");
    EXPECT_EQ(value("SELECT count(*) FROM callctl.attempt WHERE finished_at IS NULL"), "1");
}

// As behind a fail-over to a standby that had not heard of the transaction: its number is nobody's
// yet, or was given to another.
TEST_F(PgStore, AWriteIsMadeAgainWhereWhatIsInDoubtWasLost) {
    hear_of(1);
    const auto held = store().claim_due(request()).at(0);
    auto change = unchanged(held.call);
    change.artefacts = {{.stage = Stage::transcript, .text = "words"}};
    const std::string current = value("SELECT txid_current()");
    const std::string ahead = value("SELECT txid_current() + 1000000");
    int written = 0;
    for (const auto& id : {ahead, current}) {
        pg::Connection connection{backend().connect_options()};
        pg::Transaction transaction{connection, {.marked = true}, nullptr};
        pg::SeenCalls::Calls seen;
        pg::Tries tries;
        tries.doubtful = {id, store().now() + 1h};
        const pg::Transition transition{held.lease, &change};
        const auto moved =
            pg::write_transitions(transaction, {&transition, 1}, {}, pg::Shown::all, tries, seen);
        transaction.commit();
        EXPECT_EQ(moved.at(0).written, Written::done);
        EXPECT_EQ(value("SELECT count(*) FROM callctl.artefact"), std::to_string(++written));
    }
}

TEST_F(PgStore, AWriteThatBeganEarlierAndComesLaterSetsNoTimeBack) {
    hear_of(1);
    const auto held = store().claim_due(request()).at(0);
    backend().exec("UPDATE callctl.work SET updated_at = now() + interval '1 second'");
    const std::string before = value("SELECT updated_at FROM callctl.work");
    EXPECT_EQ(store().write(held.lease, unchanged(held.call)), Written::done);
    EXPECT_EQ(value("SELECT updated_at FROM callctl.work"), before);
}

TEST_F(PgStore, AFinishWhoseCommitIsFoundLaterIsDoneAndNotSuperseded) {
    hear_of(1);
    const auto held = store().claim_due(request()).at(0);
    const auto change = unchanged(held.call);
    const pg::Transition transition{held.lease, &change, pg::Transition::Then::give_back};
    pg::Tries tries;
    for (int time = 0; time < 3; ++time) {
        pg::Connection connection{backend().connect_options()};
        pg::Transaction transaction{connection, {.marked = true}, nullptr};
        pg::SeenCalls::Calls seen;
        const auto moved =
            pg::write_transitions(transaction, {&transition, 1}, {}, pg::Shown::all, tries, seen);
        EXPECT_EQ(moved.at(0).written, Written::done);
        transaction.commit();
        tries.doubtful = tries.running;
    }
}

TEST_F(PgStore, AClaimThatAStandbyNeverHeardOfIsNoClaimThere) {
    hear_of(1);
    const std::string token = value("SELECT lease_token FROM callctl.work");
    const auto lost = store().claim_due(request()).at(0);
    backend().exec("UPDATE callctl.work SET lease_owner = NULL, lease_until = NULL, "
                   "lease_token = $1::bigint",
                   {pg::param(token)});
    ASSERT_TRUE(store().claim_call(call_sid(1), request(1, "another")));
    EXPECT_EQ(store().write(lost.lease, unchanged(lost.call)), Written::superseded);
}

TEST_F(PgStore, ReadsATimeThatNoClockShowsAsNone) {
    hear_of(1);
    int number = 1;
    for (const char* const time : {"infinity", "-infinity", "57885-01-01"}) {
        backend().insert_host(host_row(call_sid(++number)));
        backend().exec("UPDATE call_log SET created_at = $1::timestamp", {pg::param(time)});
        EXPECT_TRUE(store().find(call_sid(1))) << time;
        EXPECT_NO_THROW(store().sweep({}, heed)) << time;
    }
}

// Somebody's session sits on the row of one call.
TEST_F(PgStore, NewsOfOneLockedRowDelayNoOther) {
    hear_of(1);
    hear_of(2);
    std::optional<pg::Connection> somebody{backend().connect_options()};
    std::optional<pg::Transaction> holder{*somebody};
    holder->exec("SELECT FROM call_log WHERE call_sid = $1 FOR UPDATE",
                 {pg::param(call_sid(1).str())});
    call::CallFacts ended;
    ended.state = call::CallState::completed;
    const auto report = store().ingest(
        std::vector{delivery(call_sid(1), ended, "2"), delivery(call_sid(2), ended, "2")}, heed);
    EXPECT_EQ(report.applied, 1U);
    EXPECT_EQ(report.kept, 1U);
    EXPECT_EQ(report.locked, 1U);
    EXPECT_EQ(store().find(call_sid(2))->facts.state, call::CallState::completed);
    EXPECT_EQ(store().sweep({}, heed).replayed, 0U) << "and no pass";
    EXPECT_EQ(store().apply_kept(heed, 10).locked, 1U);
    holder.reset();
    const auto kept = store().apply_kept(heed, 10);
    EXPECT_EQ(kept.applied, 1U);
    EXPECT_EQ(kept.locked, 0U);
    EXPECT_EQ(store().find(call_sid(1))->facts.state, call::CallState::completed);
    EXPECT_EQ(store().apply_kept(heed, 10).applied, 0U);
}

// As an import of the host's does, which holds many rows until it commits.
TEST_F(PgStore, NewsOfManyLockedRowsDelayNoOther) {
    for (int number = 1; number <= 16; ++number) {
        hear_of(number);
    }
    pg::Connection somebody{backend().connect_options()};
    std::optional<pg::Transaction> holder{somebody};
    constexpr std::size_t locked = 8; // every other one
    holder->exec("SELECT FROM call_log WHERE call_sid ~ '[13579bdf]$' FOR UPDATE");
    call::CallFacts ended;
    ended.state = call::CallState::completed;
    std::vector<call::Delivery> news;
    for (int number = 1; number <= 16; ++number) {
        news.push_back(delivery(call_sid(number), ended, "2"));
    }
    news.push_back(delivery(call_sid(17), ringing()));
    const auto report = store().ingest(news, heed);
    EXPECT_EQ(report.applied, news.size() - locked);
    EXPECT_EQ(report.kept, locked);
    EXPECT_EQ(report.locked, locked);
    EXPECT_TRUE(store().find(call_sid(17)));
    holder.reset();
    EXPECT_EQ(store().apply_kept(heed, 100).applied, locked);
}

TEST_F(PgStore, AReopeningPassesOverALockedRow) {
    for (int number = 1; number <= 2; ++number) {
        auto row = host_row(call_sid(number));
        row.statuses = {"completed", "failed", "pending"};
        backend().insert_host(row);
    }
    pg::Connection somebody{backend().connect_options()};
    pg::Transaction holder{somebody};
    holder.exec("SELECT FROM call_log WHERE call_sid = $1 FOR UPDATE",
                {pg::param(call_sid(1).str())});
    const std::vector<port::NamedCall> calls{{call_sid(1)}, {call_sid(2)}};
    pg::Pool pool{hasty_options()};
    pg::PgCallStore hasty{pool};
    const auto results = hasty.reopen(calls, {{.stage = call::Stage::transcript}});
    EXPECT_EQ(results.at(0).what, port::Reopened::locked);
    EXPECT_EQ(results.at(1).what, port::Reopened::done);
}

// Its trigger lets nobody change the row, which shows what it showed before.
TEST_F(PgStore, ASweepLeavesACallAtRestWhoseRowIsStillRefused) {
    hear_of(1);
    backend().exec("UPDATE callctl.work SET reason = 'REJECTED', due_at = NULL");
    backend().exec_script("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                          "RAISE 'this month is closed'; END $$; "
                          "CREATE TRIGGER refuse BEFORE UPDATE ON call_log "
                          "FOR EACH ROW EXECUTE FUNCTION refuse()");
    const auto report = store().sweep({}, heed);
    EXPECT_EQ(report.reset, 0U);
    EXPECT_EQ(report.refused, 1U);
    EXPECT_EQ(store().find(call_sid(1))->reason, call::Reason::rejected);
    backend().exec_script("DROP FUNCTION refuse() CASCADE");
    EXPECT_EQ(store().sweep({}, heed).reset, 1U);
    EXPECT_TRUE(store().find(call_sid(1))->due_at);
}

// The host writes to the newer call while a rehearsal, which would change it, waits for the older.
TEST_F(PgStore, ARehearsalKeepsNobodyFromTheRowsOfAPage) {
    for (int number = 1; number <= 2; ++number) {
        backend().insert_host(host_row(call_sid(number)));
    }
    backend().exec("UPDATE call_log SET transcript_status = NULL");
    pg::Connection somebody{backend().connect_options()};
    pg::Transaction holder{somebody};
    holder.exec("SELECT FROM call_log WHERE call_sid = $1 FOR UPDATE",
                {pg::param(call_sid(1).str())});
    auto rehearsal = std::async(std::launch::async, [&] {
        return store().rehearse({.sweep = {.page = 1}, .claim = request(9)}, heed);
    });
    while (value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                 "AND datname = current_database()") == "0") {
        std::this_thread::yield();
    }
    EXPECT_NO_THROW(backend().exec_script("SET lock_timeout = 1; UPDATE call_log "
                                          "SET from_number = 'theirs' WHERE call_sid = '" +
                                          call_sid(2).str() + "'"));
    const auto seen = rehearsal.get();
    EXPECT_EQ(seen.sweep.adopted, 1U);
    EXPECT_EQ(seen.sweep.refused, 1U);
    EXPECT_THAT(seen.due, SizeIs(1));
}

TEST_F(PgStore, ARehearsalPassesOverNewsOfALockedRow) {
    hear_of(1);
    pg::Connection somebody{backend().connect_options()};
    pg::Transaction holder{somebody};
    holder.exec("SELECT FROM callctl.work FOR UPDATE");
    const std::vector news{delivery(call_sid(1), ringing(), "2"),
                           delivery(call_sid(2), ringing(), "3")};
    EXPECT_THAT(store().rehearse({.news = news, .claim = request(9)}, heed).due, SizeIs(2));
}

class PgStoreWithATriggerThat : public PgStore, public testing::WithParamInterface<const char*> {};

// In PL/pgSQL.
INSTANTIATE_TEST_SUITE_P(All, PgStoreWithATriggerThat,
                         testing::Values("RAISE 'not this one' USING ERRCODE = 'BZ001'",
                                         "PERFORM * FROM a_table_that_was_dropped",
                                         "NEW.a_column_that_was_dropped := 1"));

// The others of the batch are no worse for it.
TEST_P(PgStoreWithATriggerThat, RefusesARowKeepsItsNews) {
    hear_of(1);
    hear_of(2);
    backend().exec_script("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN " +
                          std::string{GetParam()} +
                          "; RETURN new; END$$;"
                          "CREATE TRIGGER refuse BEFORE UPDATE ON call_log FOR EACH ROW "
                          "WHEN (new.call_sid = '" +
                          call_sid(1).str() + "') EXECUTE FUNCTION refuse()");
    call::CallFacts ended;
    ended.state = call::CallState::completed;
    const auto report = store().ingest(
        std::vector{delivery(call_sid(1), ended, "2"), delivery(call_sid(2), ended, "2")}, heed);
    EXPECT_EQ(report.applied, 1U);
    EXPECT_EQ(report.kept, 1U);
    EXPECT_EQ(report.locked, 0U);
    EXPECT_EQ(store().find(call_sid(2))->facts.state, call::CallState::completed);
}

class PgStoreWithATriggerThatBlames : public PgStore,
                                      public testing::WithParamInterface<const char*> {
  protected:
    void refuse_some(const std::string& sids) {
        backend().exec_script("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
                              " RAISE 'not this one' USING ERRCODE = '" +
                              std::string{GetParam()} +
                              "'; END$$; CREATE TRIGGER refuse BEFORE UPDATE ON call_log FOR EACH"
                              " ROW WHEN (new.call_sid IN (" +
                              sids + ")) EXECUTE FUNCTION refuse()");
    }
};

// serialization_failure, transaction_integrity_constraint_violation, deadlock_detected,
// query_canceled.
INSTANTIATE_TEST_SUITE_P(TheServer, PgStoreWithATriggerThatBlames,
                         testing::Values("40001", "40002", "40P01", "57014"));

TEST_P(PgStoreWithATriggerThatBlames, KeepsTheNewsOfItsRowsAndNoOther) {
    for (int number = 1; number <= 4; ++number) {
        hear_of(number);
    }
    refuse_some("'" + call_sid(1).str() + "', '" + call_sid(3).str() + "'");
    call::CallFacts ended;
    ended.state = call::CallState::completed;
    std::vector<call::Delivery> news;
    for (int number = 1; number <= 4; ++number) {
        news.push_back(delivery(call_sid(number), ended, "2"));
    }
    const auto report = store().ingest(news, heed);
    EXPECT_EQ(report.applied, 2U);
    EXPECT_EQ(report.kept, 2U);
    EXPECT_EQ(report.locked, 0U);
    EXPECT_EQ(store().find(call_sid(2))->facts.state, call::CallState::completed);
    EXPECT_EQ(store().find(call_sid(4))->facts.state, call::CallState::completed);
    EXPECT_EQ(store().sweep({}, heed).replayed, 0U) << "nor does it end a pass";
    EXPECT_EQ(value("SELECT count(*) FROM callctl.inbox WHERE applied_at IS NULL AND error LIKE "
                    "'%" +
                    std::string{GetParam()} + "%'"),
              "2");
    backend().exec_script("DROP FUNCTION refuse() CASCADE");
    EXPECT_EQ(store().sweep({}, heed).replayed, 2U);
}

TEST_F(PgStore, NewsOfALockedTableAreTheCallersToKeep) {
    for (int number = 1; number <= 4; ++number) {
        hear_of(number);
    }
    pg::Connection somebody{backend().connect_options()};
    pg::Transaction holder{somebody};
    holder.exec("LOCK TABLE call_log IN ACCESS EXCLUSIVE MODE");
    call::CallFacts ended;
    ended.state = call::CallState::completed;
    std::vector<call::Delivery> news;
    for (int number = 1; number <= 4; ++number) {
        news.push_back(delivery(call_sid(number), ended, "2"));
    }
    EXPECT_THROW(store().ingest(news, heed), base::StoreError);
}

// The server hangs in the middle of a commit, for longer than anybody waits, and goes on with it.
TEST_F(PgStore, AWriteThatIsAskedForAgainIsMadeOnceThoughItsCommitCameLate) {
    hear_of(1);
    linger_at_commit("INSERT ON callctl.artefact");
    pg::Pool pool{hasty_options(), {.answer_margin = 200ms}};
    pg::PgCallStore hasty{pool};
    const auto held = hasty.claim_due(request()).at(0);
    auto change = unchanged(held.call);
    change.stage = Stage::summary;
    change.due_at = store().now();
    change.seen_news = held.call.news;
    change.artefacts = {{.stage = Stage::transcript, .text = "words"}};
    const auto advance = [&] {
        return hasty.advance(held.lease, change, [](const auto& /*call*/) { return true; });
    };
    auto first = std::async(std::launch::async, advance);
    test::FrozenBackends frozen;
    freeze_lingering(frozen);
    if (frozen.is_refused()) {
        GTEST_SKIP() << "this user cannot freeze the backends of PostgreSQL";
    }
    EXPECT_THROW(first.get(), base::StoreError);
    frozen.thaw();
    std::optional<port::Advanced> after;
    while (!after) {
        try {
            after = advance();
        } catch (const base::StoreError&) { // not committed yet
            continue;
        }
        ASSERT_TRUE(after) << "the lease is ours";
    }
    EXPECT_TRUE(after->begun);
    EXPECT_EQ(value("SELECT count(*) FROM callctl.artefact"), "1");
    EXPECT_EQ(value("SELECT count(*) FROM callctl.attempt"), "1");
}

// What one statement claimed is given back when the next one fails: that is no crash.
TEST_F(PgStore, LosesNoClaimWhenThoseBehindItCannotBeClaimed) {
    hear_of(1);
    hear_of(2);
    hear_of(3);
    backend().exec_script("UPDATE callctl.work SET stage = 'summary' WHERE call_sid = '" +
                          call_sid(3).str() + "'");
    backend().exec_script(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF NEW.stage = 'summary' THEN RAISE 'not now'; END IF; RETURN NEW; END $$");
    backend().exec_script("CREATE TRIGGER refuse BEFORE UPDATE ON callctl.work FOR EACH ROW "
                          "EXECUTE FUNCTION refuse()");
    auto wanted = request(2);
    wanted.places = {1, 0, 0};
    EXPECT_THROW((void)store().claim_due(wanted), pg::SqlError);
    EXPECT_EQ(value("SELECT count(*) FROM callctl.work WHERE lease_owner IS NOT NULL"), "1");
    backend().exec_script("DROP TRIGGER refuse ON callctl.work");
    const auto claims = store().claim_due(wanted);
    ASSERT_THAT(claims, SizeIs(2));
    EXPECT_EQ(claims.at(0).call.crashes, 0);
}

class PgClaimInDoubt : public PgStore, public testing::WithParamInterface<bool> {
  protected:
    /// By name, or whatever is due.
    static std::vector<port::Claim> claim(pg::PgCallStore& from) {
        if (!GetParam()) {
            return from.claim_due(request());
        }
        auto claimed = from.claim_call(call_sid(1), request());
        return claimed ? std::vector{std::move(*claimed)} : std::vector<port::Claim>{};
    }
};

INSTANTIATE_TEST_SUITE_P(OrNot, PgClaimInDoubt, testing::Bool(),
                         [](const auto& by_name) { return by_name.param ? "ByName" : "Due"; });

TEST_P(PgClaimInDoubt, IsGivenBackThoughItsCommitCameLateAndIsNoCrash) {
    hear_of(1);
    linger_at_commit("UPDATE ON callctl.work");
    pg::Pool pool{hasty_options(), {.answer_margin = 200ms}};
    pg::PgCallStore hasty{pool};
    test::FrozenBackends frozen;
    auto first = std::async(std::launch::async, [&] { return claim(hasty); });
    freeze_lingering(frozen);
    if (frozen.is_refused()) {
        GTEST_SKIP() << "this user cannot freeze the backends of PostgreSQL";
    }
    EXPECT_THROW(static_cast<void>(first.get()), base::StoreError);
    frozen.thaw();
    std::vector<port::Claim> claims;
    while (claims.empty()) {
        try {
            claims = claim(hasty);
        } catch (const base::StoreError&) { // not committed yet
            continue;
        }
    }
    EXPECT_EQ(claims.at(0).call.crashes, 0);
}

// --- Tables of hosts ---

TEST_F(PgStore, ReadsTheBusinessOfACallWhereTheHostHasColumnsForIt) {
    hear_of(1);
    EXPECT_EQ(store().claim_due(request()).at(0).call.business_name, "");
    backend().exec_script("ALTER TABLE call_log ADD business_name varchar(40), "
                          "ADD business_type text; "
                          "UPDATE call_log SET business_name = 'מוסך דנה'");
    const auto call = store().find(call_sid(1)).value();
    EXPECT_EQ(call.business_name, "מוסך דנה");
    EXPECT_EQ(call.business_type, "");
    backend().exec_script("ALTER TABLE call_log DROP business_name");
    EXPECT_EQ(store().find(call_sid(1)).value().business_name, "");
}

TEST_F(PgStore, SetsToRestWhatATriggerOfTheHostsRefuses) {
    hear_of(1);
    backend().exec_script("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                          "'BEGIN RAISE EXCEPTION ''read only today''; END';"
                          "CREATE TRIGGER refuse BEFORE UPDATE ON call_log "
                          "FOR EACH ROW EXECUTE FUNCTION refuse()");
    const auto held = store().claim_due(request()).at(0);
    EXPECT_EQ(store().begin_attempt(held.lease, Stage::transcript, held.call.news),
              Written::refused);
    auto change = unchanged(held.call);
    change.statuses[at(Stage::recording)] = Status::completed;
    EXPECT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_EQ(value("SELECT reason FROM callctl.work WHERE due_at IS NULL"), "REJECTED");
    EXPECT_THAT(value("SELECT detail FROM callctl.work"), HasSubstr("read only today"));
}

TEST_F(PgStore, ShowsTheFailureWhereTheHostsTableTakesNoNameOfARecording) {
    hear_of(1);
    backend().exec_script("UPDATE call_log SET recording_sid = NULL;"
                          "ALTER TABLE call_log ADD CHECK (recording_sid IS NULL)");
    const auto held = store().claim_due(request()).at(0);
    auto change = unchanged(held.call);
    change.facts.recording.sid = recording_sid(2);
    EXPECT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_EQ(value("SELECT reason FROM callctl.work WHERE due_at IS NULL"), "REJECTED");
    EXPECT_THAT(value("SELECT last_error FROM call_log"), HasSubstr("REJECTED"));
}

TEST_F(PgStore, WritesWhatIsDoneWhereTheHostsTableDoesNotTakeWhatBegins) {
    hear_of(1);
    backend().exec_script("ALTER TABLE call_log ADD CHECK (transcript_status <> 'processing')");
    const auto held = store().claim_due(request()).at(0);
    auto change = unchanged(held.call);
    change.statuses[at(Stage::recording)] = Status::completed;
    change.stage = Stage::transcript;
    change.due_at = store().now();
    const auto after = store().advance(held.lease, change, [](const auto&) { return true; });
    ASSERT_TRUE(after);
    EXPECT_FALSE(after->begun);
    EXPECT_EQ(value("SELECT recording_status FROM call_log"), "completed");
    EXPECT_EQ(value("SELECT count(*) FROM callctl.attempt"), "0");
    EXPECT_EQ(store().begin_attempt(held.lease, Stage::transcript, after->call.news),
              Written::refused);
}

TEST_F(PgStore, SetsToRestWhatItsRoleMayNotUpdate) {
    hear_of(1);
    const std::string role = "callctl_t_reader";
    backend().exec_script("DO $$ BEGIN CREATE ROLE " + role +
                          "; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;"
                          "GRANT USAGE ON SCHEMA callctl, clock TO " +
                          role + "; GRANT ALL ON ALL TABLES IN SCHEMA callctl, clock TO " + role +
                          "; GRANT ALL ON ALL SEQUENCES IN SCHEMA callctl TO " + role +
                          "; GRANT SELECT ON call_log TO " + role);
    auto options = backend().direct_options();
    options.conninfo = base::Secret{options.conninfo.reveal() + " options='-c role=" + role + "'"};
    pg::Pool pool{options};
    pg::PgCallStore limited{pool};
    const auto held = limited.claim_due(request()).at(0);
    EXPECT_EQ(limited.begin_attempt(held.lease, Stage::transcript, held.call.news),
              Written::refused);
    EXPECT_EQ(value("SELECT reason FROM callctl.work WHERE due_at IS NULL"), "REJECTED");
}

TEST_F(PgStore, SaysToMigrateADatabaseWithoutASchema) {
    const test::TestDatabase empty{test::TestDatabase::Content::empty};
    pg::Pool pool{empty.connect_options()};
    pg::PgCallStore bare{pool};
    try {
        static_cast<void>(bare.now());
        FAIL() << "the schema is missing";
    } catch (const base::SchemaError& error) {
        EXPECT_EQ(error.exit_code(), 8);
        EXPECT_EQ(error.hint(), "run callctl migrate");
    }
}

TEST_F(PgStore, FillsColumnsThatTheHostRequires) {
    backend().exec_script("ALTER TABLE call_log ADD COLUMN business_id integer NOT NULL, "
                          "ADD COLUMN source varchar(8) NOT NULL");
    EXPECT_EQ(store().ingest(std::vector{delivery(call_sid(1), ringing())}, heed).kept, 1U);
    EXPECT_THAT(value("SELECT error FROM callctl.inbox"), HasSubstr("business_id"));

    pg::Pool pool{backend().connect_options()};
    pg::PgCallStore fitted{pool,
                           {.insert_defaults = {{"business_id", "17"}, {"source", "callctl"}}}};
    EXPECT_EQ(fitted.ingest(std::vector{delivery(call_sid(2), ringing())}, heed).applied, 1U);
    EXPECT_EQ(value("SELECT business_id || source FROM call_log"), "17callctl");
    EXPECT_EQ(fitted.sweep({}, heed).replayed, 1U);
    EXPECT_EQ(value("SELECT count(*) FROM call_log WHERE business_id = 17"), "2");
}

TEST_F(PgStore, RefusesDefaultsThatAreNoColumnsOfTheHosts) {
    pg::Pool pool{backend().connect_options()};
    for (const std::string column :
         {"", "business id", "x\"; DROP TABLE call_log; --", "7up", "call_sid", "created_at"}) {
        EXPECT_THROW(pg::PgCallStore(pool, {.insert_defaults = {{column, "1"}}}), base::ConfigError)
            << column;
    }
}

TEST_F(PgStore, IsNotDeceivedByTheDefaultsOfTheHost) {
    backend().exec_script(
        "ALTER TABLE call_log ALTER COLUMN call_status SET DEFAULT 'in-progress', "
        "ALTER COLUMN direction SET DEFAULT 'inbound', "
        "ALTER COLUMN duration SET DEFAULT 0");
    hear_of(1, {});
    hear_of(2, ringing());
    EXPECT_EQ(store().find(call_sid(1))->facts.state, call::CallState::unknown);
    EXPECT_EQ(store().find(call_sid(1))->facts.direction, call::Direction::unknown);
    EXPECT_EQ(value("SELECT string_agg(concat_ws(' ', direction, call_status), ', ' ORDER BY id) "
                    "FROM call_log"),
              "unknown, inbound ringing");
}

TEST_F(PgStore, ServesAPartialUniqueIndex) {
    backend().exec_script("ALTER TABLE call_log DROP CONSTRAINT call_log_call_sid_key;"
                          "CREATE UNIQUE INDEX uniq_call_log_call_sid ON call_log (call_sid) "
                          "WHERE call_sid IS NOT NULL AND call_sid <> '';"
                          "CREATE INDEX ON call_log (call_sid)");
    hear_of(1);
    EXPECT_EQ(store().ingest(std::vector{delivery(call_sid(1), ringing(), "2")}, heed).applied, 1U);
    EXPECT_EQ(value("SELECT count(*) FROM call_log"), "1");
}

TEST_F(PgStore, KeepsADeliveryWhoseRowAnotherConstraintSwallows) {
    backend().exec_script("CREATE UNIQUE INDEX one_row_a_number ON call_log (from_number)");
    hear_of(1);
    EXPECT_EQ(store().ingest(std::vector{delivery(call_sid(2), ringing())}, heed).kept, 1U);
    EXPECT_EQ(value("SELECT count(*) FROM callctl.work"), "1");
    EXPECT_THAT(value("SELECT error FROM callctl.inbox WHERE error IS NOT NULL"),
                HasSubstr("call_log takes no row"));
}

TEST_F(PgStore, CutsWhatTheHostsColumnsCannotHold) {
    auto news = ringing();
    news.from = "sip:" + std::string(100, 'x') + "@example.com";
    news.to = std::string(63, 'x') + "שש";
    hear_of(1, news);
    EXPECT_EQ(value("SELECT length(from_number) FROM call_log"), "64");
    EXPECT_EQ(value("SELECT right(to_number, 1) FROM call_log"), "ש");
    EXPECT_EQ(store().find(call_sid(1))->facts.from, news.from) << "the whole is in callctl.work";
}

TEST_F(PgStore, CutsNoNameOfARecordingButShowsNone) {
    backend().exec("ALTER TABLE call_log ALTER recording_sid TYPE varchar(32)");
    hear_of(1);
    auto news = ringing();
    news.recording = {.sid = recording_sid(1), .state = call::RecordingState::completed};
    const std::vector told{delivery(call_sid(1), news, "2")};
    EXPECT_EQ(store().ingest(told, heed).kept, 1U);
    EXPECT_EQ(value("SELECT coalesce(recording_sid, 'none') FROM call_log"), "none");
    backend().exec("ALTER TABLE call_log ALTER recording_sid TYPE varchar(34)");
    EXPECT_EQ(store().sweep({}, heed).replayed, 1U);
    EXPECT_EQ(value("SELECT recording_sid FROM call_log"), recording_sid(1).str());
}

TEST_F(PgStore, StoresWhatComesAsItCame) {
    auto binary = delivery(call_sid(1), ringing());
    binary.raw.clear();
    for (int byte = 0; byte < 256; ++byte) {
        binary.raw += static_cast<char>(byte);
    }
    binary.raw += R"({"quoted\\", ' and {braces}, NULL})";
    binary.headers = {{"I-Twilio-Idempotency-Token", "a\"b\\c{}"},
                      {"Bad", std::string{"\0\xff", 2}}};
    ASSERT_EQ(store().ingest(std::vector{binary}, heed).applied, 1U);
    EXPECT_EQ(backend().exec("SELECT raw FROM callctl.inbox").one().at(0).bytes(), binary.raw);
    const auto headers = nlohmann::json::parse(value("SELECT headers FROM callctl.inbox"));
    EXPECT_EQ(headers.at("I-Twilio-Idempotency-Token"), "a\"b\\c{}");
    EXPECT_EQ(headers.at("Bad"), "\uFFFD\uFFFD");
}

TEST_F(PgStore, CleansTextThatPostgresqlCannotHold) {
    auto news = ringing();
    news.from = std::string{"+1\0\xff", 4};
    hear_of(1, news);
    EXPECT_EQ(store().find(call_sid(1))->facts.from, "+1\uFFFD\uFFFD");
    const auto held = store().claim_due(request()).at(0);
    auto change = unchanged(held.call);
    change.detail = std::string{"cut \xc3"};
    change.artefacts = {{.stage = Stage::summary,
                         .text = std::string{"a\0b", 3},
                         .document = R"({"topic":"a\u0000b","list":["\u0000"]})"}};
    change.attempt = call::AttemptEnd{.detail = std::string{"\0", 1}, .request_id = "\xfe"};
    EXPECT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_EQ(value("SELECT summary FROM call_log"), "a\uFFFDb");
    EXPECT_EQ(value("SELECT document->>'topic' FROM callctl.artefact"), "a\uFFFDb");
    EXPECT_EQ(value("SELECT detail FROM callctl.work"), "cut \uFFFD");
}

TEST_F(PgStore, KeepsThePlaceOfArtefactsAndHeadLoss) {
    auto news = ringing();
    news.answered_at = store().now();
    news.recording = {.sid = recording_sid(1),
                      .state = call::RecordingState::completed,
                      .source = "StartCallRecordingAPI",
                      .started_at = *news.answered_at + 2s};
    hear_of(1, news);
    EXPECT_EQ(value("SELECT head_loss_ms FROM callctl.work"), "2000");
    const auto held = store().claim_due(request()).at(0);
    auto change = unchanged(held.call);
    change.artefacts = {{.stage = Stage::transcript,
                         .text = "words",
                         .document = R"({"segments": []})",
                         .provider_host = "api.openai.com",
                         .model = "whisper-1",
                         .language = "he",
                         .channels = 2,
                         .recording = recording_sid(1)}};
    ASSERT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_EQ(value("SELECT concat_ws(' ', stage, version, text, document, provider_host, model, "
                    "language, channels, recording_sid) FROM callctl.artefact"),
              "transcript 1 words {\"segments\": []} api.openai.com whisper-1 he 2 " +
                  recording_sid(1).str());
}

TEST_F(PgStore, LeavesRowsWithoutATimeThatAreOlderThanCallctl) {
    for (const int number : {1, 2}) {
        auto row = host_row(call_sid(number));
        backend().insert_host(row);
    }
    backend().exec("UPDATE callctl.backfill SET upto = 1 WHERE name = 'statuses'");
    EXPECT_EQ(store().sweep({}, heed).adopted, 1U);
    EXPECT_EQ(value("SELECT call_sid FROM callctl.work"), call_sid(2).str());
}

TEST_F(PgStore, TakesNoRowWithoutATimeForNewWhileTheMigrationIsNotDone) {
    auto row = host_row(call_sid(1));
    backend().insert_host(row);
    backend().exec("DELETE FROM callctl.backfill");
    EXPECT_EQ(store().sweep({}, heed).adopted, 0U);
    EXPECT_EQ(value("SELECT count(*)::text FROM callctl.work"), "0");
}

TEST_F(PgStore, ReadsAHostsTimesAsUtc) {
    auto row = host_row(call_sid(1));
    row.created_at = store().now() - 1h;
    backend().insert_host(row);
    backend().exec_script("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET TimeZone = "
                          "''Asia/Jerusalem''', current_database()); END $$;");
    pg::Pool pool{backend().connect_options()};
    pg::PgCallStore abroad{pool};
    EXPECT_EQ(abroad.sweep({}, heed).adopted, 1U);
    EXPECT_EQ(abroad.find(call_sid(1))->created_at, row.created_at);
    ASSERT_EQ(abroad.ingest(std::vector{delivery(call_sid(2), ringing())}, heed).applied, 1U);
    EXPECT_EQ(
        value("SELECT abs(extract(epoch FROM created_at AT TIME ZONE 'UTC' - clock.now())) < 60 "
              "FROM call_log WHERE call_sid = '" +
              call_sid(2).str() + "'"),
        "t");
}

TEST_F(PgStore, WritesToTheHostOnlyWhatChanges) {
    hear_of(1);
    const auto before = value("SELECT xmin FROM call_log");
    hear_of(2);
    ASSERT_EQ(store().ingest(std::vector{delivery(call_sid(1), ringing(), "2")}, heed).applied, 1U);
    EXPECT_EQ(value("SELECT xmin FROM call_log WHERE call_sid = '" + call_sid(1).str() + "'"),
              before)
        << "news that say nothing new leave the host's row alone";
}

// --- Plans ---

class PgPlans : public PgStore {
  protected:
    // With `calls` calls, of which each one whose number can be divided by `due_each` is due.
    void fill(int calls, int due_each) {
        {
            pg::Connection filler{backend().connect_options()};
            pg::Transaction transaction{filler};
            transaction.exec_script(fmt::format(k_history, calls, due_each));
            transaction.commit();
        }
        wait_for_others_to_end();
        backend().exec_script("SELECT pg_stat_reset()");
    }
    /// A connection hands in its statistics when it ends, at the latest.
    void wait_for_others_to_end() {
        while (value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND "
                     "pid <> pg_backend_pid() AND backend_type = 'client backend'") != "0") {
            std::this_thread::yield();
        }
    }
    /// Rows of a table that sequential scans have read since it was filled.
    std::string rows_read_in_sequence(const std::string& table) {
        return figure_of(table, "seq_tup_read");
    }
    /// Those that were looked up by an index.
    std::string rows_looked_up(const std::string& table) {
        return figure_of(table, "idx_tup_fetch");
    }

  private:
    std::string figure_of(const std::string& table, const std::string& figure) {
        return value(fmt::format("SELECT {} FROM pg_stat_all_tables WHERE relid = '{}'::regclass",
                                 figure, table));
    }
    static constexpr const char* k_history = R"(
INSERT INTO call_log (call_sid, recording_status, transcript_status, summary_status, created_at)
SELECT 'CA' || lpad(to_hex(i), 32, '0'), 'completed', 'completed', 'completed',
       now() AT TIME ZONE 'UTC' - i * interval '5 minutes'
FROM generate_series(1, {}) i;
INSERT INTO callctl.work (call_sid, call_log_id, stage, due_at, call_created_at)
SELECT call_sid, id, 'summary', CASE WHEN id % {} = 0 THEN now() - id * interval '1 millisecond' END,
       created_at AT TIME ZONE 'UTC'
FROM call_log;
ANALYZE call_log;
ANALYZE callctl.work;)";
};

TEST_F(PgPlans, NeitherClaimsNorReportsScanTheHistory) {
    fill(1'000'000, 33'333);
    {
        pg::Pool own{backend().connect_options(), {.max_connections = 1}};
        pg::PgCallStore fresh{own};
        EXPECT_THAT(
            fresh.rehearse({.sweep = {.limit = 1000, .page = 100}, .claim = request(50)}, heed).due,
            SizeIs(30));
        EXPECT_THAT(fresh.claim_due(request(10)), SizeIs(10));
        auto newest = request(5);
        newest.order = port::ClaimOrder::newest;
        EXPECT_THAT(fresh.claim_due(newest), SizeIs(5));
        auto limited = request(5);
        limited.places = {4, 4, 4};
        EXPECT_THAT(fresh.claim_due(limited), SizeIs(4));
        EXPECT_TRUE(fresh.next_due(limited));
        EXPECT_TRUE(fresh.next_due({}));
        EXPECT_GT(fresh.overview({}).due_now, 0);
        for (const port::CallChoice& choice :
             {port::CallChoice{.stage = Stage::transcript, .status = Status::failed},
              port::CallChoice{.stage = Stage::transcript, .reason = call::Reason::timeout}}) {
            EXPECT_THAT(fresh.choose(choice).calls, IsEmpty());
        }
        EXPECT_TRUE(fresh.find(call_sid(77)));
        EXPECT_TRUE(fresh.story(call_sid(77)));
        EXPECT_TRUE(fresh.claim_call(call_sid(78), request()));
        const auto report = fresh.sweep({.limit = 1000, .page = 100}, heed);
        EXPECT_EQ(report.adopted, 0U);
        ASSERT_EQ(fresh.ingest(std::vector{delivery(call_sid(79), ringing())}, heed).applied, 1U);
    }
    wait_for_others_to_end();
    EXPECT_EQ(rows_read_in_sequence("callctl.work"), "0");
    EXPECT_EQ(rows_read_in_sequence("call_log"), "0");
}

// Each of them reads what it takes, and the places that are taken.
class BacklogPlans : public PgPlans {
  protected:
    static constexpr int k_backlog{20'000};

    void expect_claims_that_read_no_more_than_they_take() {
        {
            pg::Pool own{backend().connect_options(), {.max_connections = 1}};
            pg::PgCallStore fresh{own};
            for (const auto order : {port::ClaimOrder::most_overdue, port::ClaimOrder::newest}) {
                for (const auto places : {0, 30}) {
                    auto some = request(10);
                    some.order = order;
                    some.places = {places, places, places};
                    EXPECT_THAT(fresh.claim_due(some), SizeIs(10));
                }
            }
        }
        wait_for_others_to_end();
        EXPECT_LT(std::stoi(rows_looked_up("callctl.work")), 1'000);
        EXPECT_EQ(rows_read_in_sequence("callctl.work"), "0");
    }
};

TEST_F(BacklogPlans, ClaimsReadNoMoreOfABacklogThanTheyTake) {
    fill(k_backlog, 1);
    expect_claims_that_read_no_more_than_they_take();
}

TEST_F(BacklogPlans, ClaimsReadNoMoreOfCallsThatFellDueTogetherThanTheyTake) {
    fill(k_backlog, 1);
    {
        pg::Connection connection{backend().connect_options()};
        pg::exec_alone(connection, "UPDATE callctl.work SET due_at = now()");
        pg::exec_alone(connection, "VACUUM ANALYZE callctl.work");
    }
    wait_for_others_to_end();
    backend().exec_script("SELECT pg_stat_reset()");
    expect_claims_that_read_no_more_than_they_take();
}

} // namespace
} // namespace callctl::contract
