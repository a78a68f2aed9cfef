#include "contract/store_contract.hpp"

namespace callctl::contract {
namespace {

using call::Reason;
using call::Stage;
using call::Status;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class Reports : public StoreContract {
  protected:
    /// Four calls: due now, due in an hour with a reason, given up, completed.
    void four_calls() {
        for (const int number : {1, 2, 3, 4}) {
            auto facts = ringing();
            facts.from = "+1 555 000" + std::to_string(number);
            hear_of(call_sid(number), facts);
            backend().advance(1s);
        }
        settle(call_sid(2), [&](call::Change& change) {
            change.stage = Stage::transcript;
            change.statuses = {Status::completed, Status::failed, {}};
            change.reason = Reason::timeout;
            change.due_at = store().now() + 1h;
        });
        settle(call_sid(3), [](call::Change& change) {
            change.stage = Stage::transcript;
            change.statuses = {Status::completed, Status::failed, {}};
            change.reason = Reason::too_large;
            change.due_at = std::nullopt;
        });
        settle(call_sid(4), [](call::Change& change) {
            change.stage = Stage::summary;
            change.statuses = {Status::completed, Status::completed, Status::completed};
            change.due_at = std::nullopt;
        });
    }
};
INSTANTIATE_TEST_SUITE_P(Store, Reports, testing::ValuesIn(backends()), backend_name);

std::vector<std::string> shown(const std::vector<port::CountRow>& rows) {
    std::vector<std::string> lines;
    for (const auto& row : rows) {
        lines.push_back(std::string{call::to_string(row.stage)} + " " +
                        std::string{call::to_string(row.status)} + " " + std::to_string(row.calls));
    }
    return lines;
}

std::vector<std::string> shown(const std::vector<port::ReasonCount>& rows) {
    std::vector<std::string> lines;
    for (const auto& row : rows) {
        lines.push_back(std::string{call::to_string(row.stage)} + " " +
                        std::string{call::to_string(row.reason)} + " " + std::to_string(row.calls) +
                        (row.gave_up ? " gave up" : ""));
    }
    return lines;
}

std::vector<base::CallSid> sids(const port::Overview& overview) {
    std::vector<base::CallSid> found;
    for (const auto& line : overview.calls) {
        found.push_back(line.call.sid);
    }
    return found;
}

TEST_P(Reports, OverviewOfNothing) {
    const auto overview = store().overview({});
    EXPECT_THAT(overview.counts, IsEmpty());
    EXPECT_THAT(overview.calls, IsEmpty());
    EXPECT_EQ(overview.due_now + overview.leased + overview.inbox_unapplied, 0);
    EXPECT_EQ(overview.oldest_due, std::nullopt);
    EXPECT_EQ(overview.next_due, std::nullopt);
    EXPECT_THAT(overview.providers, SizeIs(3));
}

TEST_P(Reports, OverviewCountsEachCallInItsPresentStage) {
    four_calls();
    const auto overview = store().overview({});
    EXPECT_THAT(shown(overview.counts),
                ElementsAre("recording pending 1", "transcript failed 2", "summary completed 1"));
    EXPECT_THAT(shown(overview.reasons),
                ElementsAre("transcript TIMEOUT 1", "transcript TOO_LARGE 1 gave up"));
    EXPECT_EQ(overview.due_now, 1);
    EXPECT_EQ(overview.leased, 0);
    EXPECT_LE(overview.oldest_due.value(), overview.now);
    EXPECT_GT(overview.next_due.value(), overview.now + 30min);
}

TEST_P(Reports, OverviewShowsTheMostUrgentFirst) {
    four_calls();
    EXPECT_THAT(sids(store().overview({})),
                ElementsAre(call_sid(1), call_sid(2), call_sid(3), call_sid(4)));
    EXPECT_THAT(sids(store().overview({.limit = 3})),
                ElementsAre(call_sid(1), call_sid(2), call_sid(3)))
        << "who waits for an operator comes before what is newer and done";
    EXPECT_THAT(sids(store().overview({.limit = 1})), ElementsAre(call_sid(1)));
    EXPECT_THAT(store().overview({.limit = 0}).calls, IsEmpty());
}

TEST_P(Reports, OverviewShowsWhoHoldsACall) {
    four_calls();
    claim(call_sid(1), "worker-77");
    const auto overview = store().overview({});
    EXPECT_EQ(overview.leased, 1);
    EXPECT_EQ(overview.due_now, 0);
    EXPECT_EQ(overview.calls.at(0).worker, "worker-77");
    EXPECT_EQ(overview.calls.at(1).worker, "");
    backend().advance(61s);
    EXPECT_EQ(store().overview({}).leased, 0) << "a lease that ran out holds nothing";
    EXPECT_EQ(store().overview({}).due_now, 1);
}

TEST_P(Reports, OverviewLeavesOutWhatWasDoneLongAgo) {
    four_calls();
    hear_of(call_sid(5));
    settle(call_sid(5), [](call::Change& change) {
        change.statuses = {Status::skipped, Status::skipped, Status::skipped};
        change.reason = Reason::no_answer;
        change.due_at = std::nullopt;
    });
    backend().advance(24h * 8);
    const auto overview = store().overview({});
    EXPECT_THAT(shown(overview.counts), ElementsAre("recording pending 1", "transcript failed 2"))
        << "live calls and calls that wait for an operator count however old they are";
    EXPECT_THAT(shown(overview.reasons),
                ElementsAre("transcript TIMEOUT 1", "transcript TOO_LARGE 1 gave up"));
    EXPECT_THAT(sids(overview), ElementsAre(call_sid(1), call_sid(2), call_sid(3)));
    EXPECT_EQ(overview.window, 24h * 7);
    EXPECT_THAT(sids(store().overview({.status = Status::failed})),
                ElementsAre(call_sid(2), call_sid(3)));
    const auto longer = store().overview({.since = 24h * 30});
    EXPECT_THAT(longer.counts, SizeIs(4));
    EXPECT_EQ(longer.window, 24h * 30);
}

TEST_P(Reports, OverviewCountsWhatNobodyTakesAsStuck) {
    four_calls();
    EXPECT_EQ(store().overview({}).stuck, 0);
    EXPECT_EQ(store().figures().stuck, 0);
    backend().advance(port::k_stuck_after);
    EXPECT_EQ(store().overview({}).stuck, 1);
    EXPECT_EQ(store().figures().stuck, 1);
    claim(call_sid(1));
    EXPECT_EQ(store().overview({}).stuck, 0) << "somebody has it";
    EXPECT_EQ(store().figures().stuck, 0);
}

TEST_P(Reports, OverviewListsCallsWithoutTheirTexts) {
    four_calls();
    backend().change_host(call_sid(4), [](fakes::HostRow& row) {
        row.transcription = "live words";
        row.final_transcript = "many words";
        row.summary = "few words";
    });
    for (const port::CallLine& line : store().overview({}).calls) {
        EXPECT_EQ(line.call.live_transcript + line.call.transcript + line.call.summary, "");
        EXPECT_NE(line.call.facts.from, "");
    }
    EXPECT_EQ(store().story(call_sid(4))->call.transcript, "many words");
}

TEST_P(Reports, OfCallsAtRestWhoseRowsTheHostDeletedTellHowTheyEnded) {
    four_calls();
    for (const int number : {1, 2, 3, 4}) {
        backend().delete_host(call_sid(number));
    }
    const auto overview = store().overview({});
    EXPECT_THAT(shown(overview.counts), ElementsAre("recording pending 1", "transcript pending 1",
                                                    "transcript failed 1", "summary completed 1"));
    EXPECT_THAT(sids(store().overview({.status = Status::failed})), ElementsAre(call_sid(3)));
    const auto story = store().story(call_sid(3)).value();
    EXPECT_EQ(story.call.status(Stage::transcript), Status::failed);
    EXPECT_TRUE(story.row_deleted);
    EXPECT_EQ(store().story(call_sid(4))->call.status(Stage::summary), Status::completed);
    hear_of(call_sid(5));
    EXPECT_FALSE(store().story(call_sid(5))->row_deleted);
}

TEST_P(Reports, OverviewTellsWhenAPassSweptLast) {
    EXPECT_EQ(store().overview({}).swept_at, std::nullopt);
    static_cast<void>(store().sweep({}, heed));
    backend().advance(10min);
    const auto overview = store().overview({});
    ASSERT_TRUE(overview.swept_at);
    EXPECT_GE(overview.now - *overview.swept_at, 10min);
}

TEST_P(Reports, OverviewShowsProviders) {
    store().close_provider(call::Provider::transcription, Reason::quota, "no money", 1h,
                           store().now());
    const auto providers = store().overview({}).providers;
    ASSERT_THAT(providers, SizeIs(3));
    EXPECT_EQ(providers[0].closed_until, std::nullopt);
    EXPECT_EQ(providers[1].provider, call::Provider::transcription);
    EXPECT_TRUE(providers[1].closed_until);
    EXPECT_EQ(providers[1].reason, Reason::quota);
    EXPECT_EQ(providers[1].detail, "no money");
    EXPECT_EQ(providers[1].failures, 1);
}

TEST_P(Reports, FiltersMustAllHold) {
    four_calls();
    const auto list = [this](const port::CallFilter& filter) { return store().list(filter); };
    EXPECT_THAT(list({.stage = Stage::transcript}), ElementsAre(call_sid(2), call_sid(3)));
    EXPECT_THAT(list({.status = Status::failed}), ElementsAre(call_sid(2), call_sid(3)));
    EXPECT_THAT(list({.reason = Reason::too_large}), ElementsAre(call_sid(3)));
    EXPECT_THAT(list({.stage = Stage::recording, .status = Status::failed}), IsEmpty());
    EXPECT_THAT(list({.stage = Stage::transcript, .status = Status::failed, .limit = 1}),
                ElementsAre(call_sid(2)));
    EXPECT_THAT(sids(store().overview({.stage = Stage::transcript, .reason = Reason::timeout})),
                ElementsAre(call_sid(2)));
}

TEST_P(Reports, ListIsOldestFirstWithinSince) {
    four_calls();
    EXPECT_THAT(store().list({}), ElementsAre(call_sid(1), call_sid(2), call_sid(3), call_sid(4)));
    backend().advance(2h);
    hear_of(call_sid(5));
    EXPECT_THAT(store().list({.since = 1h}), ElementsAre(call_sid(5)));
    EXPECT_THAT(store().list({.limit = 0}), IsEmpty());
}

TEST_P(Reports, ListIsNewestFirstWhereAskedFor) {
    four_calls();
    EXPECT_THAT(store().list({.limit = 2, .order = port::ListOrder::newest_first}),
                ElementsAre(call_sid(4), call_sid(3)));
}

TEST_P(Reports, ListTakesAStatusThatNobodySetAsPending) {
    hear_of(call_sid(1));
    backend().change_host(call_sid(1), [](fakes::HostRow& row) { row.statuses[0] = std::nullopt; });
    EXPECT_THAT(store().list({.status = Status::pending}), ElementsAre(call_sid(1)));
    EXPECT_THAT(shown(store().overview({}).counts), ElementsAre("recording pending 1"));
}

TEST_P(Reports, PhoneFilterComparesDigitsOfEitherNumber) {
    four_calls();
    EXPECT_THAT(store().list({.phone = "1-555-0003"}), ElementsAre(call_sid(3)));
    EXPECT_THAT(store().list({.phone = "+97231234567"}), SizeIs(4));
    EXPECT_THAT(store().list({.phone = "555"}), IsEmpty())
        << "a part of a number is another number";
    EXPECT_THAT(store().list({.phone = "anonymous"}), IsEmpty());
}

TEST_P(Reports, StoryTellsTheWordsOfTheRowAlsoWhereTheyAreNoStatus) {
    hear_of(call_sid(1));
    backend().change_host(call_sid(1), [](fakes::HostRow& row) {
        row.statuses = {"completed", "COMPLETED", std::nullopt};
    });
    const auto story = store().story(call_sid(1));
    EXPECT_EQ(story->words[1], "COMPLETED");
    EXPECT_EQ(story->call.status(call::Stage::transcript), std::nullopt);
    EXPECT_EQ(story->words[2], std::nullopt);
}

TEST_P(Reports, StoryOfAnUnknownCall) {
    EXPECT_FALSE(store().story(call_sid(1)));
    EXPECT_FALSE(store().find(call_sid(1)));
    EXPECT_THAT(store().deliveries(call_sid(1)), IsEmpty());
}

TEST_P(Reports, DeliveriesAreToldOfACallWithoutARowToo) {
    backend().refuse("+666");
    auto bad = ringing();
    bad.from = "+666";
    static_cast<void>(ingest(delivery(call_sid(1), bad)));
    EXPECT_FALSE(store().story(call_sid(1)));
    EXPECT_THAT(store().deliveries(call_sid(1)),
                ElementsAre(AllOf(Field(&port::DeliveryLine::applied, false),
                                  Field(&port::DeliveryLine::detail, Not(IsEmpty())))));
}

TEST_P(Reports, StoryTellsWhoHoldsTheCallAndItsDeliveriesInOrder) {
    const auto sid = call_sid(1);
    hear_of(sid);
    backend().advance(2s);
    auto second = delivery(sid, ringing(), "2");
    second.route = "/webhook/handle_recording";
    ingest(second);
    const auto held = claim(sid, "worker-9");
    const auto story = store().story(sid);
    ASSERT_TRUE(story);
    EXPECT_EQ(story->call.sid, sid);
    EXPECT_EQ(story->worker, "worker-9");
    EXPECT_EQ(story->lease_until, held.lease.until);
    ASSERT_THAT(story->deliveries, SizeIs(2));
    EXPECT_EQ(story->deliveries[1].route, "/webhook/handle_recording");
    EXPECT_GE(story->deliveries[1].received_at, story->deliveries[0].received_at + 2s);
    EXPECT_GE(story->now, story->deliveries[1].received_at);
    EXPECT_THAT(story->providers, SizeIs(3));
    store().release(held.lease);
    EXPECT_EQ(store().story(sid)->worker, "");
    EXPECT_EQ(store().story(sid)->lease_until, std::nullopt);
}

TEST_P(Reports, StoryOfARowThatIsNotAdoptedShowsTheRow) {
    auto row = host_row(call_sid(1));
    row.statuses = {"completed", std::nullopt, std::nullopt};
    row.summary = "a placeholder";
    backend().insert_host(row);
    const auto story = store().story(call_sid(1));
    ASSERT_TRUE(story);
    EXPECT_EQ(story->call.status(Stage::recording), Status::completed);
    EXPECT_EQ(story->call.status(Stage::summary), std::nullopt);
    EXPECT_EQ(story->call.summary, "a placeholder");
    EXPECT_THAT(story->deliveries, IsEmpty());
}

} // namespace
} // namespace callctl::contract
