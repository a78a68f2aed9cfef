// Reconcile and retry against the store in memory and the model world.
#include "unit/app/use_cases.hpp"

#include "app/reconcile.hpp"
#include "app/retry.hpp"
#include "pipeline/outcome.hpp"

namespace callctl::app {
namespace {

using call::Stage;
using call::Status;

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
    EXPECT_FALSE(m_store.next_due({}));
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

// Time passes between two drives, so that what waits is due again within one pass.
class PassingStore : public fakes::MemoryCallStore {
  public:
    void release(const port::Lease& lease) override {
        MemoryCallStore::release(lease);
        advance(10s);
    }
};

TEST_F(UseCases, ReconcileCountsACallOnceHoweverOftenItWasDriven) {
    first().recording_began = first().answered;
    first().by_twiml = 1;
    first().processing = 15s;
    PassingStore store;
    store.set_now(k_start + 21s);
    store.insert_host({.call_sid = first().sid.str(), .created_at = store.now()});
    const Driver driver{store, m_world, m_clock, {}, [] { return 0.5; }, m_log.logger};
    Workers workers{store, driver, m_clock, m_log.logger};
    Reconcile pass{store, workers, {}};
    const auto work = pass.run({.work = {.worker = "w", .concurrency = 1}}).work;
    ASSERT_GT(store.now(), k_start + 35s) << "it was driven more than once";
    EXPECT_EQ(work.driven, 1);
    EXPECT_EQ(work.completed + work.skipped + work.gave_up + work.waiting, 1);
}

TEST_F(UseCases, RetryDrivesTheStageAndWhatFollows) {
    first().recording_began = first().answered;
    first().by_twiml = 1;
    host_inserts(first());
    reconcile_to_the_end();
    ASSERT_EQ(first().transcriptions, k_parts);
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
    EXPECT_EQ(first().transcriptions, 2 * k_parts);
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
    EXPECT_FALSE(m_store.next_due({}));
    const auto later = reopen(m_store, {.stage = Stage::summary, .calls = {first().sid}});
    EXPECT_EQ(later.lines.size(), 1U);
    EXPECT_EQ(first().summaries, 1);
    EXPECT_TRUE(m_store.next_due({}));
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

} // namespace
} // namespace callctl::app
