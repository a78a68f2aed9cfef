#include "contract/store_contract.hpp"

#include "base/exception.hpp"

#include <stdexcept>

namespace callctl::contract {
namespace {

using call::CallState;
using call::Stage;
using call::Status;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

CALLCTL_CONTRACT(Ingest);

TEST_P(Ingest, MakesAnUnknownCallKnownInBothTables) {
    const auto sid = call_sid(1);
    const auto before = store().now();
    const auto report = ingest(delivery(sid, ringing()));
    EXPECT_EQ(report.applied, 1U);
    EXPECT_EQ(report.duplicates + report.kept, 0U);

    const auto known = call(sid);
    EXPECT_EQ(known.sid, sid);
    EXPECT_EQ(known.facts.from, "+972501234567");
    EXPECT_EQ(known.facts.state, CallState::ringing);
    EXPECT_THAT(known.statuses, ElementsAre(Status::pending, Status::pending, Status::pending));
    EXPECT_EQ(known.stage, Stage::recording);
    EXPECT_EQ(known.news, 1);
    EXPECT_TRUE(known.due_at);
    EXPECT_GE(known.created_at, before);
    ASSERT_TRUE(known.facts.heard_at);
    EXPECT_GE(*known.facts.heard_at, before);

    ASSERT_THAT(backend().host(sid), SizeIs(1));
    const auto row = host(sid);
    EXPECT_EQ(row.from_number, "+972501234567");
    EXPECT_EQ(row.to_number, "+97231234567");
    EXPECT_EQ(row.direction, "inbound");
    EXPECT_EQ(row.call_status, "ringing");
    EXPECT_THAT(row.statuses, ElementsAre("pending", "pending", "pending"));
    EXPECT_EQ(row.retry_count, 0);
    ASSERT_TRUE(row.created_at);
    EXPECT_GE(*row.created_at, before);
    EXPECT_TRUE(row.updated_at);
}

TEST_P(Ingest, ShowsTheDecisionTheCallAsItIsNow) {
    const auto sid = call_sid(1);
    std::vector<call::Call> seen;
    const auto watch = [&](const call::Call& call, const call::CallFacts& news, base::Time now) {
        seen.push_back(call);
        return heed(call, news, now);
    };
    store().ingest(std::vector{delivery(sid, ringing())}, watch);
    ASSERT_THAT(seen, SizeIs(1));
    EXPECT_EQ(seen[0].sid, sid);
    EXPECT_EQ(seen[0].news, 0);
    EXPECT_TRUE(seen[0].due_at) << "a new call is not at rest";
    EXPECT_EQ(seen[0].facts.state, CallState::unknown) << "the news are not merged beforehand";
}

TEST_P(Ingest, AppliesTheSameDeliveryOnce) {
    const auto sid = call_sid(1);
    const auto news = delivery(sid, ringing());
    EXPECT_EQ(ingest(news).applied, 1U);
    backend().advance(1s);
    const auto fail = [](const call::Call&, const call::CallFacts&, base::Time) -> call::Change {
        throw std::logic_error{"decided again"};
    };
    const auto report = store().ingest(std::vector{news}, fail);
    EXPECT_EQ(report.applied, 0U);
    EXPECT_EQ(report.duplicates, 1U);
    EXPECT_EQ(call(sid).news, 1);
    const auto story = store().story(sid);
    ASSERT_TRUE(story);
    EXPECT_THAT(story->deliveries,
                ElementsAre(AllOf(Field(&port::DeliveryLine::deliveries, 2),
                                  Field(&port::DeliveryLine::applied, true),
                                  Field(&port::DeliveryLine::route, "/webhook/call_status"))));
}

TEST_P(Ingest, AppliesTheSameDeliveryOnceWithinABatch) {
    const auto sid = call_sid(1);
    const auto news = delivery(sid, ringing());
    const auto report = store().ingest(std::vector{news, news, news}, heed);
    EXPECT_EQ(report.applied, 1U);
    EXPECT_EQ(report.duplicates, 2U);
    EXPECT_EQ(call(sid).news, 1);
    EXPECT_EQ(store().story(sid)->deliveries.at(0).deliveries, 3);
}

TEST_P(Ingest, ChainsTheDeliveriesOfOneCall) {
    const auto sid = call_sid(1);
    auto answered = ringing();
    answered.state = CallState::in_progress;
    answered.answered_at = store().now() + 2s;
    std::vector<std::pair<CallState, std::int64_t>> seen;
    const auto watch = [&](const call::Call& call, const call::CallFacts& news, base::Time now) {
        seen.emplace_back(call.facts.state, call.news);
        return heed(call, news, now);
    };
    const std::vector batch{delivery(sid, ringing(), "1"), delivery(call_sid(2), ringing(), "1"),
                            delivery(sid, answered, "2")};
    EXPECT_EQ(store().ingest(batch, watch).applied, 3U);
    EXPECT_THAT(seen, testing::UnorderedElementsAre(std::pair{CallState::unknown, 0},
                                                    std::pair{CallState::unknown, 0},
                                                    std::pair{CallState::ringing, 1}));
    EXPECT_EQ(call(sid).news, 2);
    EXPECT_EQ(call(sid).facts.answered_at, answered.answered_at);
    EXPECT_EQ(host(sid).call_status, "in-progress");
}

TEST_P(Ingest, AnEmptyBatchChangesNothing) {
    const auto report = store().ingest({}, heed);
    EXPECT_EQ(report.applied + report.duplicates + report.kept, 0U);
}

TEST_P(Ingest, KeepsEveryFactAsItIs) {
    const auto sid = call_sid(1);
    const auto facts = full_facts(store().now());
    ingest(delivery(sid, facts));
    EXPECT_EQ(call(sid).facts, facts);
}

TEST_P(Ingest, WritesStatusesAndStageOfTheDecision) {
    const auto sid = call_sid(1);
    call::CallFacts news;
    news.recording = {.sid = recording_sid(1), .state = call::RecordingState::completed};
    ingest(delivery(sid, news));
    EXPECT_EQ(call(sid).stage, Stage::transcript);
    EXPECT_THAT(call(sid).statuses,
                ElementsAre(Status::completed, Status::pending, Status::pending));
    EXPECT_THAT(host(sid).statuses, ElementsAre("completed", "pending", "pending"));
}

TEST_P(Ingest, FillsRecordingOfTheHostAndItsAddressOnceThereIsAFile) {
    const auto sid = call_sid(1);
    call::CallFacts news;
    news.recording = {.sid = recording_sid(1), .state = call::RecordingState::in_progress};
    ingest(delivery(sid, news, "1"));
    EXPECT_EQ(host(sid).recording_sid, recording_sid(1).str());
    EXPECT_EQ(host(sid).recording_url, "") << "to the host an address means a finished recording";
    news.recording.state = call::RecordingState::completed;
    ingest(delivery(sid, news, "2"));
    EXPECT_EQ(host(sid).recording_url, "https://api.twilio.com/2010-04-01/Accounts/"
                                       "AC00000000000000000000000000000000/Recordings/" +
                                           recording_sid(1).str());
}

TEST_P(Ingest, FillsOnlyWhatIsEmptyInTheHostsRow) {
    const auto sid = call_sid(1);
    auto row = host_row(sid);
    row.from_number = "+15550001";
    row.to_number = "unknown";
    row.direction = "outbound";
    row.duration = 12;
    row.recording_sid = recording_sid(9).str();
    row.recording_url = "/recordings/mine.wav";
    row.call_status = "streaming";
    backend().insert_host(row);
    auto news = full_facts(store().now());
    ingest(delivery(sid, news));
    const auto after = host(sid);
    EXPECT_EQ(after.from_number, "+15550001");
    EXPECT_EQ(after.to_number, news.to) << "unknown is the host's word for nothing";
    EXPECT_EQ(after.direction, "outbound");
    EXPECT_EQ(after.duration, 12);
    EXPECT_EQ(after.recording_sid, recording_sid(9).str());
    EXPECT_EQ(after.recording_url, "/recordings/mine.wav");
    EXPECT_EQ(after.call_status, "streaming") << "a word of the host's own stays";
    EXPECT_EQ(after.parent_call_sid, news.parent->str());
}

TEST_P(Ingest, NamesTheRecordingThatTookThePlaceOfTheOneTwilioHadToldOf) {
    const auto sid = call_sid(1);
    call::CallFacts news;
    news.recording = {.sid = recording_sid(1),
                      .state = call::RecordingState::completed,
                      .source = "StartCallRecordingAPI"};
    ingest(delivery(sid, news, "1"));
    ASSERT_EQ(host(sid).recording_sid, recording_sid(1).str());
    news.recording = {.sid = recording_sid(2),
                      .state = call::RecordingState::completed,
                      .source = "StartCallRecordingTwiML",
                      .replaces_known = true};
    ingest(delivery(sid, news, "2"));
    EXPECT_EQ(host(sid).recording_sid, recording_sid(2).str());
    EXPECT_TRUE(host(sid).recording_url.ends_with("/Recordings/" + recording_sid(2).str()));
}

// The one is deleted while Twilio still works on the other.
TEST_P(Ingest, TheAddressOfARecordingThatGaveWayGoesWithItsName) {
    const auto sid = call_sid(1);
    call::CallFacts news;
    news.recording = {.sid = recording_sid(1),
                      .state = call::RecordingState::completed,
                      .source = "StartCallRecordingAPI"};
    ingest(delivery(sid, news, "1"));
    news.recording.state = call::RecordingState::deleted;
    ingest(delivery(sid, news, "2"));
    news.recording = {.sid = recording_sid(2),
                      .state = call::RecordingState::processing,
                      .source = "StartCallRecordingTwiML"};
    ingest(delivery(sid, news, "3"));
    news.recording.state = call::RecordingState::completed;
    ingest(delivery(sid, news, "4"));
    EXPECT_EQ(host(sid).recording_sid, recording_sid(2).str());
    EXPECT_TRUE(host(sid).recording_url.ends_with("/Recordings/" + recording_sid(2).str()));
}

// The host has taken the address from Twilio, and wrote nothing else.
TEST_P(Ingest, LeavesAnAddressThatTheHostWrote) {
    const auto sid = call_sid(1);
    auto row = host_row(sid);
    row.recording_url = "https://api.twilio.com/2010-04-01/Accounts/"
                        "AC00000000000000000000000000000000/Recordings/" +
                        recording_sid(9).str();
    backend().insert_host(row);
    call::CallFacts news;
    news.recording = {.sid = recording_sid(1),
                      .state = call::RecordingState::completed,
                      .source = "StartCallRecordingAPI",
                      .started_at = store().now()};
    ingest(delivery(sid, news));
    EXPECT_EQ(host(sid).recording_sid, recording_sid(1).str());
    news.duration = 60s;
    ingest(delivery(sid, news, "later"));
    EXPECT_EQ(host(sid).duration, 60);
    EXPECT_EQ(host(sid).recording_url, row.recording_url);
}

TEST_P(Ingest, NamesOneRecordingOfANewCallWhicheverIsToldOfFirst) {
    const auto told = [&](int number) {
        call::CallFacts news;
        news.recording = {.sid = recording_sid(number),
                          .state = call::RecordingState::completed,
                          .source = "StartCallRecordingAPI",
                          .started_at = store().now() + number * 1s};
        return news;
    };
    for (const int first : {1, 2}) {
        const auto sid = call_sid(first);
        const std::vector<call::Delivery> batch{delivery(sid, told(first), "1"),
                                                delivery(sid, told(3 - first), "2")};
        ASSERT_EQ(store().ingest(batch, heed).applied, 2U);
        EXPECT_EQ(call(sid).facts.recording.sid, recording_sid(1));
        EXPECT_EQ(host(sid).recording_sid, recording_sid(1).str());
        EXPECT_TRUE(host(sid).recording_url.ends_with(recording_sid(1).str()));
    }
}

TEST_P(Ingest, EmptyNewsEmptyNothing) {
    const auto sid = call_sid(1);
    ingest(delivery(sid, full_facts(store().now()), "1"));
    const auto before = host(sid);
    ingest(delivery(sid, {}, "2"));
    const auto after = host(sid);
    EXPECT_EQ(after.from_number, before.from_number);
    EXPECT_EQ(after.duration, before.duration);
    EXPECT_EQ(after.recording_sid, before.recording_sid);
    EXPECT_EQ(after.recording_url, before.recording_url);
    EXPECT_EQ(after.call_status, before.call_status);
    EXPECT_EQ(call(sid).facts, full_facts(*call(sid).facts.heard_at + 1h));
}

TEST_P(Ingest, MovesCallStatusForwardOnly) {
    const auto sid = call_sid(1);
    auto news = ringing();
    news.state = CallState::completed;
    ingest(delivery(sid, news, "1"));
    EXPECT_EQ(host(sid).call_status, "completed");
    ingest(delivery(sid, ringing(), "2"));
    EXPECT_EQ(host(sid).call_status, "completed");
    backend().change_host(sid, [](fakes::HostRow& row) { row.call_status = "busy"; });
    ingest(delivery(sid, {}, "3"));
    EXPECT_EQ(host(sid).call_status, "busy") << "the host's last word on an ended call stays";
}

TEST_P(Ingest, SpellsCallStatusAsTwilioDoes) {
    const auto sid = call_sid(1);
    auto news = ringing();
    news.state = CallState::no_answer;
    ingest(delivery(sid, news));
    EXPECT_EQ(host(sid).call_status, "no-answer");
}

TEST_P(Ingest, TakesOverTheRowThatTheHostHas) {
    const auto sid = call_sid(1);
    auto row = host_row(sid);
    row.statuses = {std::nullopt, std::nullopt, "failed"};
    row.recording_url =
        "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/" + recording_sid(3).str();
    row.from_number = "+15550001";
    row.created_at = store().now() - 2h;
    backend().insert_host(row);
    EXPECT_EQ(ingest(delivery(sid, {})).applied, 1U);
    ASSERT_THAT(backend().host(sid), SizeIs(1)) << "no second row";
    const auto known = call(sid);
    EXPECT_THAT(known.statuses, ElementsAre(Status::completed, Status::pending, Status::failed));
    EXPECT_THAT(host(sid).statuses, ElementsAre("completed", "pending", "failed"));
    EXPECT_EQ(known.stage, Stage::transcript);
    EXPECT_EQ(known.facts.recording.sid, recording_sid(3));
    EXPECT_EQ(known.facts.from, "+15550001");
    EXPECT_EQ(known.created_at, *row.created_at);
}

TEST_P(Ingest, TakesTheLowestIdOfADoubledSid) {
    const auto sid = call_sid(1);
    backend().insert_host(host_row(sid));
    backend().insert_host(host_row(sid));
    ingest(delivery(sid, ringing()));
    const auto rows = backend().host(sid);
    ASSERT_THAT(rows, SizeIs(2));
    EXPECT_EQ(rows[0].from_number, "+972501234567");
    EXPECT_EQ(rows[1].from_number, "");
}

TEST_P(Ingest, LeavesAForeignStatusWordUntilItsStageIsWritten) {
    const auto sid = call_sid(1);
    auto row = host_row(sid);
    row.statuses = {"archived", std::nullopt, "pending"};
    backend().insert_host(row);
    ingest(delivery(sid, ringing(), "1"));
    EXPECT_EQ(call(sid).status(Stage::recording), std::nullopt);
    EXPECT_THAT(host(sid).statuses, ElementsAre("archived", "pending", "pending"));
    call::CallFacts news;
    news.recording = {.sid = recording_sid(1), .state = call::RecordingState::completed};
    ingest(delivery(sid, news, "2"));
    EXPECT_EQ(host(sid).statuses[0], "completed");
}

TEST_P(Ingest, KeepsWhatTheHostsTableRefusesAndAppliesTheRest) {
    backend().refuse("+666");
    auto bad = ringing();
    bad.from = "+666";
    std::vector<call::Delivery> batch;
    for (int i = 1; i <= 9; ++i) {
        batch.push_back(delivery(call_sid(i), i == 4 ? bad : ringing()));
    }
    const auto report = store().ingest(batch, heed);
    EXPECT_EQ(report.applied, 8U);
    EXPECT_EQ(report.kept, 1U);
    EXPECT_FALSE(store().find(call_sid(4)));
    EXPECT_TRUE(store().find(call_sid(3)));
    EXPECT_TRUE(store().find(call_sid(5)));
    EXPECT_EQ(store().overview({}).inbox_unapplied, 1);
    EXPECT_NE(store().overview({}).inbox_error, "");

    const auto again = store().ingest(std::vector{batch[3]}, heed);
    EXPECT_EQ(again.kept, 1U) << "it is tried again, and refused again";
    EXPECT_EQ(store().overview({}).inbox_unapplied, 1);

    backend().refuse("");
    EXPECT_EQ(store().ingest(std::vector{batch[3]}, heed).applied, 1U);
    EXPECT_EQ(store().overview({}).inbox_unapplied, 0);
    EXPECT_EQ(store().overview({}).inbox_error, "");
    EXPECT_THAT(store().story(call_sid(4))->deliveries,
                ElementsAre(AllOf(Field(&port::DeliveryLine::deliveries, 3),
                                  Field(&port::DeliveryLine::detail, ""))));
}

TEST_P(Ingest, SaysWhyADeliveryWasKept) {
    const auto sid = call_sid(1);
    hear_of(sid);
    backend().refuse("+666");
    auto bad = ringing();
    bad.from = "+666";
    const auto before = call(sid).news;
    EXPECT_EQ(ingest(delivery(sid, bad, "2")).kept, 1U);
    const auto story = store().story(sid);
    ASSERT_THAT(story->deliveries, SizeIs(2));
    EXPECT_FALSE(story->deliveries[1].applied);
    EXPECT_NE(story->deliveries[1].detail, "");
    EXPECT_EQ(story->deliveries[1].detail.find("666"), std::string::npos)
        << "a phone number has no place in a message";
    EXPECT_EQ(call(sid).facts.from, "") << "nothing of it was stored half";
    EXPECT_EQ(call(sid).news, before);
}

TEST_P(Ingest, NewsUnderALeaseMakeTheCallDueAgain) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    EXPECT_EQ(ingest(delivery(sid, ringing(), "2")).applied, 1U);
    auto change = unchanged(held.call);
    change.due_at = std::nullopt;
    EXPECT_EQ(store().write(held.lease, change), port::Written::done);
    ASSERT_TRUE(call(sid).due_at) << "the worker had not seen the news";
    EXPECT_LE(*call(sid).due_at, store().now());
    const auto seen = store().reread(held.lease);
    ASSERT_TRUE(seen);
    change = unchanged(*seen);
    change.due_at = std::nullopt;
    EXPECT_EQ(store().write(held.lease, change), port::Written::done);
    EXPECT_FALSE(call(sid).due_at) << "now it had";
}

TEST_P(Ingest, NewsUnderALeaseMoveTheCallOnWhateverTheWorkerThought) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    call::CallFacts news;
    news.recording = {.sid = recording_sid(1), .state = call::RecordingState::completed};
    EXPECT_EQ(ingest(delivery(sid, news, "2")).applied, 1U);
    ASSERT_EQ(call(sid).stage, Stage::transcript);
    auto change = unchanged(held.call);
    change.due_at = store().now() + 1h; // the call is live, it thinks: look again later
    EXPECT_EQ(store().write(held.lease, change), port::Written::done);
    EXPECT_EQ(call(sid).stage, Stage::transcript);
    EXPECT_LE(call(sid).due_at.value(), store().now());
}

TEST_P(Ingest, NewsAndABeginningAttemptExcludeEachOther) {
    const auto sid = call_sid(1);
    hear_of(sid, ringing());
    const auto held = claim(sid);
    call::CallFacts twiml;
    twiml.asked_by_twiml_at = store().now();
    EXPECT_EQ(ingest(delivery(sid, twiml, "2")).applied, 1U);
    EXPECT_EQ(store().begin_attempt(held.lease, Stage::recording, held.call.news),
              port::Written::outdated);
    EXPECT_FALSE(call(sid).facts.asked_by_rest_at) << "nothing was begun";
    EXPECT_THAT(store().story(sid)->attempts, IsEmpty());
    const auto seen = store().reread(held.lease);
    ASSERT_TRUE(seen);
    EXPECT_EQ(store().begin_attempt(held.lease, Stage::recording, seen->news), port::Written::done);
    EXPECT_TRUE(call(sid).facts.asked_by_rest_at) << "what comes now can see it";
    EXPECT_THAT(store().story(sid)->attempts, SizeIs(1));
}

TEST_P(Ingest, NewsThatChangeNoDecisionLeaveTheWorkersAlone) {
    const auto sid = call_sid(1);
    call::CallFacts news;
    news.recording = {.sid = recording_sid(1), .state = call::RecordingState::completed};
    hear_of(sid, news);
    const auto held = claim(sid);
    ASSERT_EQ(held.call.stage, Stage::transcript);
    EXPECT_EQ(ingest(delivery(sid, ringing(), "2")).applied, 1U);
    auto change = unchanged(held.call);
    change.due_at = store().now() + 1h; // a back-off
    EXPECT_EQ(store().write(held.lease, change), port::Written::done);
    EXPECT_GT(call(sid).due_at.value(), store().now());
}

TEST_P(Ingest, DoesNotBringBackARowThatTheHostDeleted) {
    const auto sid = call_sid(1);
    hear_of(sid);
    backend().delete_host(sid);
    EXPECT_EQ(ingest(delivery(sid, ringing(), "2")).applied, 1U);
    EXPECT_THAT(backend().host(sid), IsEmpty());
}

} // namespace
} // namespace callctl::contract
