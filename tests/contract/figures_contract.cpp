#include "contract/store_contract.hpp"

#include <utility>

namespace callctl::contract {
namespace {

using call::Reason;
using call::Stage;
using call::Status;
using port::HeadLoss;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class FiguresOfAStore : public StoreContract {
  protected:
    /// A call that rests in `stage`; without a reason it succeeded.
    void ended(int number, Stage stage, std::optional<Reason> reason) {
        hear_of(call_sid(number));
        settle(call_sid(number), [&](call::Change& change) {
            change.stage = stage;
            change.statuses = {Status::completed, Status::completed, Status::completed};
            change.reason = reason;
            change.due_at = std::nullopt;
        });
    }
    /// An answered call whose recording began so much later.
    void recorded(int number, std::chrono::milliseconds loss) {
        auto facts = ringing();
        facts.answered_at = store().now();
        facts.recording.started_at = *facts.answered_at + loss;
        hear_of(call_sid(number), facts);
    }
    /// An attempt that ended so.
    void attempted(int number, Stage stage, std::optional<Reason> reason,
                   std::int64_t cost_micros) {
        const auto held = claim(call_sid(number));
        ASSERT_EQ(store().begin_attempt(held.lease, stage, held.call.news), port::Written::done);
        auto change = unchanged(held.call);
        change.attempt = call::AttemptEnd{
            .reason = reason, .requests = 2, .audio_ms = 1'000, .cost_micros = cost_micros};
        ASSERT_EQ(store().finish(held.lease, change).written, port::Written::done);
    }
    [[nodiscard]] std::int64_t head_losses(HeadLoss loss) {
        return store().figures().head_losses.at(static_cast<std::size_t>(loss));
    }
};
INSTANTIATE_TEST_SUITE_P(Store, FiguresOfAStore, testing::ValuesIn(backends()), backend_name);

std::vector<std::string> listed(const std::vector<port::CountRow>& rows) {
    std::vector<std::string> lines;
    for (const auto& row : rows) {
        lines.push_back(std::string{call::to_string(row.stage)} + " " +
                        std::string{call::to_string(row.status)} + " " + std::to_string(row.calls));
    }
    return lines;
}

std::vector<std::string> listed(const std::vector<port::AttemptCount>& rows) {
    std::vector<std::string> lines;
    for (const auto& row : rows) {
        lines.push_back(std::string{call::to_string(row.stage)} + " " +
                        std::string{row.reason ? call::to_string(*row.reason) : "-"} +
                        (row.open ? " open " : " ") + std::to_string(row.attempts) + " " +
                        std::to_string(row.requests) + " " + std::to_string(row.audio_ms) + " " +
                        std::to_string(row.cost_micros));
    }
    return lines;
}

TEST_P(FiguresOfAStore, OfNothing) {
    const auto figures = store().figures();
    EXPECT_THAT(figures.counts, IsEmpty());
    EXPECT_THAT(figures.given_up, IsEmpty());
    EXPECT_THAT(figures.attempts, IsEmpty());
    EXPECT_EQ(figures.due_now + figures.leased + figures.inbox_unapplied, 0);
    EXPECT_EQ(figures.oldest_due, std::nullopt);
    EXPECT_THAT(figures.head_losses, testing::Each(0));
    EXPECT_EQ(figures.largest_head_loss, std::nullopt);
    EXPECT_EQ(figures.attempts_window, 1h);
    EXPECT_THAT(figures.providers, SizeIs(3));
    EXPECT_EQ(figures.swept_at, std::nullopt);
    EXPECT_EQ(figures.listed_until, std::nullopt);
}

TEST_P(FiguresOfAStore, CountCallsAsTheScheduleHasThem) {
    hear_of(call_sid(1));
    backend().advance(90s);
    hear_of(call_sid(2));
    hear_of(call_sid(3));
    const auto held = claim(call_sid(3));
    ended(4, Stage::summary, std::nullopt);
    ended(5, Stage::recording, Reason::no_answer);
    ended(6, Stage::transcript, Reason::too_large);
    const auto figures = store().figures();
    EXPECT_THAT(listed(figures.counts),
                ElementsAre("recording pending 2", "recording processing 1", "recording skipped 1",
                            "transcript failed 1", "summary completed 1"));
    EXPECT_EQ(figures.due_now, 2);
    EXPECT_EQ(figures.leased, 1);
    EXPECT_GE(figures.now - figures.oldest_due.value(), 90s);
    EXPECT_LT(figures.now - figures.oldest_due.value(), 10min);
    ASSERT_THAT(figures.given_up, SizeIs(1));
    EXPECT_EQ(figures.given_up[0].stage, Stage::transcript);
    EXPECT_EQ(figures.given_up[0].reason, Reason::too_large);
    EXPECT_EQ(figures.given_up[0].calls, 1);
    backend().advance(61s);
    EXPECT_EQ(store().figures().leased, 0) << "a lease that ran out holds nothing";
}

TEST_P(FiguresOfAStore, LeaveOutWhatWasDoneYesterdayButNotWhatWaitsForSomebody) {
    hear_of(call_sid(1));
    ended(2, Stage::summary, std::nullopt);
    ended(3, Stage::recording, Reason::silent);
    ended(4, Stage::summary, Reason::refused);
    recorded(5, 2s);
    backend().advance(25h);
    const auto figures = store().figures();
    EXPECT_THAT(listed(figures.counts), ElementsAre("recording pending 2", "summary failed 1"));
    EXPECT_THAT(figures.head_losses, testing::Each(0));
    EXPECT_EQ(figures.largest_head_loss, std::nullopt);
}

TEST_P(FiguresOfAStore, SortCallsByHowMuchOfTheirBeginningIsMissing) {
    recorded(1, 0ms);
    recorded(2, -2s);
    recorded(3, 1s);
    recorded(4, 1001ms);
    recorded(5, 3s);
    recorded(6, 10s);
    recorded(7, 10'001ms);
    ended(8, Stage::recording, Reason::not_recorded);
    ended(9, Stage::recording, Reason::absent);
    ended(10, Stage::recording, Reason::no_answer);
    hear_of(call_sid(11));
    EXPECT_EQ(head_losses(HeadLoss::none), 2);
    EXPECT_EQ(head_losses(HeadLoss::to_1s), 1);
    EXPECT_EQ(head_losses(HeadLoss::to_3s), 2);
    EXPECT_EQ(head_losses(HeadLoss::to_10s), 1);
    EXPECT_EQ(head_losses(HeadLoss::above_10s), 1);
    EXPECT_EQ(head_losses(HeadLoss::unrecorded), 2);
    EXPECT_EQ(store().figures().largest_head_loss, 10'001ms);
}

TEST_P(FiguresOfAStore, AddUpAttemptsThatEndedAlike) {
    for (const int number : {1, 2, 3, 4}) {
        hear_of(call_sid(number));
    }
    attempted(1, Stage::transcript, std::nullopt, 700);
    attempted(2, Stage::transcript, std::nullopt, 300);
    attempted(3, Stage::transcript, Reason::timeout, 0);
    const auto held = claim(call_sid(4));
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::summary, held.call.news),
              port::Written::done);
    EXPECT_THAT(listed(store().figures().attempts),
                ElementsAre("transcript - 2 4 2000 1000", "transcript TIMEOUT 1 2 1000 0",
                            "summary - open 1 0 0 0"));
    backend().advance(59min);
    EXPECT_THAT(store().figures().attempts, SizeIs(3));
    backend().advance(2min);
    EXPECT_THAT(store().figures().attempts, IsEmpty());
}

TEST_P(FiguresOfAStore, ShowProvidersThatAreClosedAndHalfOpen) {
    store().close_provider(call::Provider::transcription, Reason::quota, "no money", 1h,
                           store().now());
    auto lines = store().figures().providers;
    EXPECT_FALSE(lines.at(0).closed_until);
    EXPECT_TRUE(lines.at(1).closed_until);
    EXPECT_FALSE(lines.at(1).half_open);
    EXPECT_EQ(lines.at(1).reason, Reason::quota);
    EXPECT_EQ(lines.at(1).failures, 1);
    backend().advance(2h);
    lines = store().figures().providers;
    EXPECT_FALSE(lines.at(1).closed_until);
    EXPECT_TRUE(lines.at(1).half_open);
    EXPECT_TRUE(store().overview({}).providers.at(1).half_open);
}

TEST_P(FiguresOfAStore, KnowWhenAPassWasLastHereAlsoWhenItFoundNothing) {
    const auto before = store().now();
    static_cast<void>(store().sweep({}, heed));
    const auto first = store().figures().swept_at;
    ASSERT_TRUE(first);
    EXPECT_GE(*first, before);
    backend().advance(5min);
    static_cast<void>(store().sweep({}, heed));
    EXPECT_GE(store().figures().swept_at.value(), *first + 5min);
    const auto second = store().figures().swept_at;
    backend().advance(5min);
    static_cast<void>(store().rehearse({}, heed));
    EXPECT_EQ(store().figures().swept_at, second) << "a rehearsal was nowhere";
    store().set_listed_until(*first);
    EXPECT_EQ(store().figures().listed_until, store().listed_until());
}

TEST_P(FiguresOfAStore, CountDeliveriesThatCouldNotBeApplied) {
    backend().refuse("+1 555 0001");
    auto facts = ringing();
    facts.from = "+1 555 0001";
    EXPECT_EQ(ingest(delivery(call_sid(1), facts)).kept, 1U);
    EXPECT_EQ(store().figures().inbox_unapplied, 1);
}

} // namespace
} // namespace callctl::contract
