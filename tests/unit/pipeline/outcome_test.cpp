#include "unit/pipeline/calls.hpp"

#include "pipeline/decide.hpp"
#include "pipeline/news.hpp"
#include "pipeline/outcome.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace callctl::pipeline {
namespace {

using call::Call;
using call::CallFacts;
using call::CallState;
using call::Change;
using call::Failure;
using call::Reason;
using call::ReasonClass;
using call::RecordingState;
using call::Stage;
using call::Status;
using namespace std::chrono_literals;

constexpr Chance k_half = 0.5;

std::optional<Status> changed(const Change& change, Stage stage) {
    return change.statuses[static_cast<std::size_t>(stage)];
}

Change fail(const Call& call, const Step& step, Failure failure) {
    return after(call, step, base::fail(std::move(failure)), {}, {k_now, k_policy, k_half});
}

// --- Every reason at every stage ---

class EveryReason : public testing::TestWithParam<Reason> {};

std::array<std::pair<Call, Step>, 3> asked() {
    return {std::pair<Call, Step>{with_state(CallState::in_progress), StartRecording{}},
            std::pair<Call, Step>{recorded_call(), Transcribe{k_recording}},
            std::pair<Call, Step>{transcribed_call(), Summarise{}}};
}

TEST_P(EveryReason, MeansWhatItsClassSays) {
    const Reason reason = GetParam();
    for (const auto& [call, step] : asked()) {
        const Stage stage = call.stage;
        const Change change = fail(call, step, {.reason = reason, .detail = "words"});
        EXPECT_EQ(change.reason, reason);
        EXPECT_EQ(change.stage, stage);
        EXPECT_EQ(change.seen_news, call.news);
        ASSERT_TRUE(change.attempt);
        EXPECT_EQ(change.attempt->reason, reason);
        switch (call::class_of(reason)) {
        case ReasonClass::wait:
        case ReasonClass::account:
            EXPECT_EQ(change.attempts, call.attempts) << "nothing is burnt";
            EXPECT_FALSE(change.attempt->burnt);
            ASSERT_TRUE(change.due_at);
            EXPECT_EQ(*change.due_at > k_now, reason != Reason::interrupted);
            EXPECT_NE(changed(change, stage), Status::failed);
            break;
        case ReasonClass::transient:
            EXPECT_EQ(change.attempts, call.attempts + 1);
            EXPECT_TRUE(change.attempt->burnt);
            ASSERT_TRUE(change.due_at);
            EXPECT_GT(*change.due_at, k_now);
            break;
        case ReasonClass::permanent:
            EXPECT_FALSE(change.due_at);
            EXPECT_EQ(changed(change, stage), Status::failed);
            break;
        case ReasonClass::nothing:
            EXPECT_FALSE(change.due_at);
            for (const Stage later : call::k_stages) {
                if (later >= stage) {
                    EXPECT_EQ(changed(change, later), Status::skipped);
                }
            }
            break;
        }
    }
}

std::vector<Reason> reasons() {
    std::vector<Reason> all;
    for (const call::ReasonInfo& info : call::all_reasons()) {
        all.push_back(info.reason);
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(Outcome, EveryReason, testing::ValuesIn(reasons()),
                         [](const auto& row) { return std::string{to_string(row.param)}; });

// --- Failures ---

TEST(Failure, OfOurOwnStopIsDueAtOnceAndBurnsNothing) {
    const Change change =
        fail(recorded_call(), Transcribe{k_recording}, {.reason = Reason::interrupted});
    EXPECT_EQ(change.due_at, k_now);
    EXPECT_EQ(change.attempts, 0);
    EXPECT_FALSE(change.attempt->burnt);
}

TEST(Failure, OfThisHostWaitsAndBurnsNothing) {
    const Change change =
        fail(recorded_call(), Transcribe{k_recording}, {.reason = Reason::local_fault});
    EXPECT_GT(change.due_at, k_now);
    EXPECT_EQ(change.attempts, 0);
    EXPECT_FALSE(change.attempt->burnt);
}

TEST(Failure, ShowsFailedWhileATranscriptWaitsForItsNextTry) {
    const Change change =
        fail(recorded_call(), Transcribe{k_recording}, {.reason = Reason::provider_error});
    EXPECT_EQ(changed(change, Stage::transcript), Status::failed);
    EXPECT_EQ(*change.due_at, k_now + 10s) << "half of the first ceiling";
}

TEST(Failure, LeavesTheRecordingsStatusAloneWhenTwilioCannotBeAsked) {
    Call call = with_state(CallState::in_progress);
    set_status(call, Stage::recording, Status::recording);
    const Change change = fail(call, Observe{}, {.reason = Reason::provider_error});
    EXPECT_EQ(changed(change, Stage::recording), std::nullopt);
    EXPECT_EQ(change.attempts, 1);
}

TEST(Failure, GivesUpAtTheMaximumOfAttempts) {
    Call call = recorded_call();
    call.attempts = k_policy.attempts_of(Stage::transcript) - 1;
    const Change change = fail(call, Transcribe{k_recording}, {.reason = Reason::timeout});
    EXPECT_EQ(change.due_at, std::nullopt);
    EXPECT_EQ(changed(change, Stage::transcript), Status::failed);
    EXPECT_EQ(change.reason, Reason::timeout);
}

TEST(Failure, NeverComesBackBeforeTheProviderAllows) {
    const Change change = fail(recorded_call(), Transcribe{k_recording},
                               {.reason = Reason::provider_error, .retry_after = 10min});
    EXPECT_EQ(*change.due_at, k_now + 10min + 30s);
}

TEST(Failure, AsksForMediaQuicklyThenRarelyThenNoMore) {
    Call call = recorded_call();
    const auto due = [&call](std::chrono::seconds since_end) {
        call.facts.ended_at = k_now - since_end;
        return fail(call, Transcribe{k_recording}, {.reason = Reason::not_ready});
    };
    EXPECT_EQ(*due(2s).due_at, k_now + 1s);
    EXPECT_EQ(*due(40s).due_at, k_now + 10s);
    EXPECT_EQ(*due(23h).due_at, k_now + 10min);
    EXPECT_EQ(due(23h).attempts, 0);
    const Change late = due(25h);
    EXPECT_EQ(late.attempts, 1) << "one 404 on an old recording is no proof";
    EXPECT_TRUE(late.attempt->burnt);
    EXPECT_EQ(late.reason, Reason::not_ready);
    call.attempts = k_policy.attempts_of(Stage::transcript) - 1;
    const Change last = due(25h);
    EXPECT_EQ(last.due_at, std::nullopt);
    EXPECT_EQ(last.reason, Reason::not_found);
    EXPECT_EQ(changed(last, Stage::transcript), Status::failed);
}

TEST(Failure, AsksForMediaNotBeforeTwilioAllows) {
    Call call = recorded_call();
    call.facts.ended_at = k_now - 2s;
    EXPECT_EQ(
        *fail(call, Transcribe{k_recording}, {.reason = Reason::not_ready, .retry_after = 30s})
             .due_at,
        k_now + 30s);
}

TEST(Failure, OfThisHostIsTriedAgainMoreRarelyTheLongerItLasts) {
    Call call = recorded_call();
    const auto pause_since = [&call](std::chrono::minutes ended) {
        call.facts.ended_at = k_now - ended;
        const auto change = fail(call, Transcribe{k_recording}, {.reason = Reason::local_fault});
        EXPECT_EQ(change.attempts, 0);
        return *change.due_at - k_now;
    };
    EXPECT_LE(pause_since(0min), 20s);
    EXPECT_GE(pause_since(20min), 5min);
    EXPECT_LE(pause_since(24h), 11min);
}

TEST(Failure, OfAProviderThatIsClosedIsNobodysAttemptAndLooksAgainWhenItIsOpen) {
    const auto change = fail(recorded_call(), Transcribe{k_recording},
                             {.reason = Reason::provider_closed, .retry_after = 40min});
    EXPECT_EQ(change.attempts, 0);
    EXPECT_GE(*change.due_at, k_now + 40min);
    EXPECT_LE(*change.due_at, k_now + 44min);
}

TEST(Failure, OfAProviderThatIsOutIsNobodysAttempt) {
    Call call = recorded_call();
    const auto failed = [&call](Reason reason, int before) {
        return after(call, Transcribe{k_recording}, base::fail(Failure{.reason = reason}), {},
                     {k_now, k_policy, k_half, before});
    };
    for (const Reason reason : {Reason::provider_error, Reason::timeout}) {
        EXPECT_EQ(failed(reason, 1).attempts, 1) << "the second in a row is not an outage yet";
        const Change third = failed(reason, 2);
        EXPECT_EQ(third.attempts, 0);
        EXPECT_FALSE(third.attempt->burnt);
        EXPECT_EQ(third.reason, reason);
        EXPECT_EQ(changed(third, Stage::transcript), Status::failed);
        EXPECT_GE(*third.due_at, k_now + 10s) << "not before the provider is asked again";
    }
    EXPECT_EQ(failed(Reason::bad_reply, 9).attempts, 1) << "that may be this call's own trouble";
    call.facts.ended_at = k_now - 7h;
    EXPECT_EQ(failed(Reason::provider_error, 9).attempts, 1) << "no call waits for ever";
}

TEST(Failure, JudgesTheAgeOfMediaByWhatIsKnown) {
    Call call = recorded_call();
    call.facts.ended_at = std::nullopt;
    EXPECT_EQ(*fail(call, Transcribe{k_recording}, {.reason = Reason::not_ready}).due_at,
              k_now + 15s)
        << "a quarter of the minute since it was heard of";
    call.facts.heard_at = std::nullopt;
    call.created_at = k_now - 2min;
    EXPECT_EQ(*fail(call, Transcribe{k_recording}, {.reason = Reason::not_ready}).due_at,
              k_now + 30s);
}

TEST(Failure, KeepsTheProvidersWordsInTheHistory) {
    const Change change =
        after(recorded_call(), Transcribe{k_recording},
              base::fail(Failure{.reason = Reason::timeout,
                                 .detail = "HTTP 504",
                                 .http_status = 504,
                                 .request_id = "req_2"}),
              {.request_id = "req_1", .requests = 2, .audio_ms = 3'000, .cost_micros = 7},
              {k_now, k_policy, k_half});
    ASSERT_TRUE(change.attempt);
    EXPECT_EQ(change.attempt->request_id, "req_2");
    EXPECT_EQ(change.attempt->http_status, 504);
    EXPECT_EQ(change.attempt->requests, 2);
    EXPECT_EQ(change.attempt->audio_ms, 3'000);
    EXPECT_EQ(change.attempt->cost_micros, 7);
    EXPECT_EQ(change.detail, "HTTP 504");
}

// TwiML of ours that is asked for next may then record the call.
// Which of them is deleted is chance.
TEST(Failure, OfOneOfSeveralRecordingsIsNotTheLastWord) {
    Call call = recorded_call();
    const call::Outcome<Learnt> gone =
        base::fail(call::Failure{.reason = Reason::deleted, .detail = "not at Twilio any more"});
    const Step step = Transcribe{k_recording};
    EXPECT_EQ(after(call, step, gone, {}, {k_now, k_policy}).due_at, std::nullopt);

    call.facts.recording_count = 2;
    const auto learn = [&](const Step& asked, const call::Outcome<Learnt>& outcome) {
        call = call::applied(call, after(call, asked, outcome, {}, {k_now, k_policy}));
    };
    learn(step, gone);
    EXPECT_EQ(call.due_at, k_now);
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
    const Call asked = call;
    Learnt told{
        .facts = {.recording = {.sid = k_other_recording, .state = RecordingState::completed},
                  .observed_at = k_now}};
    learn(Observe{}, told);
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Transcribe{k_other_recording}});

    learn(Transcribe{k_other_recording}, gone);
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}});
    told.facts.recording = {};
    learn(Observe{}, told);
    EXPECT_EQ(next_step(call, k_now, k_policy),
              (Step{Settle{Stage::transcript, Status::failed, Reason::deleted}}));

    call = asked;
    learn(Observe{}, base::fail(call::Failure{.reason = Reason::unreachable}));
    call.due_at = k_now;
    EXPECT_EQ(next_step(call, k_now, k_policy), Step{Observe{}}) << "it was not answered";
}

TEST(Failure, OfAStartThatStartedNothingIsARefusal) {
    const auto refused_at = [](int http_status, int requests) {
        return after(recorded_call(), StartRecording{},
                     base::fail(
                         Failure{.reason = Reason::provider_error, .http_status = http_status}),
                     {.requests = requests}, {.now = k_now, .policy = k_policy})
            .facts.start_refused_at;
    };
    EXPECT_EQ(refused_at(0, 0), k_now) << "nothing was sent";
    for (const int refused : {400, 401, 403, 429}) {
        EXPECT_EQ(refused_at(refused, 2), k_now);
    }
    for (const int unknown : {0, 408, 500, 504}) {
        EXPECT_EQ(refused_at(unknown, 2), std::nullopt);
    }
    const auto closed = after(recorded_call(), StartRecording{},
                              base::fail(Failure{.reason = Reason::provider_closed}),
                              {.requests = 1}, {.now = k_now, .policy = k_policy});
    EXPECT_EQ(closed.facts.start_refused_at, k_now) << "it was closed before the start was sent";
}

// --- Successes ---

TEST(Success, MovesFromTheTranscriptToTheSummary) {
    Call call = recorded_call();
    call.attempts = 3;
    call.crashes = 1;
    const Change change =
        after(call, Transcribe{k_recording}, Learnt{.artefacts = {call::Artefact{.text = "words"}}},
              {.request_id = "req_1", .requests = 2}, {k_now, k_policy, k_half});
    EXPECT_EQ(changed(change, Stage::transcript), Status::completed);
    EXPECT_EQ(change.stage, Stage::summary);
    EXPECT_EQ(change.due_at, k_now);
    EXPECT_EQ(change.attempts, 0);
    EXPECT_EQ(change.crashes, 0);
    EXPECT_EQ(change.artefacts.size(), 1U);
    ASSERT_TRUE(change.attempt);
    EXPECT_EQ(change.attempt->reason, std::nullopt);
    EXPECT_EQ(change.attempt->request_id, "req_1");
}

TEST(Success, EndsWithTheSummary) {
    const Change change =
        after(transcribed_call(), Summarise{}, Learnt{}, {}, {k_now, k_policy, k_half});
    EXPECT_EQ(changed(change, Stage::summary), Status::completed);
    EXPECT_EQ(change.stage, Stage::summary);
    EXPECT_EQ(change.due_at, std::nullopt);
}

TEST(Success, ThatFindsTheRecordingFinishedEndsItsStageAtOnce) {
    Call call = blank_call();
    call::CallFacts found{.observed_at = k_now};
    found.recording = {.sid = k_recording, .state = call::RecordingState::completed};
    const Change change =
        after(call, Observe{}, Learnt{.facts = found}, {}, {.now = k_now, .policy = k_policy});
    EXPECT_EQ(change.statuses[0], Status::completed);
    EXPECT_EQ(change.stage, Stage::transcript);
    EXPECT_EQ(change.due_at, k_now);
    call = call::applied(std::move(call), change);
    EXPECT_EQ(call.facts.recording.sid, k_recording);
    EXPECT_TRUE(std::holds_alternative<Transcribe>(next_step(call, k_now, k_policy)));
}

TEST(Success, OfAQuestionLeavesTheMeaningToTheNextDecision) {
    Call call = with_state(CallState::in_progress);
    call.attempts = 2;
    call.crashes = 2;
    call.reason = Reason::timeout;
    const Change change = after(call, Observe{}, Learnt{.facts = {.observed_at = k_now}}, {},
                                {k_now, k_policy, k_half});
    EXPECT_EQ(change.due_at, k_now);
    EXPECT_EQ(change.attempts, 0);
    EXPECT_EQ(change.crashes, 0);
    EXPECT_EQ(change.reason, std::nullopt);
    EXPECT_EQ(change.facts.observed_at, k_now);
}

// The attempt begins after the step was decided: a refusal must not seem older than what it
// refuses.
TEST(Success, DatesARefusedStartWhenItIsHeardOf) {
    using namespace std::chrono_literals;
    Call call = recorded_call();
    call.facts.start_refused_at = k_now - 1min;
    const auto refused_at = [&](std::optional<base::Time> learnt) {
        return after(call, StartRecording{}, Learnt{.facts = {.start_refused_at = learnt}}, {},
                     {.now = k_now, .policy = k_policy})
            .facts.start_refused_at;
    };
    EXPECT_EQ(refused_at(k_now - 1s), k_now);
    EXPECT_EQ(refused_at(k_now - 1min), k_now - 1min) << "it is the one before";
    EXPECT_EQ(refused_at(std::nullopt), std::nullopt);
}

TEST(Success, StaysDoneWhereTheHostHasTheLaterStagesAlready) {
    Call call = recorded_call();
    set_status(call, Stage::summary, Status::completed);
    const Change change =
        after(call, Transcribe{k_recording}, Learnt{}, {}, {k_now, k_policy, k_half});
    EXPECT_EQ(change.due_at, std::nullopt);
}

// --- Calls that others moved on ---

TEST(CaughtUp, FollowsTheStageThatIsOpen) {
    Call call = recorded_call();
    EXPECT_FALSE(caught_up(call, k_now)) << "the schedule is right";
    call.stage = Stage::recording; // the host has set its status since
    call.reason = Reason::call_live;
    call.detail = "words";
    call.attempts = 3;
    call.due_at = k_now - 1s;
    call.news = 7;
    const auto change = caught_up(call, k_now);
    ASSERT_TRUE(change);
    EXPECT_EQ(change->stage, Stage::transcript);
    EXPECT_EQ(change->due_at, k_now);
    EXPECT_EQ(change->reason, std::nullopt);
    EXPECT_EQ(change->detail, "");
    EXPECT_EQ(change->attempts, 0);
    EXPECT_EQ(change->seen_news, 7);
    EXPECT_EQ(change->statuses, call::StageStatuses{});
}

TEST(CaughtUp, HasNothingToFollowWhenAllIsDone) {
    Call call = transcribed_call();
    set_status(call, Stage::summary, Status::completed);
    call.stage = Stage::transcript;
    EXPECT_FALSE(caught_up(call, k_now));
}

// --- Decided steps ---

TEST(Settle, LeavesWhatTheHostHasSkipped) {
    Call call = with_state(CallState::completed);
    set_status(call, Stage::transcript, Status::skipped);
    set_status(call, Stage::summary, Status::skipped);
    Change change =
        change_of(call, Settle{Stage::recording, Status::completed, std::nullopt}, k_now);
    EXPECT_EQ(changed(change, Stage::recording), Status::completed);
    EXPECT_EQ(changed(change, Stage::transcript), std::nullopt);
    EXPECT_EQ(changed(change, Stage::summary), std::nullopt);
    EXPECT_EQ(change.due_at, std::nullopt);
    set_status(call, Stage::transcript, Status::pending);
    change = change_of(call, Settle{Stage::recording, Status::completed, std::nullopt}, k_now);
    EXPECT_EQ(change.stage, Stage::transcript);
    EXPECT_EQ(change.due_at, k_now);
    EXPECT_EQ(changed(change, Stage::summary), std::nullopt);
}

TEST(Settle, SkippingLeavesWhatIsCompleted) {
    Call call = with_state(CallState::no_answer);
    set_status(call, Stage::summary, Status::completed);
    const Change change =
        change_of(call, Settle{Stage::recording, Status::skipped, Reason::no_answer}, k_now);
    EXPECT_EQ(changed(change, Stage::recording), Status::skipped);
    EXPECT_EQ(changed(change, Stage::transcript), Status::skipped);
    EXPECT_EQ(changed(change, Stage::summary), std::nullopt);
    EXPECT_EQ(change.reason, Reason::no_answer);
    EXPECT_EQ(change.due_at, std::nullopt);
}

TEST(Settle, FailingNamesTheReasonAndNoTime) {
    const Change change = change_of(
        blank_call(), Settle{Stage::recording, Status::failed, Reason::not_recorded}, k_now);
    EXPECT_EQ(changed(change, Stage::recording), Status::failed);
    EXPECT_EQ(changed(change, Stage::transcript), std::nullopt);
    EXPECT_EQ(change.reason, Reason::not_recorded);
    EXPECT_EQ(change.due_at, std::nullopt);
}

TEST(Waiting, ShowsTheStatusAndNamesTheTime) {
    const Call call = with_state(CallState::in_progress);
    const Change change =
        change_of(call, Wait{k_now + 1min, Reason::call_live, Status::recording}, k_now);
    EXPECT_EQ(changed(change, Stage::recording), Status::recording);
    EXPECT_EQ(change.reason, Reason::call_live);
    EXPECT_EQ(change.due_at, k_now + 1min);
}

TEST(Resting, TakesTheCallOffTheSchedule) {
    Call call = transcribed_call();
    set_status(call, Stage::summary, Status::completed);
    EXPECT_EQ(change_of(call, Rest{}, k_now).due_at, std::nullopt);
}

TEST(Resting, GivesUpNoCallWhoseStagesTheHostHasEndedWhileItWaited) {
    Call call = transcribed_call();
    set_status(call, Stage::summary, Status::completed);
    call.stage = Stage::transcript;
    call.reason = Reason::timeout;
    call.detail = "no answer within 30 s";
    call.attempts = 2;
    const Change change = change_of(call, Rest{}, k_now);
    EXPECT_EQ(change.reason, std::nullopt);
    EXPECT_EQ(change.detail, "");
    EXPECT_EQ(change.attempts, 0);
    EXPECT_EQ(change.stage, Stage::summary);
}

TEST(Resting, KeepsTheReasonWhyThereWasNothingToDo) {
    Call call = transcribed_call();
    for (const Stage stage : call::k_stages) {
        set_status(call, stage, Status::skipped);
    }
    call.facts.recording = {};
    call.stage = Stage::recording;
    call.reason = Reason::no_answer;
    const Change change = change_of(call, Rest{}, k_now);
    EXPECT_EQ(change.reason, Reason::no_answer);
    EXPECT_EQ(change.stage, Stage::recording);
}

// --- News ---

CallFacts recording_news(RecordingState state) {
    CallFacts news;
    news.recording.sid = k_recording;
    news.recording.state = state;
    return news;
}

TEST(News, SettleTheRecordingInTheSameCommit) {
    const Change change = on_news(with_state(CallState::completed),
                                  recording_news(RecordingState::completed), k_now, k_policy);
    EXPECT_EQ(changed(change, Stage::recording), Status::completed);
    EXPECT_EQ(change.stage, Stage::transcript);
    EXPECT_EQ(change.due_at, k_now);
}

TEST(News, ShowARecordingThatHasBegun) {
    const Change change = on_news(with_state(CallState::in_progress),
                                  recording_news(RecordingState::in_progress), k_now, k_policy);
    EXPECT_EQ(changed(change, Stage::recording), Status::recording);
    ASSERT_TRUE(change.due_at);
}

TEST(News, SkipACallThatNobodyAnswered) {
    CallFacts news;
    news.state = CallState::no_answer;
    const Change change = on_news(with_state(CallState::ringing), news, k_now, k_policy);
    EXPECT_EQ(changed(change, Stage::recording), Status::skipped);
    EXPECT_EQ(change.reason, Reason::no_answer);
    EXPECT_EQ(change.due_at, std::nullopt);
}

TEST(News, MakeACallDueThatTwilioHasToBeAskedAbout) {
    CallFacts news;
    news.state = CallState::in_progress;
    Call call = with_state(CallState::ringing);
    call.due_at = k_now + 1h;
    const Change change = on_news(call, news, k_now, k_policy);
    EXPECT_EQ(change.due_at, k_now);
    EXPECT_EQ(change.stage, Stage::recording);
}

TEST(News, WakeACallThatWasGivenUpUnseen) {
    CallFacts news;
    news.state = CallState::in_progress;
    for (const Reason reason : {Reason::not_found, Reason::expired}) {
        Call call = with_state(CallState::ringing);
        set_status(call, Stage::recording, Status::failed);
        call.reason = reason;
        call.due_at = std::nullopt;
        EXPECT_EQ(on_news(call, news, k_now, k_policy).due_at, k_now);
        call.reason = Reason::rejected;
        EXPECT_EQ(on_news(call, news, k_now, k_policy).due_at, std::nullopt);
    }
}

TEST(News, ThatSayNothingNewChangeNothing) {
    Call call = with_state(CallState::in_progress);
    call.due_at = k_now + 1h;
    call.reason = Reason::call_live;
    CallFacts news;
    news.state = CallState::ringing;
    const Change change = on_news(call, news, k_now, k_policy);
    EXPECT_EQ(change.due_at, call.due_at);
    EXPECT_EQ(change.reason, Reason::call_live);
    EXPECT_EQ(change.statuses, call::StageStatuses{});
}

TEST(News, LeaveABackOffAlone) {
    Call call = recorded_call();
    set_status(call, Stage::transcript, Status::failed);
    call.due_at = k_now + 1h;
    call.reason = Reason::provider_error;
    CallFacts news;
    news.duration = 40s;
    const Change change = on_news(call, news, k_now, k_policy);
    EXPECT_EQ(change.due_at, call.due_at);
    EXPECT_EQ(change.reason, Reason::provider_error);
    EXPECT_EQ(changed(change, Stage::transcript), std::nullopt);
}

TEST(News, WakeACallAtRestWhenItsRecordingTurnsUp) {
    for (const Status status : {Status::skipped, Status::failed}) {
        Call call = with_state(CallState::completed);
        set_status(call, Stage::recording, status);
        call.reason = Reason::not_recorded;
        call.due_at = std::nullopt;
        const Change change =
            on_news(call, recording_news(RecordingState::completed), k_now, k_policy);
        EXPECT_EQ(changed(change, Stage::recording), Status::completed);
        EXPECT_EQ(change.due_at, k_now);
        EXPECT_EQ(change.attempts, 0);
    }
}

const auto k_other_recording = *base::RecordingSid::parse("RE" + std::string(32, '1'));

CallFacts news_of_another(RecordingState state) {
    CallFacts news;
    news.recording = {.sid = k_other_recording, .state = state, .started_at = k_now - 24h};
    return news;
}

Call settled_call() {
    Call call = recorded_call();
    call.facts.recording.source = "StartCallRecordingAPI";
    call.facts.recording.started_at = k_now - 23h;
    return call;
}

// Though it started first: the file that is there is on its way through the other stages.
TEST(News, OfAnotherRecordingThatIsNotFinishedLeaveTheOneThatIs) {
    const Call call = settled_call();
    for (const auto state : {RecordingState::in_progress, RecordingState::processing}) {
        const Change change = on_news(call, news_of_another(state), k_now, k_policy);
        const CallFacts facts = call::merged(call.facts, change.facts);
        EXPECT_EQ(facts.recording, call.facts.recording);
        EXPECT_EQ(facts.recording_count, 2);
        EXPECT_EQ(change.stage, call.stage);
    }
}

TEST(News, OfAnotherFileTakeThePlaceOfOneThatNobodyHasBegunWith) {
    const CallFacts news = news_of_another(RecordingState::completed);
    Call call = settled_call();
    const auto kept = [&] {
        const Change change = on_news(call, news, k_now, k_policy);
        return *call::merged(call.facts, change.facts).recording.sid;
    };
    EXPECT_EQ(kept(), k_other_recording) << "it started first";
    call.reason = Reason::timeout;
    EXPECT_EQ(kept(), k_recording) << "something may be paid for";
    call.reason.reset();
    for (const Status status : {Status::processing, Status::completed, Status::failed}) {
        set_status(call, Stage::transcript, status);
        EXPECT_EQ(kept(), k_recording) << "it is what the transcript is of";
    }
}

TEST(News, OfAnotherRecordingCountForOneThatOnlyTheHostHasNamedUntilItsTranscriptBegins) {
    Call call = settled_call();
    call.facts.recording.source.clear();
    for (const auto state : {RecordingState::in_progress, RecordingState::completed}) {
        call.statuses[1] = Status::pending;
        const CallFacts news = news_of_another(state);
        const auto kept = [&] {
            const Change change = on_news(call, news, k_now, k_policy);
            return *call::merged(call.facts, change.facts).recording.sid;
        };
        EXPECT_EQ(kept(), k_other_recording);
        call.reason = Reason::not_ready;
        EXPECT_EQ(kept(), k_other_recording) << "nothing is paid for";
        call.reason.reset();
        for (const Status status : {Status::processing, Status::completed}) {
            set_status(call, Stage::transcript, status);
            EXPECT_EQ(kept(), k_recording) << "it is what the transcript is of";
        }
    }
}

TEST(News, OfAFileOpenACallWhoseOwnIsGone) {
    for (const auto reason : {Reason::deleted, Reason::not_found, Reason::absent}) {
        Call call = settled_call();
        set_status(call, Stage::transcript, Status::failed);
        call.stage = Stage::transcript;
        call.reason = reason;
        call.due_at = std::nullopt;
        const Change other =
            on_news(call, news_of_another(RecordingState::processing), k_now, k_policy);
        EXPECT_EQ(other.due_at, std::nullopt);
        call = call::applied(call, other);
        CallFacts news = news_of_another(RecordingState::completed);
        news.recording.started_at = k_now - 22h; // though it started later
        const Change change = on_news(call, news, k_now, k_policy);
        EXPECT_EQ(change.due_at, k_now);
        call = call::applied(call, change);
        EXPECT_EQ(next_step(call, k_now, k_policy), Step{Transcribe{k_other_recording}});
    }
}

TEST(News, OfAFinishedRecordingOpenACallThatExpiredOverAnother) {
    Call call = with_state(CallState::completed);
    call.facts.recording = {
        .sid = k_recording, .state = RecordingState::processing, .started_at = k_now - 48h};
    set_status(call, Stage::recording, Status::failed);
    call.reason = Reason::expired;
    call.due_at = std::nullopt;
    EXPECT_EQ(on_news(call, news_of_another(RecordingState::processing), k_now, k_policy).due_at,
              std::nullopt);
    const Change change =
        on_news(call, news_of_another(RecordingState::completed), k_now, k_policy);
    EXPECT_EQ(changed(change, Stage::recording), Status::completed);
    EXPECT_EQ(change.due_at, k_now);
    EXPECT_EQ(call::merged(call.facts, change.facts).recording.sid, k_other_recording);
}

TEST(News, OfARecordingOpenWhatWasSkippedForWantOfOne) {
    for (const bool is_there : {true, false}) {
        Call call = with_state(CallState::no_answer);
        call.statuses.fill(Status::skipped);
        call.reason = Reason::no_answer;
        call.due_at = std::nullopt;
        const auto state = is_there ? RecordingState::completed : RecordingState::processing;
        const Change change = on_news(call, recording_news(state), k_now, k_policy);
        EXPECT_EQ(changed(change, Stage::recording),
                  is_there ? Status::completed : Status::recording);
        EXPECT_EQ(changed(change, Stage::transcript), Status::pending);
        EXPECT_EQ(changed(change, Stage::summary), Status::pending);
        EXPECT_EQ(change.stage, is_there ? Stage::transcript : Stage::recording);
        EXPECT_EQ(change.due_at, k_now);
    }
}

// The host had said that there is one, without naming it.
TEST(News, OfARecordingWakeACallWhoseTranscriptHadNone) {
    for (const auto& [status, reason] : {std::pair{Status::failed, Reason::not_recorded},
                                         std::pair{Status::skipped, Reason::too_short}}) {
        Call call = with_state(CallState::completed);
        set_status(call, Stage::recording, Status::completed);
        set_status(call, Stage::transcript, status);
        set_status(call, Stage::summary,
                   status == Status::skipped ? Status::skipped : Status::pending);
        call.stage = Stage::transcript;
        call.reason = reason;
        call.due_at = std::nullopt;
        const Change change =
            on_news(call, recording_news(RecordingState::completed), k_now, k_policy);
        EXPECT_EQ(change.due_at, k_now);
        EXPECT_EQ(change.stage, Stage::transcript);
        call = call::applied(call, change);
        EXPECT_EQ(next_step(call, k_now, k_policy), Step{Transcribe{k_recording}});
        EXPECT_EQ(call.status(Stage::summary), Status::pending);
    }
}

// Three workers died while nobody knew of a recording, and now there is one.
TEST(News, OfARecordingWakeACallThatWasQuarantined) {
    Call call = with_state(CallState::completed);
    call.statuses[0] = Status::failed;
    call.reason = Reason::crashed;
    call.crashes = k_policy.max_crashes;
    call.due_at = std::nullopt;
    CallFacts news;
    news.recording = {.sid = k_recording, .state = RecordingState::completed};
    const Change change = on_news(call, news, k_now, k_policy);
    EXPECT_EQ(changed(change, Stage::recording), Status::completed);
    EXPECT_EQ(change.stage, Stage::transcript);
    EXPECT_EQ(change.due_at, k_now);
    EXPECT_EQ(change.crashes, 0);
}

TEST(News, DoNotWakeACallWhoseTranscriptWasGivenUp) {
    Call call = recorded_call();
    set_status(call, Stage::transcript, Status::failed);
    call.due_at = std::nullopt;
    call.reason = Reason::too_large;
    CallFacts news = recording_news(RecordingState::completed);
    news.duration = 40s;
    const Change change = on_news(call, news, k_now, k_policy);
    EXPECT_EQ(change.due_at, std::nullopt);
    EXPECT_EQ(change.reason, Reason::too_large);
    EXPECT_EQ(change.facts.duration, 40s) << "what was learnt is kept all the same";
}

} // namespace
} // namespace callctl::pipeline
