// Workers against a store that fails in ways of its own.
#include "unit/app/quiet_logger.hpp"

#include "app/look_out.hpp"
#include "app/workers.hpp"
#include "base/exception.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace callctl::app {
namespace {

using call::Stage;
using call::Status;
using testing::HasSubstr;
using namespace std::chrono_literals;

/// The store in memory, with something put in front of what workers do.
class ObstructedStore : public fakes::MemoryCallStore {
  public:
    using Obstacle = std::function<void()>;

    port::Written begin_attempt(const port::Lease& lease, Stage stage,
                                std::int64_t seen_news) override {
        pass(before_begin);
        return MemoryCallStore::begin_attempt(lease, stage, seen_news);
    }
    void release(const port::Lease& lease) override {
        pass(before_release);
        MemoryCallStore::release(lease);
    }
    port::Written write(const port::Lease& lease, const call::Change& change) override {
        pass(before_write);
        return MemoryCallStore::write(lease, change);
    }
    std::vector<port::Claim> claim_due(const port::ClaimRequest& request) override {
        pass(before_claim);
        auto claims = MemoryCallStore::claim_due(request);
        {
            const std::scoped_lock lock{m_mutex};
            m_asked_for[request.order] += request.limit;
        }
        most_claimed = std::max(most_claimed.load(), claims.size());
        pass(after_claim);
        return claims;
    }
    std::optional<base::Time> next_due(const port::ClaimRequest& request) override {
        pass(before_next);
        ++asked_for_next;
        return MemoryCallStore::next_due(request);
    }
    std::vector<port::Lease> renew(std::span<const port::Lease> leases,
                                   std::chrono::milliseconds lease,
                                   const call::StageDeadlines& deadlines) override {
        pass(before_renewal);
        return MemoryCallStore::renew(leases, lease, deadlines);
    }

    Obstacle before_begin{};
    Obstacle before_release{};
    Obstacle before_write{};
    Obstacle before_renewal{};
    Obstacle before_claim{};
    Obstacle before_next{};
    Obstacle after_claim{};
    std::atomic<std::size_t> most_claimed{0};
    std::atomic<int> asked_for_next{0};

    [[nodiscard]] int asked_for(port::ClaimOrder order) {
        const std::scoped_lock lock{m_mutex};
        return m_asked_for[order];
    }

  private:
    static void pass(const Obstacle& obstacle) {
        if (obstacle) {
            obstacle();
        }
    }

    std::mutex m_mutex{};
    std::map<port::ClaimOrder, int> m_asked_for{};
};

/// Every transcript is had for money; what happens meanwhile is the test's.
class PaidSteps : public StepRunner {
  public:
    [[nodiscard]] StepResult run(const pipeline::Step& /*step*/, const call::Call& call,
                                 base::Time /*now*/, port::PieceShelf& /*shelf*/,
                                 const PartDone& /*done*/) override {
        ++asked;
        if (meanwhile) {
            meanwhile();
        }
        if (failure) {
            return {.outcome = base::fail(*failure)};
        }
        return {.outcome = pipeline::Learnt{.artefacts = {{.stage = call.stage, .text = "words"}}},
                .usage = {.requests = 1, .cost_micros = cost_micros}};
    }

    std::atomic<int> asked{0};
    std::int64_t cost_micros{0};
    std::function<void()> meanwhile{};
    std::optional<call::Failure> failure{};
};

base::CallSid sid_of(int number) {
    std::string text = std::to_string(number);
    return base::CallSid::parse("CA" + std::string(32 - text.size(), '0') + text).value();
}

class WorkersOf : public testing::Test {
  protected:
    WorkersOf() {
        m_clock.on_wait([this](std::chrono::milliseconds passed) { m_store.advance(passed); });
    }

    /// A call that lacks nothing but its transcript.
    void recorded_call(int number) {
        m_store.insert_host(
            {.call_sid = sid_of(number).str(),
             .statuses = {"completed", "pending", "pending"},
             .call_status = "completed",
             .recording_sid = "RE" + std::string(32, '1'),
             .recording_url = "https://api.twilio.com/Recordings/RE" + std::string(32, '1'),
             .created_at = m_store.now()});
        m_store.sweep({}, [](const auto&, const auto&, auto) { return call::Change{}; });
    }

    WorkReport work(WorkRequest request) {
        request.worker = "w";
        request.concurrency = 1;
        request.stage = Stage::transcript;
        Workers workers{m_store, m_driver, m_clock, m_log.logger};
        return workers.run(request);
    }

    /// For as long as m_away is set.
    void lose_renewals() {
        m_store.before_renewal = [this] {
            ++m_renewals;
            if (m_away) {
                throw base::StoreError{"gone"};
            }
        };
    }

    /// Two threads until the clock stops, and one call, which is in the hands of the first.
    void expect_no_call_taken_twice(Workers& workers) {
        workers.run({.worker = "w",
                     .concurrency = 2,
                     .stage = Stage::transcript,
                     .until = WorkRequest::Until::stopped});
        EXPECT_EQ(m_steps.asked, 1);
        EXPECT_EQ(m_store.find(sid_of(1))->crashes, 0);
    }

    /// For transcripts, of all hosts.
    Driver driver_with_one_place() {
        pipeline::Policy policy;
        policy.limits.at(static_cast<std::size_t>(call::Provider::transcription)).concurrency = 1;
        return {m_store, m_steps, m_clock, policy, [] { return 0.5; }, m_log.logger};
    }

    [[nodiscard]] std::optional<Status> transcript_of(int number) {
        return m_store.find(sid_of(number))->status(Stage::transcript);
    }

    KeptLog m_log;
    ObstructedStore m_store;
    fakes::ManualClock m_clock;
    PaidSteps m_steps;
    std::atomic<bool> m_away{true};
    std::atomic<int> m_renewals{0};
    Driver m_driver{m_store,     m_steps, m_clock, pipeline::Policy{}, [] { return 0.5; },
                    m_log.logger};
};

TEST_F(WorkersOf, AskForTheNewestCallEachFourthTime) {
    constexpr int k_count = 40;
    for (int number = 1; number <= k_count; ++number) {
        recorded_call(number);
    }
    EXPECT_EQ(work({.limit = k_count}).driven, k_count);
    EXPECT_EQ(m_store.asked_for(port::ClaimOrder::newest), k_count / port::k_turns);
}

TEST_F(WorkersOf, AskForTheNewestCallsEachFourthTimeInBatchesToo) {
    constexpr int k_count = 400;
    for (int number = 1; number <= k_count; ++number) {
        recorded_call(number);
    }
    Workers workers{m_store, m_driver, m_clock, m_log.logger};
    workers.run({.worker = "w", .concurrency = 8, .stage = Stage::transcript});
    const int newest = m_store.asked_for(port::ClaimOrder::newest);
    const int all = newest + m_store.asked_for(port::ClaimOrder::most_overdue);
    EXPECT_GE(all, k_count);
    EXPECT_NEAR(newest * port::k_turns, all, 4 * 8 * port::k_turns);
}

TEST_F(WorkersOf, OutliveARenewalThatThrowsWhatNobodyExpects) {
    recorded_call(1);
    std::promise<void> tried;
    m_store.before_renewal = [&, first = true]() mutable {
        if (std::exchange(first, false)) {
            tried.set_value();
        }
        throw std::runtime_error{"no exception of ours"};
    };
    m_steps.meanwhile = [&] {
        const auto renewal = tried.get_future();
        do {
            m_clock.advance(1min); // more than once: the heart may only begin to beat
        } while (renewal.wait_for(1ms) != std::future_status::ready);
    };
    EXPECT_EQ(work({}).driven, 1);
    EXPECT_EQ(transcript_of(1), Status::completed);
    EXPECT_THAT(m_log.text(), HasSubstr("renewal_failed"));
}

// The database was away for longer than a lease, and a thread looks for work before the heart
// beats.
TEST_F(WorkersOf, RenewWhatIsInTheirHandsBeforeTheyClaimAgain) {
    recorded_call(1);
    std::atomic<int> claims{0};
    lose_renewals();
    m_store.after_claim = [&] { ++claims; };
    Workers workers{m_store, m_driver, m_clock, m_log.logger};
    m_steps.meanwhile = [&] {
        while (m_renewals < 2) {
            m_clock.advance(1min);
            std::this_thread::yield();
        }
        m_store.advance(2min);
        m_away = false;
        const int before = claims;
        workers.wake();
        while (claims == before) {
            std::this_thread::yield();
        }
        m_clock.stop();
    };
    expect_no_call_taken_twice(workers);
    EXPECT_EQ(transcript_of(1), Status::completed);
}

TEST_F(WorkersOf, TellOfNoDatabaseThatIsAwayWhereALockKeepsThemFromRenewing) {
    recorded_call(1);
    m_store.before_renewal = [this] {
        if (m_away) {
            throw base::StoreBusyError{"locked"};
        }
    };
    Workers workers{m_store, m_driver, m_clock, m_log.logger};
    m_steps.meanwhile = [&] {
        while (m_log.text().find("worker_failed error=\"locked\"") == std::string::npos) {
            m_clock.advance(1min);
            workers.wake();
            std::this_thread::yield();
        }
        m_away = false;
        m_clock.stop();
    };
    expect_no_call_taken_twice(workers);
    EXPECT_THAT(m_log.text(), Not(HasSubstr("database_away")));
}

// As the database stays away: the calls in hand are those that have been due for longest.
TEST_F(WorkersOf, ClaimNothingWhileWhatIsInTheirHandsCannotBeRenewed) {
    recorded_call(1);
    lose_renewals();
    Workers workers{m_store, m_driver, m_clock, m_log.logger};
    m_steps.meanwhile = [&] {
        while (m_renewals < 2) {
            m_clock.advance(1min);
            std::this_thread::yield();
        }
        m_store.advance(2min);
        while (m_log.text().find("database_away error=\"gone\"") == std::string::npos) {
            workers.wake();
            std::this_thread::yield();
        }
        m_away = false;
        m_clock.stop();
    };
    expect_no_call_taken_twice(workers);
}

// SIGSTOP, or a virtual machine that stood still: no renewal has failed.
TEST_F(WorkersOf, RenewWhatIsInTheirHandsBeforeTheyClaimAfterAPause) {
    recorded_call(1);
    std::atomic<int> claims{0};
    m_store.after_claim = [&] { ++claims; };
    Workers workers{m_store, m_driver, m_clock, m_log.logger};
    const auto wait_for_a_claim = [&] {
        const int before = claims;
        while (claims == before) {
            workers.wake();
            std::this_thread::yield();
        }
    };
    m_steps.meanwhile = [&] {
        wait_for_a_claim(); // whoever has found nothing sleeps while both clocks are set
        m_store.advance(2min);
        m_clock.advance(2min);
        wait_for_a_claim();
        m_clock.stop();
    };
    expect_no_call_taken_twice(workers);
}

TEST_F(WorkersOf, RenewWhatIsInTheirHandsThoughOneOfThemHasFailed) {
    recorded_call(1);
    std::atomic<bool> failed{false};
    m_store.before_claim = [&] {
        if (m_steps.asked > 0) {
            failed = true;
            throw base::StoreError{"gone"};
        }
    };
    std::atomic<int> renewals{0};
    m_store.before_renewal = [&] { ++renewals; };
    Workers workers{m_store, m_driver, m_clock, m_log.logger};
    m_steps.meanwhile = [&] {
        while (!failed) {
            workers.wake();
            std::this_thread::yield();
        }
        // One may be under way while the thread fails.
        for (const int enough = renewals + 3; renewals < enough;) {
            m_clock.advance(1min);
            std::this_thread::yield();
        }
    };
    EXPECT_THROW(workers.run({.worker = "w",
                              .concurrency = 2,
                              .stage = Stage::transcript,
                              .until = WorkRequest::Until::idle}),
                 base::StoreError);
    EXPECT_EQ(transcript_of(1), Status::completed);
}

// A terminal that is stopped with Ctrl-S.
TEST_F(WorkersOf, RenewWhatIsInTheirHandsThoughNobodyReadsHowFarTheyAre) {
    recorded_call(1);
    std::atomic<bool> told{false};
    std::atomic<bool> done{false};
    std::atomic<int> renewals{0};
    m_store.before_renewal = [&] { ++renewals; };
    m_steps.meanwhile = [&] {
        while (!told) {
            m_clock.advance(1s);
            std::this_thread::yield();
        }
        for (const int enough = renewals + 3; renewals < enough;) {
            m_clock.advance(1min);
            std::this_thread::yield();
        }
        done = true;
        done.notify_all();
    };
    EXPECT_EQ(work({.progress =
                        [&](const WorkReport& /*so_far*/) {
                            told = true;
                            done.wait(false);
                        }})
                  .driven,
              1);
}

TEST_F(WorkersOf, OfAServerGoOnWhateverIsThrown) {
    recorded_call(1);
    m_store.before_claim = [first = true]() mutable {
        if (std::exchange(first, false)) {
            throw base::BugError{"a state that cannot be"};
        }
    };
    m_store.before_write = [this] { m_clock.stop(); };
    EXPECT_NO_THROW(work({.until = WorkRequest::Until::stopped}));
    EXPECT_EQ(transcript_of(1), Status::completed);
}

TEST_F(WorkersOf, StoreAPaidResultThoughTheDatabaseWasAwayForAMinute) {
    recorded_call(1);
    const auto back = m_clock.monotonic() + 1min;
    m_store.before_write = [&] {
        if (m_clock.monotonic() < back) {
            throw base::StoreError{"canceling statement due to lock timeout"};
        }
    };
    EXPECT_EQ(work({.limit = 1}).driven, 1);
    EXPECT_EQ(m_steps.asked, 1) << "and is not paid for again";
    EXPECT_EQ(transcript_of(1), Status::completed);
}

TEST_F(WorkersOf, DoNotWaitForADatabaseThatStaysAway) {
    recorded_call(1);
    const auto start = m_clock.monotonic();
    m_store.before_write = [] { throw base::StoreError{"gone"}; };
    EXPECT_THROW(work({}), base::StoreError);
    EXPECT_LE(m_clock.monotonic() - start, 2min);
    EXPECT_GE(m_clock.monotonic() - start, 1min);
}

TEST_F(WorkersOf, StopWaitingForTheDatabaseWhenAStopIsAskedFor) {
    recorded_call(1);
    m_store.before_write = [this] {
        m_clock.stop();
        throw base::StoreError{"gone"};
    };
    EXPECT_THROW(work({}), base::StoreError);
    EXPECT_EQ(m_steps.asked, 1);
}

TEST_F(WorkersOf, SetACallAsideThatCannotBeDrivenAndGoOnWithTheOthers) {
    recorded_call(1);
    recorded_call(2);
    m_store.before_write = [first = true]() mutable {
        if (std::exchange(first, false)) {
            throw base::BugError{"a state that cannot be"};
        }
    };
    const auto report = work({});
    EXPECT_EQ(report.failed, 1);
    EXPECT_EQ(report.driven, 1);
    EXPECT_EQ(transcript_of(2), Status::completed);
    EXPECT_EQ(m_store.find(sid_of(1))->crashes, 1);
    EXPECT_GT(m_store.find(sid_of(1))->due_at.value(), m_store.now());
    EXPECT_THAT(m_log.text(), HasSubstr("a state that cannot be"));
}

TEST_F(WorkersOf, CountWhatACallHasCostThatIsSetAside) {
    recorded_call(1);
    recorded_call(2);
    m_steps.cost_micros = 5'000;
    m_store.before_write = [] { throw base::BugError{"a state that cannot be"}; };
    const auto report = work({.max_cost_micros = 5'000});
    EXPECT_EQ(report.failed, 1) << "the other one would be dearer than that";
    EXPECT_EQ(report.cost_micros, 5'000);
    EXPECT_EQ(report.requests, 1);
    EXPECT_TRUE(report.out_of_money);
}

// The text was had, and the host's table does not take it.
TEST_F(WorkersOf, CountACallAsGivenUpWhoseLastWriteIsRefused) {
    recorded_call(1);
    m_store.refuse([](const fakes::HostRow& row) { return !row.final_transcript.empty(); });
    EXPECT_EQ(work({.stage = Stage::transcript}).gave_up, 1);
    EXPECT_EQ(m_store.find(sid_of(1))->reason, call::Reason::rejected);
    EXPECT_THAT(m_log.text(),
                HasSubstr("row_refused call=" + sid_of(1).str() + " stage=transcript error="));
}

TEST_F(WorkersOf, CountACallAsSkippedWhoseRowTheHostDeletesMeanwhile) {
    recorded_call(1);
    m_steps.meanwhile = [&] { m_store.delete_host(sid_of(1)); };
    const auto report = work({});
    EXPECT_EQ(report.skipped, 1);
    EXPECT_EQ(report.gave_up, 0);
}

TEST_F(WorkersOf, PutACallOffWhoseRowIsLockedAndGoOnWithTheOthers) {
    for (int number = 1; number <= 3; ++number) {
        recorded_call(number);
        m_store.advance(1s);
    }
    m_store.before_begin = [first = true]() mutable {
        if (std::exchange(first, false)) {
            throw base::StoreBusyError{"canceling statement due to lock timeout"};
        }
    };
    const auto report = work({.concurrency = 1});
    EXPECT_EQ(report.driven, 3);
    EXPECT_EQ(report.waiting, 3) << "two of them for their summary";
    EXPECT_EQ(report.failed, 0);
    EXPECT_EQ(transcript_of(2), Status::completed);
    EXPECT_EQ(transcript_of(3), Status::completed);
    const auto locked = m_store.find(sid_of(1)).value();
    EXPECT_EQ(locked.crashes, 0);
    EXPECT_EQ(locked.due_at, m_store.now() + 1min);
    m_store.advance(1min);
    work({});
    EXPECT_EQ(transcript_of(1), Status::completed);
}

TEST_F(WorkersOf, EndWhereOneCallAfterTheOtherIsLocked) {
    for (int number = 1; number <= 40; ++number) {
        recorded_call(number);
    }
    m_store.before_begin = [] { throw base::StoreBusyError{"the table is locked"}; };
    EXPECT_THROW(work({.concurrency = 1}), base::StoreBusyError);
}

TEST_F(WorkersOf, TellOfALockedRowWhereTheCallWasNamed) {
    recorded_call(1);
    m_store.before_begin = [] { throw base::StoreBusyError{"the row is locked"}; };
    EXPECT_THROW(work({.calls = {sid_of(1)}}), base::StoreBusyError);
    EXPECT_LE(m_store.find(sid_of(1))->due_at.value(), m_store.now()) << "given back as it was";
}

// The next pass begins with another call, should the table be mended.
TEST_F(WorkersOf, EndWhereTheTablesDoNotFitAndBlameNoCall) {
    recorded_call(1);
    m_store.before_write = [] { throw base::SchemaError{"summary is of type jsonb"}; };
    EXPECT_THROW(work({}), base::SchemaError);
    const auto call = m_store.find(sid_of(1)).value();
    EXPECT_EQ(call.crashes, 0);
    EXPECT_EQ(call.due_at, m_store.now() + 5min);
    m_store.before_write = {};
    m_store.advance(5min);
    work({});
    EXPECT_EQ(transcript_of(1), Status::completed);
}

// A row of the application's that stays locked is no database that is away.
TEST_F(WorkersOf, TellOfADatabaseThatIsAwayOnceAndNotOfOneThatIsBusy) {
    recorded_call(1);
    int tries = 0;
    m_store.before_claim = [&] {
        switch (++tries) {
        case 1:
        case 2:
            throw base::StoreError{"gone"};
        case 3:
            throw base::StoreBusyError{"locked"};
        case 4:
            break;
        default:
            m_clock.stop();
        }
    };
    work({.concurrency = 1, .until = WorkRequest::Until::stopped});
    EXPECT_EQ(transcript_of(1), Status::completed);
    const auto times = [text = m_log.text()](const std::string& word) {
        std::size_t count = 0;
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
            ++count;
        }
        return count;
    };
    EXPECT_EQ(times("database_away"), 1U);
    EXPECT_EQ(times("database_back"), 1U);
    EXPECT_EQ(times("worker_failed error=\"locked\""), 1U);
}

// Whoever holds a call could not renew its lease while the database was away.
TEST_F(WorkersOf, LeaveCallsOfOthersAloneUntilThoseCouldRenewAfterTheDatabaseWasAway) {
    recorded_call(1);
    ASSERT_TRUE(m_store.claim_call(sid_of(1), {.worker = "another"}));
    m_store.advance(2min);
    std::atomic<int> tries{0};
    m_store.before_claim = [&] {
        if (++tries <= 2) {
            throw base::StoreError{"gone"};
        }
    };
    std::jthread time{[&] {
        while (tries < 5 && transcript_of(1) != Status::completed) {
            std::this_thread::yield();
        }
        EXPECT_EQ(transcript_of(1), Status::pending) << "another may hold it still";
        m_clock.advance(10s);
        while (transcript_of(1) != Status::completed) {
            std::this_thread::yield();
        }
        m_clock.stop();
    }};
    work({.concurrency = 1, .until = WorkRequest::Until::stopped});
    EXPECT_EQ(transcript_of(1), Status::completed);
}

TEST_F(WorkersOf, CountNoCrashWhereTheDatabaseWasAway) {
    recorded_call(1);
    m_store.before_write = [] { throw base::StoreError{"canceling statement"}; };
    EXPECT_THROW(work({}), base::StoreError);
    const auto claimed = m_store.claim_call(sid_of(1), {.worker = "another"});
    ASSERT_TRUE(claimed) << "the lease was given back";
    EXPECT_EQ(claimed->call.crashes, 0);
}

TEST_F(WorkersOf, CountNoCrashWhereTheDatabaseIsBackWithinHalfAMinute) {
    recorded_call(1);
    m_store.before_begin = m_store.before_release = [&, back = m_clock.monotonic() + 20s] {
        if (m_clock.monotonic() < back) {
            throw base::StoreError{"the database system is starting up"};
        }
    };
    EXPECT_THROW(work({}), base::StoreError);
    const auto claimed = m_store.claim_call(sid_of(1), {.worker = "another"});
    ASSERT_TRUE(claimed) << "the lease was given back";
    EXPECT_EQ(claimed->call.crashes, 0);
}

// As after an adoption, or an outage of the AI server.
TEST_F(WorkersOf, LetNoBacklogStarveWhatHasJustComeIn) {
    for (int number = 1; number <= 40; ++number) {
        recorded_call(number);
        m_store.advance(1s);
    }
    recorded_call(99);
    EXPECT_EQ(work({.limit = 4}).driven, 4);
    EXPECT_EQ(transcript_of(99), Status::completed);
    for (const int number : {1, 2, 3}) {
        EXPECT_EQ(transcript_of(number), Status::completed) << number;
    }
}

/// Four threads that sleep because nothing is due, and then four calls at once.
TEST(LookOut, IsOnceASecondUntilTheNextCallIsDue) {
    EXPECT_EQ(until_next_look(1h, 3ms), 1s);
    EXPECT_EQ(until_next_look(200ms, 3ms), 200ms);
}

TEST(LookOut, TakesNoMoreThanATwentiethOfTheTime) {
    EXPECT_EQ(until_next_look(1h, 400ms), 8s);
    EXPECT_EQ(until_next_look(1h, 10s), 30s) << "but it comes";
    EXPECT_EQ(until_next_look(2s, 400ms), 2s) << "whatever it took, what is due is due";
}

class IdleWorkers : public WorkersOf {
  protected:
    static constexpr int k_threads = 4;

    /// One of them asks when something will be due, once a second: the second time all sleep.
    void wait_until_asleep() const {
        while (m_store.asked_for_next < 2) {
            std::this_thread::yield();
        }
    }

    WorkReport work_on_four_calls() {
        Workers workers{m_store, m_driver, m_clock, m_log.logger};
        auto running = std::async(std::launch::async, [&] {
            return workers.run({.worker = "w",
                                .concurrency = k_threads,
                                .stage = Stage::transcript,
                                .until = WorkRequest::Until::stopped});
        });
        wait_until_asleep();
        for (int number = 1; number <= k_threads; ++number) {
            recorded_call(number);
        }
        workers.wake();
        return running.get();
    }
};

TEST_F(IdleWorkers, AreWatchedForByOneOfThem) {
    using Clock = std::chrono::steady_clock;
    std::vector<Clock::time_point> asked;
    m_store.before_next = [&] {
        asked.push_back(Clock::now());
        if (asked.size() == 3) {
            m_clock.stop();
        }
    };
    Workers workers{m_store, m_driver, m_clock, m_log.logger};
    workers.run({.worker = "w",
                 .concurrency = k_threads,
                 .stage = Stage::transcript,
                 .until = WorkRequest::Until::stopped});
    ASSERT_EQ(asked.size(), 3U);
    EXPECT_GE(asked[2] - asked[0], 1'980ms);
}

TEST_F(IdleWorkers, EndTogetherWhenNothingWillBeDue) {
    Workers workers{m_store, m_driver, m_clock, m_log.logger};
    workers.run({.worker = "w",
                 .concurrency = k_threads,
                 .stage = Stage::transcript,
                 .until = WorkRequest::Until::idle});
    EXPECT_EQ(m_store.asked_for_next, 1);
}

TEST_F(IdleWorkers, AreClaimedForByOneOfThem) {
    std::atomic<int> done{0};
    m_steps.meanwhile = [&] {
        if (++done == k_threads) {
            m_clock.stop();
        }
    };
    work_on_four_calls();
    EXPECT_GT(m_store.most_claimed, 1U);
    EXPECT_EQ(m_steps.asked, k_threads);
    for (int number = 1; number <= k_threads; ++number) {
        EXPECT_EQ(transcript_of(number), Status::completed) << number;
    }
}

TEST_F(IdleWorkers, HandBackWhatWasClaimedForThemWhenAStopComesFirst) {
    m_store.after_claim = [this] {
        if (m_store.most_claimed > 0) {
            m_clock.stop();
        }
    };
    const auto report = work_on_four_calls();
    EXPECT_GT(report.handed_back, 0);
    EXPECT_EQ(m_steps.asked, 0);
    for (int number = 1; number <= k_threads; ++number) {
        const auto claimed = m_store.claim_call(sid_of(number), {.worker = "another"});
        ASSERT_TRUE(claimed) << number;
        EXPECT_EQ(claimed->call.crashes, 0);
    }
}

TEST_F(WorkersOf, HandBackACallThatAStopInterrupted) {
    recorded_call(1);
    m_steps.meanwhile = [this] { m_clock.stop(); };
    m_steps.failure = call::Failure{.reason = call::Reason::interrupted};
    const auto report = work({.until = WorkRequest::Until::stopped});
    EXPECT_EQ(report.handed_back, 1);
    const auto claimed = m_store.claim_due({.worker = "another"});
    ASSERT_EQ(claimed.size(), 1U) << "due at once, for somebody else";
    EXPECT_EQ(claimed[0].call.attempts, 0);
    EXPECT_EQ(claimed[0].call.crashes, 0);
}

TEST_F(WorkersOf, BeginNoCallOnceSoMuchWasSpent) {
    for (const int number : {1, 2, 3, 4}) {
        recorded_call(number);
    }
    m_steps.cost_micros = 600;
    const auto report = work({.max_cost_micros = 1'000});
    EXPECT_EQ(report.driven, 2);
    EXPECT_EQ(report.cost_micros, 1'200);
    EXPECT_TRUE(report.out_of_money);
    EXPECT_FALSE(work({.max_cost_micros = 10'000}).out_of_money);
}

TEST_F(WorkersOf, PassOverANamedCallThatIsNotWantedAnyMore) {
    recorded_call(1);
    recorded_call(2);
    const std::vector calls{sid_of(1), sid_of(2)};
    const auto report = work({.calls = calls, .prepare = [&](const base::CallSid& sid) {
                                  return sid != calls.front();
                              }});
    EXPECT_EQ(report.driven, 1);
    EXPECT_EQ(report.passed_over, 1);
    ASSERT_EQ(report.named.driven.size(), 1U);
    EXPECT_EQ(report.named.driven.front().sid, calls.back());
    EXPECT_EQ(report.named.driven.front().transcript, "") << "they may be many";
}

TEST_F(WorkersOf, SayHowFarTheyAreWithoutTheCallsThatWereNamed) {
    for (const int number : {1, 2}) {
        recorded_call(number);
    }
    std::promise<WorkReport> told;
    const auto seen = told.get_future().share();
    // The second call waits until somebody was told of the first.
    m_steps.meanwhile = [&] {
        if (m_steps.asked == 2) {
            m_clock.advance(2s);
            EXPECT_EQ(seen.wait_for(30s), std::future_status::ready);
        }
    };
    std::once_flag once;
    const auto tell = [&](const WorkReport& so_far) {
        std::call_once(once, [&] { told.set_value(so_far); });
    };
    const auto report = work({.calls = {sid_of(1), sid_of(2)}, .progress = tell});
    ASSERT_EQ(seen.wait_for(0s), std::future_status::ready);
    EXPECT_EQ(seen.get().driven, 1);
    EXPECT_EQ(seen.get().named.driven.size(), 0U) << "they may be many, and the others wait";
    EXPECT_EQ(report.named.driven.size(), 2U);
}

// Calls for which there is no place at the provider wait where they are: nothing is written.
TEST_F(WorkersOf, TakeNoMoreCallsThanTheProviderHasPlacesFor) {
    for (int number = 1; number <= 12; ++number) {
        recorded_call(number);
    }
    const Driver driver = driver_with_one_place();
    Workers workers{m_store, driver, m_clock, m_log.logger};
    const auto other = m_store.claim_call(sid_of(12), {.worker = "another"})->lease;
    ASSERT_TRUE(m_store.take_place(other, call::Provider::transcription, 1));
    const WorkRequest request{.worker = "w", .concurrency = 1, .stage = Stage::transcript};
    EXPECT_EQ(workers.run(request).driven, 0);
    EXPECT_EQ(m_store.next_due({}), m_store.find(sid_of(1))->due_at) << "it was not put off";
    m_store.leave_place(other, call::Provider::transcription);
    EXPECT_EQ(workers.run(request).driven, 11);
    EXPECT_EQ(transcript_of(11), Status::completed);
}

// There will be one when the others are done with their calls.
TEST_F(WorkersOf, WaitForAPlaceWhileOthersHaveCallsInHand) {
    for (int number = 1; number <= 3; ++number) {
        recorded_call(number);
    }
    const Driver driver = driver_with_one_place();
    Workers workers{m_store, driver, m_clock, m_log.logger};
    const auto patience = std::chrono::steady_clock::now() + 10s;
    m_steps.meanwhile = [&] {
        while (m_store.asked_for_next == 0 && std::chrono::steady_clock::now() < patience) {
            std::this_thread::yield();
        }
    };
    workers.run({.worker = "w", .concurrency = 2, .stage = Stage::transcript});
    EXPECT_GT(m_store.asked_for_next, 0) << "the other thread had ended";
}

TEST_F(WorkersOf, AreIdleThoughAnotherStageHasWork) {
    m_store.insert_host({.call_sid = sid_of(1).str(), .created_at = m_store.now()});
    m_store.sweep({}, [](const auto&, const auto&, auto) { return call::Change{}; });
    ASSERT_TRUE(m_store.next_due({.stage = Stage::recording}));
    EXPECT_EQ(work({.until = WorkRequest::Until::idle}).driven, 0);
}

TEST_F(WorkersOf, LookForWorkOnceASecondWhenThereIsNone) {
    using Clock = std::chrono::steady_clock;
    std::vector<Clock::time_point> looks;
    m_store.before_claim = [&] {
        looks.push_back(Clock::now());
        if (looks.size() == 2) {
            m_clock.stop();
        }
    };
    work({.until = WorkRequest::Until::stopped});
    ASSERT_EQ(looks.size(), 2U);
    EXPECT_GE(looks[1] - looks[0], 990ms);
}

} // namespace
} // namespace callctl::app
