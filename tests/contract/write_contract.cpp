#include "contract/store_contract.hpp"

namespace callctl::contract {
namespace {

using call::Artefact;
using call::Reason;
using call::Stage;
using call::Status;
using port::Written;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

CALLCTL_CONTRACT(Writes);

Artefact transcript(std::string text) {
    return {.stage = Stage::transcript,
            .text = std::move(text),
            .document = R"({"segments":[{"speaker":"caller","start":0.5}]})",
            .provider_host = "api.openai.com",
            .model = "whisper-1",
            .language = "he",
            .channels = 2,
            .recording = recording_sid(1)};
}

TEST_P(Writes, StoreTheWholeTransition) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    auto change = unchanged(held.call);
    change.stage = Stage::transcript;
    change.statuses[at(Stage::recording)] = Status::completed;
    change.statuses[at(Stage::transcript)] = Status::failed;
    change.reason = Reason::timeout;
    change.detail = "no answer within 60s";
    change.attempts = 3;
    change.crashes = 1;
    change.due_at = store().now() + 5min;
    change.facts = full_facts(store().now());
    ASSERT_EQ(store().write(held.lease, change), Written::done);

    const auto after = call(sid);
    EXPECT_EQ(after.stage, Stage::transcript);
    EXPECT_THAT(after.statuses, ElementsAre(Status::completed, Status::failed, Status::pending));
    EXPECT_EQ(after.reason, Reason::timeout);
    EXPECT_EQ(after.detail, "no answer within 60s");
    EXPECT_EQ(after.attempts, 3);
    EXPECT_EQ(after.crashes, 1);
    EXPECT_EQ(after.due_at, change.due_at);
    EXPECT_EQ(after.facts, call::merged(held.call.facts, change.facts));
    EXPECT_EQ(after.news, held.call.news) << "a worker's writes are no news";

    const auto row = host(sid);
    EXPECT_THAT(row.statuses, ElementsAre("completed", "failed", "pending"));
    EXPECT_EQ(row.last_error, "TIMEOUT: no answer within 60s");
    EXPECT_EQ(row.retry_count, 3);
    EXPECT_EQ(row.from_number, "+972501234567");
    EXPECT_EQ(row.duration, 540);
}

TEST_P(Writes, ClearTheErrorWithTheReason) {
    const auto sid = call_sid(1);
    hear_of(sid);
    settle(sid, [](call::Change& change) {
        change.reason = Reason::auth;
        change.attempts = 2;
    });
    EXPECT_EQ(host(sid).last_error, "AUTH");
    settle(sid, [](call::Change& change) {
        change.reason = std::nullopt;
        change.attempts = 0;
    });
    EXPECT_EQ(host(sid).last_error, "");
    EXPECT_EQ(host(sid).retry_count, 0);
    EXPECT_EQ(call(sid).reason, std::nullopt);
}

TEST_P(Writes, ShowNoErrorWhereNothingWentWrong) {
    const auto sid = call_sid(1);
    hear_of(sid);
    for (const call::ReasonInfo& info : call::all_reasons()) {
        settle(sid, [&info](call::Change& change) {
            change.statuses = {Status::completed, Status::pending, {}};
            change.stage = Stage::transcript;
            change.reason = info.reason;
            change.detail = "why";
        });
        const bool wrong = info.reason_class != call::ReasonClass::wait &&
                           info.reason_class != call::ReasonClass::nothing;
        const std::string error = wrong ? std::string{info.code} + ": why" : "";
        EXPECT_EQ(host(sid).last_error, error) << info.code;
        EXPECT_EQ(call(sid).reason, info.reason);
    }
}

TEST_P(Writes, KeepTheErrorOfAFailedStageThatWaits) {
    const auto sid = call_sid(1);
    hear_of(sid);
    settle(sid, [](call::Change& change) {
        change.statuses = {Status::completed, Status::failed, {}};
        change.stage = Stage::transcript;
        change.reason = Reason::timeout;
        change.detail = "no answer within 60s";
    });
    settle(sid, [](call::Change& change) {
        change.stage = Stage::transcript;
        change.reason = Reason::provider_closed;
        change.detail = "";
    });
    EXPECT_EQ(host(sid).last_error, "TIMEOUT: no answer within 60s");
    settle(sid, [](call::Change& change) {
        change.statuses = {Status::completed, Status::pending, {}};
        change.stage = Stage::transcript;
        change.reason = Reason::rate_limited;
    });
    EXPECT_EQ(host(sid).last_error, "");
}

TEST_P(Writes, TouchUpdatedAt) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto before = host(sid).updated_at.value();
    backend().advance(3s);
    settle(sid, [](call::Change& change) { change.attempts = 1; });
    EXPECT_GE(host(sid).updated_at.value(), before + 3s);
}

TEST_P(Writes, LeaveStatusesThatTheyDoNotName) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    backend().change_host(sid, [](fakes::HostRow& row) {
        row.statuses = {"recording", "reviewed", std::nullopt};
    });
    auto change = unchanged(held.call);
    change.statuses[at(Stage::recording)] = Status::completed;
    ASSERT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_THAT(host(sid).statuses, ElementsAre("completed", "reviewed", std::nullopt));
}

TEST_P(Writes, UnderAnOlderLeaseChangeNothing) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto late = claim(sid, "w1");
    backend().advance(61s);
    const auto current = claim(sid, "w2");
    auto change = unchanged(late.call);
    change.statuses[at(Stage::summary)] = Status::completed;
    change.artefacts = {transcript("the late worker's words")};
    change.facts = full_facts(store().now());
    const auto before = host(sid);
    EXPECT_EQ(store().write(late.lease, change), Written::superseded);
    EXPECT_EQ(store().begin_attempt(late.lease, Stage::transcript, late.call.news),
              Written::superseded);
    EXPECT_FALSE(store().reread(late.lease));
    EXPECT_EQ(host(sid).statuses, before.statuses);
    EXPECT_EQ(host(sid).final_transcript, "");
    EXPECT_EQ(host(sid).updated_at, before.updated_at);
    EXPECT_EQ(call(sid).facts, current.call.facts);
    EXPECT_THAT(store().story(sid)->artefacts, IsEmpty());
    EXPECT_THAT(store().story(sid)->attempts, IsEmpty());
    EXPECT_TRUE(store().reread(current.lease));
}

TEST_P(Writes, AfterReleaseChangeNothing) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    store().release(held.lease);
    auto change = unchanged(held.call);
    change.attempts = 7;
    EXPECT_EQ(store().write(held.lease, change), Written::superseded);
    EXPECT_EQ(store().begin_attempt(held.lease, Stage::summary, held.call.news),
              Written::superseded);
    EXPECT_EQ(call(sid).attempts, 0);
}

TEST_P(Writes, UnderALeaseThatRanOutButThatNobodyTookStillCount) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    backend().advance(61s);
    auto change = unchanged(held.call);
    change.attempts = 7;
    EXPECT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_EQ(call(sid).attempts, 7);
}

TEST_P(Writes, ThatAdvanceShowTheCallAsItIsThen) {
    hear_of(call_sid(1));
    const auto held = claim(call_sid(1));
    EXPECT_EQ(ingest(delivery(call_sid(1), {.parent = call_sid(2)}, "2")).applied, 1U);
    auto change = unchanged(held.call);
    change.statuses[at(Stage::recording)] = Status::completed;
    const auto after = store().advance(held.lease, change, {});
    ASSERT_TRUE(after);
    EXPECT_EQ(after->call.status(Stage::recording), Status::completed);
    EXPECT_EQ(after->call.facts.parent, call_sid(2)) << "news that came meanwhile";
    EXPECT_FALSE(after->begun);
    EXPECT_TRUE(store().reread(held.lease)) << "the lease is kept";
}

/// A change that ends the recording stage.
call::Change recorded(const call::Call& call, base::Time now) {
    auto change = unchanged(call);
    change.statuses[at(Stage::recording)] = Status::completed;
    change.stage = Stage::transcript;
    change.due_at = now;
    change.attempt = call::AttemptEnd{.requests = 1};
    return change;
}

TEST_P(Writes, ThatAdvanceBeginTheNextAttemptWhereItIsWanted) {
    hear_of(call_sid(1));
    const auto held = claim(call_sid(1));
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::recording, held.call.news), Written::done);
    std::optional<call::Call> asked;
    const auto after = store().advance(held.lease, recorded(held.call, store().now()),
                                       [&asked](const call::Call& call) {
                                           asked = call;
                                           return true;
                                       });
    ASSERT_TRUE(after);
    EXPECT_TRUE(after->begun);
    EXPECT_EQ(after->call.stage, Stage::transcript);
    EXPECT_EQ(after->call.status(Stage::transcript), Status::processing);
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->status(Stage::recording), Status::completed) << "as the write leaves it";
    EXPECT_THAT(host(call_sid(1)).statuses, ElementsAre("completed", "processing", "pending"));
    const auto attempts = store().story(call_sid(1))->attempts;
    ASSERT_THAT(attempts, SizeIs(2));
    EXPECT_TRUE(attempts[0].finished_at);
    EXPECT_EQ(attempts[1].stage, Stage::transcript);
    EXPECT_EQ(attempts[1].worker, "w1");
    EXPECT_FALSE(attempts[1].finished_at);
}

TEST_P(Writes, ThatAdvanceBeginNothingThatIsNotWanted) {
    hear_of(call_sid(1));
    const auto held = claim(call_sid(1));
    const auto after = store().advance(held.lease, recorded(held.call, store().now()),
                                       [](const call::Call& /*call*/) { return false; });
    ASSERT_TRUE(after);
    EXPECT_FALSE(after->begun);
    EXPECT_THAT(host(call_sid(1)).statuses, ElementsAre("completed", "pending", "pending"));
    EXPECT_THAT(store().story(call_sid(1))->attempts, SizeIs(1));
}

TEST_P(Writes, ThatAdvanceBeginNothingWhileThereAreNewsToHeed) {
    hear_of(call_sid(1));
    const auto held = claim(call_sid(1));
    EXPECT_EQ(ingest(delivery(call_sid(1), {.parent = call_sid(2)}, "2")).applied, 1U);
    const auto after = store().advance(held.lease, recorded(held.call, store().now()),
                                       [](const call::Call& /*call*/) { return true; });
    ASSERT_TRUE(after);
    EXPECT_FALSE(after->begun);
    EXPECT_THAT(store().story(call_sid(1))->attempts, SizeIs(1));
}

TEST_P(Writes, OfACallWhoseRowTheHostDeletedSetItToRest) {
    hear_of(call_sid(1));
    const auto held = claim(call_sid(1));
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::transcript, held.call.news), Written::done);
    backend().delete_host(call_sid(1));
    auto change = unchanged(held.call);
    change.statuses[at(Stage::transcript)] = Status::completed;
    change.stage = Stage::summary;
    change.due_at = store().now();
    change.artefacts = {transcript("words that were paid for")};
    change.attempt = call::AttemptEnd{.requests = 1};
    const auto after = store().advance(
        held.lease, change, [](const call::Call& call) { return call.due_at.has_value(); });
    ASSERT_TRUE(after);
    EXPECT_FALSE(after->begun);
    EXPECT_FALSE(after->call.due_at) << "or it would be transcribed again, and paid for";
    EXPECT_EQ(after->call.reason, Reason::not_eligible);
    const auto story = store().story(call_sid(1)).value();
    EXPECT_THAT(story.artefacts, SizeIs(1));
    ASSERT_THAT(story.attempts, SizeIs(1));
    EXPECT_TRUE(story.attempts[0].finished_at);
}

TEST_P(Writes, ThatAdvanceUnderAnOlderLeaseBeginNothing) {
    hear_of(call_sid(1));
    const auto late = claim(call_sid(1));
    backend().advance(61s);
    ASSERT_TRUE(store().claim_call(call_sid(1), request(1, "another")));
    EXPECT_FALSE(store().advance(late.lease, recorded(late.call, store().now()),
                                 [](const call::Call& /*call*/) { return true; }));
    EXPECT_THAT(store().story(call_sid(1))->attempts, IsEmpty());
    EXPECT_EQ(host(call_sid(1)).statuses[at(Stage::transcript)], "pending");
}

TEST_P(Writes, ThatAdvanceUnderAnOlderLeaseShowNothing) {
    hear_of(call_sid(1));
    const auto late = claim(call_sid(1));
    backend().advance(61s);
    ASSERT_TRUE(store().claim_call(call_sid(1), request(1, "another")));
    EXPECT_FALSE(store().advance(late.lease, unchanged(late.call), {}));
}

TEST_P(Writes, ThatFinishGiveTheCallBack) {
    hear_of(call_sid(1));
    const auto held = claim(call_sid(1));
    auto change = unchanged(held.call);
    change.detail = "waits for its time";
    change.due_at = store().now() + 5min;
    ASSERT_EQ(store().finish(held.lease, change).written, Written::done);
    EXPECT_EQ(call(call_sid(1)).due_at, change.due_at);
    EXPECT_EQ(call(call_sid(1)).detail, "waits for its time");
    EXPECT_FALSE(store().reread(held.lease));
    EXPECT_TRUE(store().claim_call(call_sid(1), request(1, "another")));
}

TEST_P(Writes, ThatFinishUnderAnOlderLeaseLeaveTheCallWithItsHolder) {
    hear_of(call_sid(1));
    const auto late = claim(call_sid(1));
    backend().advance(61s);
    const auto current = store().claim_call(call_sid(1), request(1, "another")).value();
    EXPECT_EQ(store().finish(late.lease, unchanged(late.call)).written, Written::superseded);
    EXPECT_TRUE(store().reread(current.lease));
}

TEST_P(Writes, NameTheRecordingThatTookThePlaceOfAnother) {
    const auto sid = call_sid(1);
    call::CallFacts facts;
    facts.recording = {.sid = recording_sid(1),
                       .state = call::RecordingState::processing,
                       .source = "StartCallRecordingAPI"};
    ingest(delivery(sid, facts));
    const auto held = claim(sid);
    ASSERT_EQ(host(sid).recording_sid, recording_sid(1).str());
    call::Change change = unchanged(held.call);
    change.facts.recording = {
        .sid = recording_sid(2), .state = call::RecordingState::completed, .replaces_known = true};
    ASSERT_EQ(store().write(held.lease, change), port::Written::done);
    EXPECT_EQ(host(sid).recording_sid, recording_sid(2).str());
    EXPECT_TRUE(host(sid).recording_url.ends_with("/Recordings/" + recording_sid(2).str()));
}

TEST_P(Writes, KeepTheLease) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    ASSERT_EQ(store().write(held.lease, unchanged(held.call)), Written::done);
    EXPECT_EQ(store().write(held.lease, unchanged(held.call)), Written::done);
    EXPECT_FALSE(store().claim_call(sid, request(1, "w2")));
}

TEST_P(Writes, JoinFactsToWhatCameMeanwhile) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    auto news = ringing();
    news.state = call::CallState::completed;
    ingest(delivery(sid, news, "2"));
    auto change = unchanged(held.call);
    change.facts.state = call::CallState::in_progress;
    change.facts.recording.sid = recording_sid(1);
    ASSERT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_EQ(call(sid).facts.state, call::CallState::completed);
    EXPECT_EQ(call(sid).facts.recording.sid, recording_sid(1));
}

// A webhook tells of the recording while a worker writes that nobody answered.
TEST_P(Writes, LeaveNothingSkippedForWantOfARecordingThatCameMeanwhile) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    auto news = ringing();
    news.recording = {.sid = recording_sid(1), .state = call::RecordingState::processing};
    ingest(delivery(sid, news, "2"));
    auto change = unchanged(held.call);
    change.statuses.fill(Status::skipped);
    change.reason = Reason::no_answer;
    change.due_at = std::nullopt;
    ASSERT_EQ(store().finish(held.lease, change).written, Written::done);
    EXPECT_THAT(host(sid).statuses, ElementsAre("skipped", "pending", "pending"));
    EXPECT_EQ(call(sid).stage, Stage::recording);
    EXPECT_TRUE(call(sid).due_at);
}

// A webhook may end a call while a worker asks Twilio about it.
TEST_P(Writes, KeepTheReasonOfAnEndThatCameMeanwhile) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    const auto end = [](const call::Call& call, const call::CallFacts& news, base::Time) {
        call::Change change = unchanged(call);
        change.facts = news;
        change.statuses.fill(Status::skipped);
        change.reason = Reason::no_answer;
        change.due_at = std::nullopt;
        return change;
    };
    auto news = ringing();
    news.state = call::CallState::no_answer;
    store().ingest(std::vector{delivery(sid, news, "2")}, end);
    auto change = unchanged(held.call);
    change.reason = std::nullopt;
    ASSERT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_EQ(call(sid).reason, Reason::no_answer);
    EXPECT_TRUE(call(sid).due_at) << "to be looked at";
}

TEST_P(Writes, StoreArtefactsInVersionsAndShowTheNewest) {
    const auto sid = call_sid(1);
    hear_of(sid);
    settle(sid, [](call::Change& change) { change.artefacts = {transcript("שלום")}; });
    EXPECT_EQ(host(sid).final_transcript, "שלום");
    EXPECT_EQ(call(sid).transcript, "שלום");
    settle(sid, [](call::Change& change) {
        change.artefacts = {transcript("שלום וברכה"),
                            {.stage = Stage::summary, .text = "A greeting"}};
    });
    EXPECT_EQ(host(sid).final_transcript, "שלום וברכה");
    EXPECT_EQ(host(sid).summary, "A greeting");
    EXPECT_EQ(call(sid).summary, "A greeting");
    const auto artefacts = store().story(sid)->artefacts;
    ASSERT_THAT(artefacts, SizeIs(3));
    EXPECT_EQ(artefacts[0].version, 1);
    EXPECT_EQ(artefacts[0].characters, 4U);
    EXPECT_EQ(artefacts[0].model, "whisper-1");
    EXPECT_EQ(artefacts[0].language, "he");
    EXPECT_EQ(artefacts[1].version, 2);
    EXPECT_EQ(artefacts[2].stage, Stage::summary);
    EXPECT_EQ(artefacts[2].version, 1);
}

TEST_P(Writes, WithoutAnArtefactLeaveTheTexts) {
    const auto sid = call_sid(1);
    auto row = host_row(sid);
    row.final_transcript = "good words";
    row.transcription = "live words";
    row.summary = "a good summary";
    backend().insert_host(row);
    hear_of(sid);
    settle(sid, [](call::Change& change) {
        change.statuses[at(Stage::transcript)] = Status::failed;
        change.artefacts = {{.stage = Stage::summary, .text = ""}};
    });
    EXPECT_EQ(call(sid).transcript, "good words");
    EXPECT_EQ(call(sid).live_transcript, "live words");
    EXPECT_EQ(host(sid).final_transcript, "good words");
    EXPECT_EQ(host(sid).transcription, "live words");
    EXPECT_EQ(host(sid).summary, "a good summary") << "an empty text replaces nothing";
}

TEST_P(Writes, CloseTheAttemptThatWasBegun) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid, "w7");
    const auto began = store().now();
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::transcript, held.call.news), Written::done);
    auto open = store().story(sid)->attempts;
    ASSERT_THAT(open, SizeIs(1));
    EXPECT_FALSE(open[0].finished_at);
    backend().advance(5s);
    auto change = unchanged(held.call);
    change.attempt = call::AttemptEnd{.reason = Reason::bad_reply,
                                      .detail = "no JSON",
                                      .request_id = "req_1",
                                      .http_status = 200,
                                      .requests = 2,
                                      .audio_ms = 61'000,
                                      .cost_micros = 12'345,
                                      .burnt = true};
    ASSERT_EQ(store().write(held.lease, change), Written::done);
    const auto attempts = store().story(sid)->attempts;
    ASSERT_THAT(attempts, SizeIs(1));
    EXPECT_EQ(attempts[0].number, 1);
    EXPECT_EQ(attempts[0].stage, Stage::transcript);
    EXPECT_EQ(attempts[0].worker, "w7");
    EXPECT_GE(attempts[0].started_at, began);
    EXPECT_GE(attempts[0].finished_at.value(), attempts[0].started_at + 5s);
    EXPECT_EQ(attempts[0].end.reason, Reason::bad_reply);
    EXPECT_EQ(attempts[0].end.detail, "no JSON");
    EXPECT_EQ(attempts[0].end.request_id, "req_1");
    EXPECT_EQ(attempts[0].end.http_status, 200);
    EXPECT_EQ(attempts[0].end.requests, 2);
    EXPECT_EQ(attempts[0].end.audio_ms, 61'000);
    EXPECT_EQ(attempts[0].end.cost_micros, 12'345);
    EXPECT_TRUE(attempts[0].end.burnt);
}

TEST_P(Writes, RecordTheCostOfAnAttemptThatNobodyBegan) {
    const auto sid = call_sid(1);
    hear_of(sid);
    settle(sid, [](call::Change& change) {
        change.attempt = call::AttemptEnd{.requests = 1, .cost_micros = 99};
    });
    const auto attempts = store().story(sid)->attempts;
    ASSERT_THAT(attempts, SizeIs(1));
    EXPECT_TRUE(attempts[0].finished_at);
    EXPECT_EQ(attempts[0].end.cost_micros, 99);
    EXPECT_EQ(attempts[0].end.reason, std::nullopt);
}

TEST_P(Writes, WithoutAnEndLeaveTheAttemptOpen) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::recording, held.call.news), Written::done);
    ASSERT_EQ(store().write(held.lease, unchanged(held.call)), Written::done);
    EXPECT_FALSE(store().story(sid)->attempts.at(0).finished_at);
}

TEST_P(Writes, NumberTheAttemptsOfACall) {
    const auto sid = call_sid(1);
    hear_of(call_sid(2));
    settle(call_sid(2), [](call::Change& change) { change.attempt = call::AttemptEnd{}; });
    hear_of(sid);
    const auto held = claim(sid);
    for (const auto stage : {Stage::transcript, Stage::summary}) {
        ASSERT_EQ(store().begin_attempt(held.lease, stage, held.call.news), Written::done);
        auto change = unchanged(held.call);
        change.attempt = call::AttemptEnd{};
        ASSERT_EQ(store().write(held.lease, change), Written::done);
    }
    const auto attempts = store().story(sid)->attempts;
    ASSERT_THAT(attempts, SizeIs(2));
    EXPECT_EQ(attempts[0].number, 1);
    EXPECT_EQ(attempts[1].number, 2);
    EXPECT_EQ(attempts[1].stage, Stage::summary);
}

TEST_P(Writes, BeginningShowsTheStageAsWorkedOn) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::recording, held.call.news), Written::done);
    EXPECT_EQ(host(sid).statuses[0], "pending") << "asking Twilio is not recording";
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::transcript, held.call.news), Written::done);
    EXPECT_EQ(host(sid).statuses[1], "processing");
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::summary, held.call.news), Written::done);
    EXPECT_EQ(host(sid).statuses[2], "processing");
    EXPECT_EQ(store().reread(held.lease)->status(Stage::summary), Status::processing);
}

TEST_P(Writes, BeginningEndsAnAttemptThatWasLeftOpen) {
    const auto sid = call_sid(1);
    hear_of(sid);
    const auto held = claim(sid);
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::transcript, held.call.news), Written::done);
    ASSERT_EQ(store().begin_attempt(held.lease, Stage::transcript, held.call.news), Written::done);
    const auto attempts = store().story(sid)->attempts;
    ASSERT_THAT(attempts, SizeIs(2));
    EXPECT_TRUE(attempts[0].finished_at);
    EXPECT_FALSE(attempts[0].end.burnt);
    EXPECT_FALSE(attempts[1].finished_at);
}

/// The end of a call whose text the host's table does not take.
call::Change forbidden_summary(const call::Call& call) {
    auto change = unchanged(call);
    change.stage = Stage::summary;
    change.statuses[at(Stage::summary)] = Status::completed;
    change.due_at = std::nullopt;
    change.artefacts = {{.stage = Stage::summary, .text = "forbidden"}};
    return change;
}

TEST_P(Writes, ThatTheHostsTableRefusesAreParkedWithWhatWasPaidFor) {
    const auto sid = call_sid(1);
    hear_of(sid);
    backend().refuse("forbidden");
    const auto held = claim(sid);
    auto change = forbidden_summary(held.call);
    change.attempt = call::AttemptEnd{.cost_micros = 5};
    EXPECT_EQ(store().write(held.lease, change), Written::done);
    const auto after = call(sid);
    EXPECT_EQ(after.stage, Stage::summary);
    EXPECT_EQ(after.status(Stage::summary), Status::failed);
    EXPECT_EQ(after.reason, Reason::rejected);
    EXPECT_FALSE(after.due_at) << "the same write would be refused again";
    EXPECT_EQ(host(sid).summary, "");
    EXPECT_THAT(host(sid).last_error, testing::StartsWith("REJECTED: "));
    EXPECT_THAT(store().story(sid)->artefacts, SizeIs(1));
    EXPECT_EQ(store().story(sid)->attempts.at(0).end.cost_micros, 5);
    EXPECT_TRUE(store().reread(held.lease)) << "the lease stays ours";
}

TEST_P(Writes, ThatEndTheLeaseSayHowTheCallWasLeft) {
    const auto sid = call_sid(1);
    hear_of(sid);
    backend().refuse("forbidden");
    const auto held = claim(sid);
    const auto finished = store().finish(held.lease, forbidden_summary(held.call));
    ASSERT_EQ(finished.written, Written::done);
    ASSERT_TRUE(finished.call);
    EXPECT_EQ(finished.call->reason, Reason::rejected);
    EXPECT_EQ(finished.call->status(Stage::summary), Status::failed);
    EXPECT_FALSE(finished.call->due_at);
}

TEST_P(Writes, ThatTheHostsTableRefusesKeepThePiecesOfTheStage) {
    const auto sid = call_sid(1);
    hear_of(sid);
    backend().refuse("forbidden");
    const auto held = claim(sid);
    const std::string key(64, 'a');
    ASSERT_EQ(
        store().keep_piece(held.lease, {.stage = Stage::summary, .key = key, .document = "{}"}),
        Written::done);
    auto change = unchanged(held.call);
    change.stage = Stage::summary;
    change.statuses[at(Stage::summary)] = Status::completed;
    change.artefacts = {{.stage = Stage::summary, .text = "forbidden"}};
    ASSERT_EQ(store().write(held.lease, change), Written::done);
    ASSERT_EQ(call(sid).reason, Reason::rejected);
    EXPECT_TRUE(store().find_piece(held.lease.call, Stage::summary, key))
        << "or it is paid for again";
    change.artefacts = {{.stage = Stage::summary, .text = "allowed"}};
    ASSERT_EQ(store().write(held.lease, change), Written::done);
    EXPECT_FALSE(store().find_piece(held.lease.call, Stage::summary, key));
}

TEST_P(Writes, LeaveAStageThatTheHostHasEndedMeanwhile) {
    int number = 0;
    for (const char* const word : {"skipped", "completed"}) {
        const auto sid = call_sid(++number);
        hear_of(sid);
        const auto held = claim(sid);
        ASSERT_EQ(store().begin_attempt(held.lease, Stage::transcript, held.call.news),
                  Written::done);
        backend().change_host(sid, [word](fakes::HostRow& row) {
            row.statuses[at(Stage::transcript)] = word;
            row.final_transcript = "theirs";
        });
        auto change = unchanged(held.call);
        change.stage = Stage::summary;
        change.statuses[at(Stage::recording)] = Status::completed;
        change.statuses[at(Stage::transcript)] = Status::completed;
        change.due_at = store().now();
        change.artefacts = {transcript("words that nobody wants")};
        change.attempt = call::AttemptEnd{.cost_micros = 5};
        const auto after = store().advance(held.lease, change, {});
        ASSERT_TRUE(after);
        EXPECT_EQ(call::to_string(after->call.status(Stage::transcript).value()), word);
        EXPECT_EQ(after->call.transcript, "theirs");
        EXPECT_EQ(host(sid).statuses[at(Stage::transcript)], word);
        EXPECT_EQ(host(sid).final_transcript, "theirs");
        EXPECT_THAT(store().story(sid)->artefacts, SizeIs(1)) << "it was paid for";
        EXPECT_EQ(store().story(sid)->attempts.at(0).end.cost_micros, 5);
        store().release(held.lease);
    }
}

TEST_P(Writes, BeginNoStageThatTheHostHasEndedSinceTheClaim) {
    int number = 0;
    for (const char* const word : {"skipped", "completed"}) {
        const auto sid = call_sid(++number);
        hear_of(sid);
        const auto held = claim(sid);
        for (const Stage stage : {Stage::transcript, Stage::summary}) {
            backend().change_host(sid,
                                  [&](fakes::HostRow& row) { row.statuses[at(stage)] = word; });
            EXPECT_EQ(store().begin_attempt(held.lease, stage, held.call.news), Written::outdated);
            EXPECT_EQ(host(sid).statuses[at(stage)], word);
        }
        EXPECT_THAT(store().story(sid)->attempts, SizeIs(0));
    }
}

TEST_P(Writes, OfARowThatTakesNothingSetTheCallToRestInTheScheduleAlone) {
    const auto sid = call_sid(1);
    hear_of(sid, {.from = "forbidden"});
    backend().refuse("forbidden");
    const auto held = claim(sid);
    auto change = unchanged(held.call);
    change.stage = Stage::transcript;
    change.statuses[at(Stage::recording)] = Status::completed;
    change.statuses[at(Stage::transcript)] = Status::completed;
    change.artefacts = {transcript("words that were paid for")};
    EXPECT_EQ(store().write(held.lease, change), Written::done);
    const auto after = call(sid);
    EXPECT_EQ(after.reason, Reason::rejected);
    EXPECT_FALSE(after.due_at) << "it would be the first to be taken, for ever";
    EXPECT_EQ(host(sid).statuses[0], "pending");
    EXPECT_THAT(store().story(sid)->artefacts, SizeIs(1));
    EXPECT_TRUE(store().reread(held.lease)) << "the lease stays ours";
}

TEST_P(Writes, BeginningOnARowThatTakesNothingSpendsNothing) {
    const auto sid = call_sid(1);
    hear_of(sid, {.from = "forbidden"});
    backend().refuse("forbidden");
    const auto held = claim(sid);
    EXPECT_EQ(store().begin_attempt(held.lease, Stage::transcript, held.call.news),
              Written::refused);
    const auto after = call(sid);
    EXPECT_EQ(after.stage, Stage::transcript);
    EXPECT_EQ(after.reason, Reason::rejected);
    EXPECT_FALSE(after.due_at);
    const auto attempts = store().story(sid)->attempts;
    ASSERT_THAT(attempts, SizeIs(1));
    EXPECT_EQ(attempts[0].end.reason, Reason::rejected);
    EXPECT_FALSE(attempts[0].end.burnt);
    EXPECT_TRUE(store().reread(held.lease));
}

} // namespace
} // namespace callctl::contract
