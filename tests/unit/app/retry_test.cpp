// Reconcile, retry and start-recording against the store in memory and the model world.
#include "unit/app/model_world.hpp"
#include "unit/app/quiet_logger.hpp"

#include "app/reconcile.hpp"
#include "app/retry.hpp"
#include "app/start_recording.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"
#include "pipeline/outcome.hpp"

#include <gtest/gtest.h>

#include <string>

namespace callctl::app {
namespace {

using call::Reason;
using call::Stage;
using call::Status;
using namespace std::chrono_literals;

constexpr base::Time k_start{std::chrono::microseconds{1'767'268'800'000'000}};

class UseCases : public testing::Test {
  protected:
    UseCases() {
        m_store.set_now(k_start);
        for (Fate& fate : m_world.fates()) {
            fate.begins = k_start;
            fate.answered = k_start + 1s;
            fate.ends = k_start + 20s;
            fate.is_answered = true;
            fate.by_our_twiml = false;
            fate.too_short = false;
            fate.processing = 1s;
        }
        m_clock.on_wait([this](std::chrono::milliseconds passed) { m_store.advance(passed); });
    }

    [[nodiscard]] Fate& first() { return m_world.fates().front(); }

    void host_inserts(const Fate& fate) {
        m_store.insert_host({.call_sid = fate.sid.str(), .created_at = m_store.now()});
    }

    ReconcileReport reconcile(bool dry_run = false) {
        Reconcile pass{m_store, m_workers, m_driver.policy()};
        return pass.run({.work = {.worker = "w", .concurrency = 2}, .dry_run = dry_run});
    }

    /// Lets time pass and reconciles until nothing is due any more.
    void reconcile_to_the_end() {
        m_store.set_now(k_start + 5min);
        for (int i = 0; i < 50; ++i) {
            reconcile();
            if (!m_store.next_due()) {
                return;
            }
            m_store.set_now(std::max(*m_store.next_due(), m_store.now()));
        }
        FAIL() << "calls are still due";
    }

    KeptLog m_log;
    fakes::MemoryCallStore m_store;
    fakes::ManualClock m_clock;
    ModelWorld m_world{1, k_start, 3, 0};
    Driver m_driver{m_store,     m_world, m_clock, pipeline::Policy{}, [] { return 0.5; },
                    m_log.logger};
    Workers m_workers{m_store, m_driver, m_clock, m_log.logger};
};

TEST_F(UseCases, ReconcileFindsWhatTheHostInserted) {
    first().recording_began = first().answered;
    first().by_twiml = 1;
    host_inserts(first());
    const auto report = reconcile();
    EXPECT_EQ(report.sweep.adopted, 1U);
    EXPECT_EQ(report.work.driven, 1);
    reconcile_to_the_end();
    EXPECT_EQ(m_store.find(first().sid)->status(Stage::summary), Status::completed);
}

TEST_F(UseCases, ADryRunChangesNothingAndCountsTheSame) {
    for (const Fate& fate : m_world.fates()) {
        host_inserts(fate);
    }
    const auto dry = reconcile(/*dry_run=*/true);
    EXPECT_EQ(dry.sweep.adopted, 3U);
    EXPECT_FALSE(m_store.next_due());
    const auto real = reconcile();
    EXPECT_EQ(real.sweep.adopted, 3U);
    const auto planned = reconcile(/*dry_run=*/true);
    EXPECT_EQ(planned.sweep.adopted, 0U);
}

TEST_F(UseCases, ADryRunNamesTheFirstStep) {
    host_inserts(first());
    reconcile();
    m_store.set_now(k_start + 10min);
    const auto planned = reconcile(/*dry_run=*/true);
    ASSERT_EQ(planned.planned.size(), 1U);
    EXPECT_EQ(planned.planned.front().call.sid, first().sid);
    EXPECT_EQ(pipeline::providers_of(planned.planned.front().step).front(), call::Provider::twilio);
}

TEST_F(UseCases, RetryDrivesTheStageAndWhatFollows) {
    first().recording_began = first().answered;
    first().by_twiml = 1;
    host_inserts(first());
    reconcile_to_the_end();
    ASSERT_EQ(first().transcriptions, 1);
    ASSERT_EQ(m_store.find(first().sid)->status(Stage::summary), Status::completed);
    ASSERT_EQ(m_store.find(first().sid)->reason, std::nullopt)
        << to_string(*m_store.find(first().sid)->reason);

    Retry retry{m_store, m_workers};
    const auto report = retry.run(
        {.stage = Stage::transcript, .calls = {first().sid, first().sid}, .work = {.worker = "w"}});
    ASSERT_EQ(report.lines.size(), 1U) << "named twice, retried once";
    EXPECT_EQ(report.lines.front().reopened, port::Reopened::done);
    ASSERT_TRUE(report.lines.front().call);
    EXPECT_EQ(report.lines.front().call->status(Stage::summary), Status::completed);
    EXPECT_EQ(first().transcriptions, 2);
    EXPECT_EQ(first().summaries, 2);
}

TEST_F(UseCases, RetryLeavesTheWorkWhenAskedTo) {
    first().recording_began = first().answered;
    first().by_twiml = 1;
    host_inserts(first());
    reconcile_to_the_end();
    Retry retry{m_store, m_workers};
    const auto dry = retry.run({.stage = Stage::summary, .calls = {first().sid}, .dry_run = true});
    EXPECT_EQ(dry.lines.front().reopened, port::Reopened::done);
    EXPECT_FALSE(m_store.next_due());
    retry.run({.stage = Stage::summary, .calls = {first().sid}, .enqueue = true});
    EXPECT_EQ(first().summaries, 1);
    EXPECT_TRUE(m_store.next_due());
}

TEST_F(UseCases, RetryNamesWhatItCannotDo) {
    Retry retry{m_store, m_workers};
    const auto unknown = retry.run({.stage = Stage::summary, .calls = {first().sid}});
    EXPECT_EQ(unknown.lines.front().reopened, port::Reopened::unknown_call);
    host_inserts(first());
    reconcile();
    const auto early = retry.run({.stage = Stage::summary, .calls = {first().sid}});
    EXPECT_EQ(early.lines.front().reopened, port::Reopened::too_early);
}

// --- start-recording ---

class Starting : public UseCases {
  protected:
    StartReport start(std::chrono::milliseconds wait = 0ms) {
        pipeline::Policy eager;
        eager.start_while_ringing = true;
        const Driver driver{m_store, m_world, m_clock, eager, [] { return 0.5; }, m_log.logger};
        Workers workers{m_store, driver, m_clock, m_log.logger};
        StartRecording starter{m_store, m_world, workers, m_clock, eager};
        return starter.run({.sid = first().sid, .worker = "w", .wait = wait});
    }
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
    EXPECT_TRUE(m_store.next_due());
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

} // namespace
} // namespace callctl::app
