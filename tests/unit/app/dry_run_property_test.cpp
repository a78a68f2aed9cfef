// What a dry run counts is what the run after it does, on random tables.
#include "unit/app/quiet_logger.hpp"

#include "app/reconcile.hpp"
#include "app/retry.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"
#include "pipeline/news.hpp"
#include "pipeline/outcome.hpp"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

namespace callctl::app {
namespace {

using call::CallState;
using call::RecordingState;
using call::Stage;
using namespace std::chrono_literals;

constexpr base::Time k_start{std::chrono::microseconds{1'767'268'800'000'000}};
constexpr int k_sids = 20;

base::CallSid sid_of(int number) {
    std::string text = std::to_string(number);
    return base::CallSid::parse("CA" + std::string(32 - text.size(), '0') + text).value();
}

/// Everything works at once.
class WorkingSteps : public StepRunner {
  public:
    [[nodiscard]] StepResult run(const pipeline::Step& step, const call::Call& call, base::Time now,
                                 port::PieceShelf& /*shelf*/, const PartDone& /*done*/) override {
        if (!std::holds_alternative<pipeline::Transcribe>(step) &&
            !std::holds_alternative<pipeline::Summarise>(step)) {
            call::CallFacts facts{.state = CallState::completed, .ended_at = now};
            facts.recording = {.sid = base::RecordingSid::parse("RE" + std::string(32, '3')),
                               .state = RecordingState::completed};
            facts.observed_at = now;
            facts.observations = call.facts.observations + 1;
            return {pipeline::Learnt{.facts = facts}};
        }
        return {pipeline::Learnt{.artefacts = {{.stage = call.stage, .text = "words"}}}};
    }
};

/// Knows which calls were claimed.
class NotingStore : public fakes::MemoryCallStore {
  public:
    std::vector<port::Claim> claim_due(const port::ClaimRequest& request) override {
        auto claims = MemoryCallStore::claim_due(request);
        const std::scoped_lock lock{m_mutex};
        for (const port::Claim& claim : claims) {
            m_claimed.insert(claim.call.sid.str());
        }
        return claims;
    }
    [[nodiscard]] std::set<std::string> take_claimed() { return std::exchange(m_claimed, {}); }

  private:
    std::mutex m_mutex{};
    std::set<std::string> m_claimed{};
};

/// A table as years of use, a host with ideas of its own and dead workers leave it.
class Table {
  public:
    explicit Table(unsigned seed) : m_random{seed} {
        m_store.set_now(k_start);
        m_store.refuse([](const fakes::HostRow& row) { return row.from_number == "+666"; });
        for (int i = between(2, 40); i > 0; --i) {
            (this->*one_of<void (Table::*)()>(
                        {&Table::insert, &Table::insert, &Table::hear, &Table::hear, &Table::claim,
                         &Table::settle, &Table::set_back, &Table::remove, &Table::pass_time}))();
        }
        if (chance(50)) {
            m_store.refuse({});
        }
        if (chance(20)) {
            m_store.close_provider(
                one_of<call::Provider>({call::Provider::twilio, call::Provider::transcription,
                                        call::Provider::summary}),
                call::Reason::quota, "empty", 1h, m_store.now());
        }
        m_request.work = {.worker = "w", .concurrency = one_of<int>({1, 3, 8})};
        m_request.sweep.limit = chance(30) ? 4 : 10'000;
        m_request.sweep.page = between(1, 5);
        if (chance(40)) {
            m_request.work.limit = between(1, 6);
        }
        if (chance(30)) {
            m_request.work.stage =
                one_of<Stage>({Stage::recording, Stage::transcript, Stage::summary});
        }
        if (chance(30)) {
            m_request.work.since = std::chrono::hours{between(1, 200)};
        }
    }

    [[nodiscard]] ReconcileReport rehearse() { return plan(m_store, {}, m_request); }

    [[nodiscard]] ReconcileReport run() {
        fakes::ManualClock clock;
        WorkingSteps steps;
        const Driver driver{m_store, steps, clock, {}, [] { return 0.5; }, m_log.logger};
        Workers workers{m_store, driver, clock, m_log.logger};
        static_cast<void>(m_store.take_claimed());
        return Reconcile{m_store, workers, {}}.run(m_request);
    }

    /// Of calls that are chosen, or of some that are named, known or not.
    [[nodiscard]] RetryRequest a_retry() {
        const auto stage = one_of<Stage>({Stage::recording, Stage::transcript, Stage::summary});
        RetryRequest request{.reopening = {.stage = stage, .force = chance(30)}};
        request.reopening.take_over = chance(20);
        if (chance(40)) {
            for (int number = 1; number <= k_sids; number += between(1, 3)) {
                request.calls.push_back({sid_of(number)});
            }
            return request;
        }
        port::CallChoice choice{.stage = stage, .limit = between(1, 30)};
        if (chance(40)) {
            choice.status = one_of<call::Status>(
                {call::Status::pending, call::Status::failed, call::Status::completed});
        }
        if (chance(30)) {
            choice.since = std::chrono::hours{between(1, 200)};
        }
        request.calls = m_store.choose(choice).calls;
        return request;
    }
    [[nodiscard]] RetryReport rehearse(const RetryRequest& request) {
        m_store.refuse({}); // that is found out by trying
        return plan(m_store, {}, {}, request);
    }
    [[nodiscard]] RetryReport run(const RetryRequest& request) {
        fakes::ManualClock clock;
        return reopen(m_store, clock, request);
    }

    [[nodiscard]] std::set<std::string> taken() { return m_store.take_claimed(); }

    [[nodiscard]] std::string stages_of_calls() {
        std::string text;
        for (const call::Call& call : m_store.all()) {
            text += call.sid.str().substr(31) + std::string{call::to_string(call.stage)} + ' ';
        }
        return text;
    }

  private:
    int between(int low, int high) { return std::uniform_int_distribution{low, high}(m_random); }
    bool chance(int percent) { return between(1, 100) <= percent; }
    template <class Value>
    Value one_of(std::initializer_list<Value> values) {
        return values.begin()[between(0, static_cast<int>(values.size()) - 1)];
    }
    base::CallSid some_sid() { return sid_of(between(1, k_sids)); }

    void insert() {
        using Word = std::optional<std::string>;
        fakes::HostRow row{.created_at = m_store.now() - std::chrono::hours{between(0, 300)}};
        row.call_sid = one_of<Word>({some_sid().str(), some_sid().str(), "CA1", std::nullopt});
        for (Word& status : row.statuses) {
            status = one_of<Word>({std::nullopt, "pending", "processing", "recording", "completed",
                                   "failed", "skipped", "whatever"});
        }
        row.from_number = chance(10) ? "+666" : "+1";
        row.call_status = one_of<std::string>({"", "ringing", "in-progress", "completed"});
        row.recording_sid = chance(50) ? "RE" + std::string(32, '1') : "";
        row.final_transcript = std::string(static_cast<std::size_t>(between(0, 90)), 'w');
        m_store.insert_host(std::move(row));
    }

    void hear() {
        call::CallFacts news{.heard_at = m_store.now()};
        news.from = chance(15) ? "+666" : "+1";
        news.state = one_of<CallState>({CallState::ringing, CallState::in_progress,
                                        CallState::completed, CallState::no_answer});
        if (chance(40)) {
            news.recording = {.sid = base::RecordingSid::parse("RE" + std::string(32, '2')),
                              .state = RecordingState::completed,
                              .channels = 2};
        }
        const call::Delivery delivery{
            .route = "r", .digest = std::to_string(++m_digest), .sid = some_sid(), .news = news};
        m_store.ingest(std::array{delivery}, decide);
    }

    void claim() { (void)m_store.claim_due({.worker = "other", .limit = between(1, 2)}); }

    void settle() {
        for (const port::Claim& claim : m_store.claim_due({.worker = "other"})) {
            call::Change change{.stage = claim.call.stage, .seen_news = claim.call.news};
            change.statuses[static_cast<std::size_t>(change.stage)] =
                one_of<call::Status>({call::Status::completed, call::Status::failed});
            m_store.write(claim.lease, change);
            m_store.release(claim.lease);
        }
    }

    void set_back() {
        const auto sid = some_sid();
        if (m_store.host(sid)) {
            m_store.change_host(sid, [](fakes::HostRow& row) { row.statuses[1] = "pending"; });
        }
    }

    void remove() {
        if (const auto sid = some_sid(); m_store.host(sid)) {
            m_store.delete_host(sid);
        }
    }

    void pass_time() { m_store.advance(std::chrono::seconds{between(1, 90)}); }

    static call::Change decide(const call::Call& call, const call::CallFacts& news,
                               base::Time now) {
        return pipeline::on_news(call, news, now, {});
    }

    std::mt19937 m_random;
    int m_digest{0};
    KeptLog m_log;
    NotingStore m_store;
    ReconcileRequest m_request;
};

// A quarter of the thousand.
class DryRun : public testing::TestWithParam<unsigned> {};

TEST_P(DryRun, CountsWhatTheRunAfterItDoes) {
    constexpr unsigned k_tables = 250;
    std::size_t planned = 0;
    std::size_t found = 0;
    for (unsigned seed = GetParam() * k_tables; seed < (GetParam() + 1) * k_tables; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Table table{seed};
        const std::string before = table.stages_of_calls();
        const ReconcileReport dry = table.rehearse();
        ASSERT_EQ(table.stages_of_calls(), before) << "the dry run changed something";
        const ReconcileReport real = table.run();
        ASSERT_EQ(dry.sweep.adopted, real.sweep.adopted);
        ASSERT_EQ(dry.sweep.reset, real.sweep.reset);
        ASSERT_EQ(dry.sweep.replayed, real.sweep.replayed);
        ASSERT_EQ(dry.sweep.expired_leases, real.sweep.expired_leases);
        ASSERT_EQ(dry.sweep.refused, real.sweep.refused);
        ASSERT_EQ(static_cast<int>(dry.planned.size()), real.work.driven);
        std::set<std::string> names;
        for (const PlannedStep& step : dry.planned) {
            names.insert(step.call.sid.str());
        }
        ASSERT_EQ(names, table.taken()) << "by whichever of the threads";
        planned += dry.planned.size();
        found += dry.sweep.adopted + dry.sweep.reset + dry.sweep.replayed + dry.sweep.refused;
    }
    EXPECT_GT(planned, k_tables) << "tables in which there is something to do";
    EXPECT_GT(found, k_tables);
}

TEST_P(DryRun, OfARetryCountsWhatTheRunAfterItDoes) {
    constexpr unsigned k_tables = 250;
    int changed = 0;
    int skipped = 0;
    for (unsigned seed = GetParam() * k_tables; seed < (GetParam() + 1) * k_tables; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Table table{seed};
        const RetryRequest request = table.a_retry();
        const std::string before = table.stages_of_calls();
        const RetryTotals dry = totals_of(table.rehearse(request));
        ASSERT_EQ(table.stages_of_calls(), before) << "the dry run changed something";
        const RetryTotals real = totals_of(table.run(request));
        ASSERT_EQ(dry.counts, real.counts);
        changed += real.changed;
        skipped += real.skipped;
    }
    EXPECT_GT(changed, static_cast<int>(k_tables) / 2)
        << "tables in which there is something to do";
    EXPECT_GT(skipped, static_cast<int>(k_tables) / 2);
}

INSTANTIATE_TEST_SUITE_P(AThousandTables, DryRun, testing::Range(0U, 4U));

} // namespace
} // namespace callctl::app
