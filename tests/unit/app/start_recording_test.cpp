#include "unit/app/use_cases.hpp"

#include "app/start_recording.hpp"
#include "base/exception.hpp"

namespace callctl::app {
namespace {

using call::Failure;
using call::Reason;

// The world, which fails as often as it is told to before it answers.
class FailingWorld : public StepRunner {
  public:
    explicit FailingWorld(StepRunner& world) : m_world{world} {}

    void fail(int times, Failure failure) {
        m_times = times;
        m_failure = std::move(failure);
    }
    [[nodiscard]] int asked() const { return m_asked; }

    [[nodiscard]] StepResult run(const pipeline::Step& step, const call::Call& call, base::Time now,
                                 port::PieceShelf& shelf, const PartDone& /*done*/) override {
        ++m_asked;
        if (m_times > 0) {
            --m_times;
            return {base::fail(m_failure)};
        }
        return m_world.run(step, call, now, shelf, {});
    }

  private:
    StepRunner& m_world;
    int m_times{0};
    int m_asked{0};
    Failure m_failure{};
};

const Failure k_error{.reason = Reason::provider_error, .detail = "get call: HTTP 500"};
const Failure k_unreachable{.reason = Reason::unreachable, .detail = "get call: connect: refused"};
const Failure k_refused{.reason = Reason::auth, .detail = "get call: HTTP 401, Twilio 20003"};
constexpr int k_always = 1'000;

class Starting : public UseCases {
  protected:
    StartReport start(std::chrono::milliseconds wait = 0ms, bool dry_run = false) {
        return start(first().sid, wait, dry_run);
    }
    StartReport start(const base::CallSid& sid, std::chrono::milliseconds wait, bool dry_run) {
        const auto policy = eager({});
        const Driver driver{m_store, m_failing, m_clock, policy, [] { return 0.5; }, m_log.logger};
        Workers workers{m_store, driver, m_clock, m_log.logger};
        StartRecording starter{m_store, m_failing, workers, m_clock, policy};
        return starter.run({.sid = sid, .worker = "w", .wait = wait, .dry_run = dry_run});
    }

    FailingWorld m_failing{m_world};
};

TEST_F(Starting, RecordsALiveCallThatNobodyHasHeardOf) {
    m_store.set_now(k_start + 2s);
    const auto report = start();
    EXPECT_EQ(report.result, StartResult::recording);
    EXPECT_EQ(first().recordings(), 1);
    EXPECT_EQ(start().result, StartResult::recording) << "asked again";
    EXPECT_EQ(first().recordings(), 1) << "but not recorded again";
}

TEST_F(Starting, WaitsForACallThatStillRings) {
    const auto report = start(30s);
    EXPECT_EQ(report.result, StartResult::recording);
    EXPECT_EQ(first().recordings(), 1);
    ASSERT_TRUE(first().recording_began);
    EXPECT_LE(*first().recording_began - first().answered, 500ms);
}

TEST_F(Starting, LeavesARingingCallOnTheScheduleWithoutWait) {
    const auto report = start();
    EXPECT_EQ(report.result, StartResult::not_live_yet);
    EXPECT_TRUE(m_store.next_due({}));
    EXPECT_EQ(first().recordings(), 0);
}

TEST_F(Starting, SaysThatAnEndedCallHasNothingToRecord) {
    first().is_answered = false;
    m_store.set_now(k_start + 1min);
    EXPECT_EQ(start().result, StartResult::nothing);
}

TEST_F(Starting, FindsTheRecordingOfACallThatIsOver) {
    first().recording_began = first().answered;
    first().by_twiml = 1;
    m_store.set_now(k_start + 1min);
    EXPECT_EQ(start().result, StartResult::recorded);
    EXPECT_EQ(first().transcriptions, 0) << "and goes no further";
}

// --- When Twilio fails ---

TEST_F(Starting, RepeatsWhatFailedWithinTheTimeGiven) {
    m_store.set_now(k_start + 2s);
    m_failing.fail(2, k_error);
    EXPECT_EQ(start(10s).result, StartResult::recording);
    EXPECT_EQ(first().recordings(), 1);
}

TEST_F(Starting, LeavesACallThatCouldNotBeAskedForOnTheSchedule) {
    m_store.set_now(k_start + 2s);
    m_failing.fail(1, k_error);
    const auto report = start();
    EXPECT_EQ(report.result, StartResult::failed);
    EXPECT_EQ(report.detail, k_error.detail);
    ASSERT_TRUE(report.call);
    EXPECT_TRUE(report.call->due_at);
    reconcile();
    EXPECT_EQ(first().recordings(), 1);
}

TEST_F(Starting, WaitsForTheBackOffOfACallThatIsKnown) {
    m_store.set_now(k_start + 2s);
    host_inserts(first());
    m_failing.fail(2, k_error);
    EXPECT_EQ(start(10s).result, StartResult::recording);
    EXPECT_EQ(m_failing.asked(), 3) << "not once for every look";
}

TEST_F(Starting, GivesUpWaitingWhenTheTimeIsOver) {
    m_store.set_now(k_start + 2s);
    m_failing.fail(k_always, k_error);
    const auto report = start(10s);
    EXPECT_EQ(report.result, StartResult::failed);
    ASSERT_TRUE(report.call);
    EXPECT_TRUE(report.call->due_at) << "no outage of ten seconds makes a call give up";
    EXPECT_GE(m_failing.asked(), 3);
    EXPECT_GE(m_store.now() - k_start, 12s);
}

TEST_F(Starting, KeepsTryingWhileTwilioCannotBeReached) {
    first().ends = k_start + 2min;
    m_store.set_now(k_start + 2s);
    m_failing.fail(2, k_unreachable);
    EXPECT_EQ(start(60s).result, StartResult::recording);
}

TEST_F(Starting, EndsAtOnceWhenTwilioRefusesTheAccount) {
    m_store.set_now(k_start + 2s);
    m_failing.fail(k_always, k_refused);
    const auto report = start(10s);
    EXPECT_EQ(report.result, StartResult::account);
    EXPECT_EQ(m_failing.asked(), 1);
    ASSERT_TRUE(report.call);
    EXPECT_TRUE(report.call->due_at) << "for when the credentials are right";
}

TEST_F(Starting, NamesTheRefusalThatOpenedTheBreaker) {
    m_store.set_now(k_start + 2s);
    host_inserts(first());
    m_failing.fail(k_always, k_refused);
    EXPECT_EQ(start().result, StartResult::account);
    const auto again = start();
    EXPECT_EQ(again.result, StartResult::account);
    EXPECT_EQ(again.detail, k_refused.detail);
    EXPECT_EQ(m_failing.asked(), 1) << "the breaker is open";
}

TEST_F(Starting, StoresNothingOnADryRun) {
    m_failing.fail(1, k_error);
    EXPECT_EQ(start(0ms, /*dry_run=*/true).result, StartResult::failed);
    EXPECT_FALSE(m_store.find(first().sid));
    EXPECT_EQ(start(0ms, /*dry_run=*/true).result, StartResult::not_live_yet);
    EXPECT_FALSE(m_store.find(first().sid));
}

TEST_F(Starting, SaysOnADryRunThatALiveCallIsNotRecordedYet) {
    m_store.set_now(k_start + 2s);
    EXPECT_EQ(start(0ms, /*dry_run=*/true).result, StartResult::not_recorded_yet);
    EXPECT_EQ(first().recordings(), 0);
}

TEST_F(Starting, AsksOnADryRunAboutACallOfWhichNothingButItsRowIsKnown) {
    m_store.insert_host({.call_sid = first().sid.str(), .created_at = k_start});
    m_store.sweep({}, [](const auto&, const auto&, auto) { return call::Change{}; });
    m_store.set_now(k_start + 2s);
    EXPECT_EQ(start(0ms, /*dry_run=*/true).result, StartResult::not_recorded_yet);
    EXPECT_EQ(first().recordings(), 0);
}

// A SID that Twilio has never heard of.
class StartingStrangers : public Starting {
  protected:
    class Nobody : public StepRunner {
      public:
        [[nodiscard]] StepResult run(const pipeline::Step& /*step*/, const call::Call& call,
                                     base::Time now, port::PieceShelf& /*shelf*/,
                                     const PartDone& /*done*/) override {
            return {pipeline::Learnt{.facts = {.unknown_to_twilio = true,
                                               .observed_at = now,
                                               .observations = call.facts.observations + 1}}};
        }
    };

    Nobody m_nobody;
    FailingWorld m_world_of_others{m_nobody};
    const base::CallSid m_sid = *base::CallSid::parse("CA" + std::string(32, 'e'));

    StartReport start(std::chrono::milliseconds wait) {
        const auto policy = eager({});
        const Driver driver{m_store, m_world_of_others,  m_clock,
                            policy,  [] { return 0.5; }, m_log.logger};
        Workers workers{m_store, driver, m_clock, m_log.logger};
        StartRecording starter{m_store, m_world_of_others, workers, m_clock, policy};
        return starter.run({.sid = m_sid, .worker = "w", .wait = wait});
    }
};

TEST_F(StartingStrangers, AreUnknownAndLeaveNothingBehind) {
    EXPECT_EQ(start(10s).result, StartResult::unknown_call);
    EXPECT_FALSE(m_store.find(m_sid));
    EXPECT_FALSE(m_store.next_due({}));
}

TEST_F(StartingStrangers, AreNotCalledUnknownWhereTheHostsTableTakesNoRowOfThem) {
    m_world_of_others.fail(1, k_error);
    m_store.refuse([](const auto& /*row*/) { return true; });
    EXPECT_EQ(start(10s).result, StartResult::not_taken);
    EXPECT_FALSE(m_store.find(m_sid));
}

TEST_F(StartingStrangers, AreWaitedForWhereSomebodyHoldsTheirRow) {
    m_world_of_others.fail(2, k_error);
    m_store.lock(m_sid);
    EXPECT_THROW(start(0s), base::StoreBusyError);
    EXPECT_FALSE(m_store.find(m_sid));
    m_clock.on_wait([this](auto) { m_store.unlock_all(); });
    EXPECT_NE(start(10s).result, StartResult::not_taken);
    EXPECT_TRUE(m_store.find(m_sid));
}

TEST_F(StartingStrangers, AreGivenUpWhenTheyWereScheduledDuringAnOutage) {
    m_world_of_others.fail(1, k_error);
    EXPECT_EQ(start(0s).result, StartResult::failed);
    EXPECT_EQ(start(10min).result, StartResult::unknown_call);
    EXPECT_FALSE(m_store.next_due({}));
    EXPECT_EQ(start(0s).result, StartResult::unknown_call);
}

} // namespace
} // namespace callctl::app
