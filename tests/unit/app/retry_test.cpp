// Reconcile and retry against the store in memory and the model world.
#include "unit/app/use_cases.hpp"

#include "app/reconcile.hpp"
#include "app/retry.hpp"
#include "base/exception.hpp"
#include "pipeline/news.hpp"
#include "pipeline/outcome.hpp"

#include <functional>
#include <map>

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

TEST_F(UseCases, ADryRunBeginsNoCallOnceSoMuchWouldBeSpent) {
    for (int number = 1; number <= 3; ++number) {
        fakes::HostRow row{.call_sid = fmt::format("CA{:032x}", number)};
        row.statuses = {"completed", "pending", "pending"};
        row.duration = 60;
        m_store.insert_host(row);
    }
    ReconcileRequest request{.work = {.max_cost_micros = 1}};
    request.prices.transcript = pipeline::Price{.audio_minute_micros = 6'000};
    const auto planned = plan(m_store, {}, request);
    EXPECT_EQ(planned.planned.size(), 1U);
    EXPECT_TRUE(planned.work.out_of_money);
    request.work.max_cost_micros = 1'000'000;
    const auto all = plan(m_store, {}, request);
    EXPECT_EQ(all.planned.size(), 3U);
    EXPECT_FALSE(all.work.out_of_money);
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

/// Works at once, and counts.
class CountingSteps : public StepRunner {
  public:
    [[nodiscard]] StepResult run(const pipeline::Step& step, const call::Call& call,
                                 base::Time /*now*/, port::PieceShelf& /*shelf*/,
                                 const PartDone& /*done*/) override {
        ++asked;
        transcripts[call.sid] += std::holds_alternative<pipeline::Transcribe>(step) ? 1 : 0;
        if (on_step) {
            on_step();
        }
        return {.outcome = pipeline::Learnt{.artefacts = {{.stage = call.stage, .text = "words"}}},
                .usage = {.requests = 1, .cost_micros = 500}};
    }

    int asked{0};
    std::map<base::CallSid, int> transcripts{};
    std::function<void()> on_step{};
};

class RetryOfMany : public UseCases {
  protected:
    static base::CallSid sid_of(int number) {
        const std::string text = std::to_string(number);
        return base::CallSid::parse("CA" + std::string(32 - text.size(), '0') + text).value();
    }
    /// A minute long, on two channels; its transcript was given up.
    void failed_call(int number, call::Reason reason = call::Reason::timeout) {
        call::CallFacts news{.state = call::CallState::completed, .duration = 60s};
        news.recording = {.sid = base::RecordingSid::parse("RE" + std::string(32, '1')),
                          .state = call::RecordingState::completed,
                          .channels = 2,
                          .duration = 60s};
        const call::Delivery delivery{
            .route = "r", .digest = std::to_string(number), .sid = sid_of(number), .news = news};
        m_store.ingest(std::span{&delivery, 1}, [](const auto& call, const auto& facts, auto now) {
            return pipeline::on_news(call, facts, now, {});
        });
        stand(number, {Status::completed, Status::failed, Status::pending}, reason);
    }
    void failed_calls(int count) {
        for (int number = 1; number <= count; ++number) {
            failed_call(number);
        }
    }
    void stand(int number, const call::StageStatuses& statuses,
               std::optional<call::Reason> reason) {
        const auto held = m_store.claim_call(sid_of(number), {.worker = "settler"}).value();
        call::Change change{.stage = Stage::transcript,
                            .statuses = statuses,
                            .reason = reason,
                            .seen_news = held.call.news};
        ASSERT_EQ(m_store.write(held.lease, change), port::Written::done);
        m_store.release(held.lease);
    }
    [[nodiscard]] Status status_of(int number) {
        return m_store.find(sid_of(number))->status(Stage::transcript).value();
    }
    [[nodiscard]] RetryRequest named(Stage stage) {
        return {.reopening = {.stage = stage}, .calls = {{first().sid}}, .work = {.worker = "w"}};
    }
    [[nodiscard]] RetryRequest chosen(const port::CallChoice& choice = {.stage = Stage::transcript,
                                                                        .status = Status::failed}) {
        return {.reopening = {.stage = choice.stage},
                .calls = m_store.choose(choice).calls,
                .work = {.worker = "w", .concurrency = 1}};
    }
    RetryReport run(const RetryRequest& request) { return Retry{m_store, m_workers}.run(request); }

    CountingSteps m_steps;
    Driver m_driver{m_store,     m_steps, m_clock, pipeline::Policy{}, [] { return 0.5; },
                    m_log.logger};
    Workers m_workers{m_store, m_driver, m_clock, m_log.logger};
};

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
    const auto report = retry.run({.reopening = {.stage = Stage::transcript},
                                   .calls = {{first().sid}},
                                   .work = {.worker = "w"}});
    ASSERT_EQ(report.lines.size(), 1U);
    EXPECT_EQ(report.lines.front().reopened, port::Reopened::done);
    ASSERT_TRUE(report.lines.front().call);
    EXPECT_EQ(report.lines.front().call->status(Stage::summary), Status::completed);
    EXPECT_EQ(first().transcriptions, 2 * k_parts);
    EXPECT_EQ(first().summaries, 2);
}

TEST_F(RetryOfMany, AsksAClosedProviderForOneCallThatIsInsistedOn) {
    failed_calls(2);
    const auto close = [this] {
        m_store.close_provider(call::Provider::transcription, call::Reason::quota, "429", 24h,
                               m_store.now());
    };
    close();
    EXPECT_EQ(run(chosen()).work.requests, 0) << "the breaker is open";
    auto request = chosen();
    request.reopening.force = true;
    EXPECT_EQ(run(request).work.requests, 0) << "these were chosen";
    request.reopening.take_over = true;
    request.calls = {{sid_of(1)}, {sid_of(2)}};
    EXPECT_EQ(run(request).work.requests, 0) << "they are two";
    request.calls = {{sid_of(1)}};
    EXPECT_GT(run(request).work.requests, 0);
    EXPECT_EQ(status_of(1), Status::completed);
    EXPECT_FALSE(m_store.providers()[1].closed_until) << "it is open for all";
}

TEST_F(RetryOfMany, LeavesTheWorkWhenAskedTo) {
    first().recording_began = first().answered;
    first().by_twiml = 1;
    host_inserts(first());
    reconcile_to_the_end();
    const auto dry = plan(m_store, m_driver.policy(), {}, named(Stage::summary));
    EXPECT_EQ(dry.lines.front().reopened, port::Reopened::done);
    EXPECT_FALSE(m_store.next_due({}));
    const auto later = reopen(m_store, m_clock, named(Stage::summary));
    EXPECT_EQ(later.lines.size(), 1U);
    EXPECT_EQ(first().summaries, 1);
    EXPECT_TRUE(m_store.next_due({}));
}

TEST_F(RetryOfMany, NamesWhatItCannotDo) {
    Retry retry{m_store, m_workers};
    const auto unknown = retry.run(named(Stage::summary));
    EXPECT_EQ(unknown.lines.front().reopened, port::Reopened::unknown_call);
    host_inserts(first());
    reconcile();
    const auto early = retry.run(named(Stage::summary));
    EXPECT_EQ(early.lines.front().reopened, port::Reopened::too_early);
}

TEST_F(RetryOfMany, OfNobodyDrivesNobody) {
    host_inserts(first());
    EXPECT_EQ(Retry(m_store, m_workers).run({.work = {.worker = "w"}}).work.driven, 0);
}

TEST_F(RetryOfMany, DrivesWhatWasChosenAndNothingThatMatchesLater) {
    failed_calls(3);
    RetryRequest request = chosen();
    m_steps.on_step = [this] {
        if (m_steps.asked == 1) {
            failed_call(9);
        }
    };
    const auto report = run(request);
    EXPECT_EQ(totals_of(report).changed, 3);
    EXPECT_EQ(status_of(9), Status::failed);
}

TEST_F(RetryOfMany, LeavesACallAloneThatWasCompletedMeanwhile) {
    failed_calls(2);
    RetryRequest request = chosen();
    stand(2, {Status::completed, Status::completed, Status::completed}, {});
    const auto report = run(request);
    const RetryTotals totals = totals_of(report);
    EXPECT_EQ(totals.changed, 1);
    EXPECT_EQ(totals.skipped, 1);
    EXPECT_EQ(report.lines[1].reopened, port::Reopened::changed);
    EXPECT_EQ(m_steps.asked, 2) << "transcript and summary of the other one";
}

TEST_F(RetryOfMany, LeavesWhatAStopCameBeforeAsItWas) {
    failed_calls(4);
    m_steps.on_step = [this] { m_clock.stop(); };
    const auto report = run(chosen());
    const RetryTotals totals = totals_of(report);
    EXPECT_EQ(totals.changed, 1);
    EXPECT_EQ(totals.not_begun, 3);
    EXPECT_EQ(totals.counts.back(), (RetryCount{RetryOutcome::not_begun, std::nullopt, 3}));
    for (const int number : {2, 3, 4}) {
        EXPECT_EQ(status_of(number), Status::failed);
    }
}

TEST_F(RetryOfMany, RepeatedAfterAStopTriesNoneTwice) {
    failed_calls(4);
    m_steps.on_step = [this] {
        if (m_steps.asked == 3) {
            m_clock.stop();
        }
    };
    const base::Time began = m_store.now();
    run(chosen());
    m_steps.on_step = {};
    m_store.advance(1s);
    fakes::ManualClock clock;
    const Driver driver{m_store, m_steps, clock, {}, [] { return 0.5; }, m_log.logger};
    Workers workers{m_store, driver, clock, m_log.logger};
    const auto rest = chosen({.stage = Stage::transcript, .untried_since = began});
    EXPECT_EQ(rest.calls.size(), 2U);
    Retry{m_store, workers}.run(rest);
    workers.run({.worker = "w", .concurrency = 1});
    for (const int number : {1, 2, 3, 4}) {
        EXPECT_EQ(status_of(number), Status::completed) << number;
        EXPECT_EQ(m_steps.transcripts[sid_of(number)], 1) << number;
    }
}

TEST_F(RetryOfMany, StopsBetweenTwoPagesWhenItOnlySetsBack) {
    failed_calls(150);
    RetryRequest request = chosen();
    request.progress = [this](std::size_t /*done*/) { m_clock.stop(); };
    const RetryTotals totals = totals_of(reopen(m_store, m_clock, request));
    EXPECT_EQ(totals.changed, 100);
    EXPECT_EQ(totals.not_begun, 50);
}

TEST_F(RetryOfMany, TellsWhatWasDoneBeforeTheDatabaseFailed) {
    failed_calls(4);
    m_steps.on_step = [this] { m_store.set_available(m_steps.asked < 3); };
    const auto report = run(chosen());
    ASSERT_TRUE(report.fault);
    EXPECT_THROW(std::rethrow_exception(report.fault), base::StoreError);
    const RetryTotals totals = totals_of(report);
    EXPECT_EQ(totals.counts,
              (std::vector<RetryCount>{{RetryOutcome::reopened, call::Reason::timeout, 1},
                                       {RetryOutcome::completed, std::nullopt, 1},
                                       {RetryOutcome::not_begun, std::nullopt, 2}}))
        << "the second one is whoever's that claims it next";
    EXPECT_EQ(report.work.requests, m_steps.asked) << "also that whose answer nobody could store";
    EXPECT_EQ(report.work.cost_micros, 1'500);
}

TEST_F(RetryOfMany, TellsOfThePagesThatWereSetBackBeforeTheDatabaseFailed) {
    failed_calls(150);
    RetryRequest request = chosen();
    request.progress = [this](std::size_t /*done*/) { m_store.set_available(false); };
    const auto report = reopen(m_store, m_clock, request);
    ASSERT_TRUE(report.fault);
    EXPECT_THROW(std::rethrow_exception(report.fault), base::StoreError);
    EXPECT_EQ(totals_of(report).changed, 100);
    EXPECT_EQ(totals_of(report).not_begun, 50);
}

TEST_F(RetryOfMany, TellsAFaultOfOursFromAnotherWorkerThatWasQuicker) {
    failed_calls(3);
    m_steps.on_step = [this] {
        if (m_steps.asked == 1) {
            throw base::BugError{"a state that cannot be"};
        }
        if (m_steps.asked == 2) {
            m_store.advance(1h); // past the lease, so that it is another's
            ASSERT_TRUE(m_store.claim_call(sid_of(2), {.worker = "another"}));
        }
    };
    const auto report = run(chosen());
    EXPECT_FALSE(report.fault);
    EXPECT_EQ(outcome_of(report.lines[0]), RetryOutcome::failed);
    EXPECT_EQ(outcome_of(report.lines[1]), RetryOutcome::taken);
    EXPECT_EQ(outcome_of(report.lines[2]), RetryOutcome::completed);
    EXPECT_EQ(totals_of(report).changed, 3);
    EXPECT_EQ(report.work.failed, 1);
}

TEST_F(RetryOfMany, FindsNothingToDoWhereTheHostHasDeletedTheRow) {
    const call::Call left{.sid = sid_of(1), .reason = call::Reason::not_eligible};
    const RetryLine line{.sid = left.sid, .reopened = port::Reopened::done, .call = left};
    EXPECT_EQ(outcome_of(line), RetryOutcome::skipped);
}

TEST_F(RetryOfMany, CountsByResultAndReason) {
    failed_calls(2);
    failed_call(3, call::Reason::too_large);
    failed_call(4, call::Reason::refused);
    failed_call(5, call::Reason::too_large);
    const auto report = plan(m_store, {}, {}, chosen());
    const RetryTotals totals = totals_of(report);
    EXPECT_EQ(totals.counts,
              (std::vector<RetryCount>{{RetryOutcome::reopened, call::Reason::timeout, 2},
                                       {RetryOutcome::permanent, call::Reason::too_large, 2},
                                       {RetryOutcome::permanent, call::Reason::refused, 1}}));
    EXPECT_EQ(totals.changed, 2);
    EXPECT_EQ(totals.skipped, 3);
}

TEST_F(RetryOfMany, ForetellsMinutesAndPriceOfWhatItWouldChange) {
    failed_calls(2);
    failed_call(3, call::Reason::too_large);
    const pipeline::Prices prices{.transcript = pipeline::Price{.audio_minute_micros = 6'000}};
    const auto totals = totals_of(plan(m_store, {}, prices, chosen()));
    EXPECT_EQ(totals.forecast.audio, 4min) << "a minute on two channels, of two calls";
    EXPECT_EQ(totals.forecast.cost_micros, 24'000);
}

} // namespace
} // namespace callctl::app
