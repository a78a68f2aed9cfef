#include "call/progress.hpp"

#include <gtest/gtest.h>

namespace callctl::call {
namespace {

const base::RecordingSid k_recording_sid = *base::RecordingSid::parse("RE" + std::string(32, 'b'));

CallFacts seen_often() {
    CallFacts facts;
    facts.observed_at = base::Time{std::chrono::seconds{5}};
    facts.observations = 9;
    facts.start_refused_at = facts.observed_at;
    facts.start_refusals = 3;
    facts.unknown_to_twilio = true;
    facts.from = "+15550100";
    facts.recording.sid = k_recording_sid;
    return facts;
}

TEST(ForgetVerdicts, MakesTheDriverAskAgainAndKeepsTheRest) {
    CallFacts facts = seen_often();
    facts.recording.state = RecordingState::absent;
    facts.recording.error_code = 16101;
    forget_verdicts(facts, Stage::recording);
    CallFacts expected;
    expected.from = "+15550100";
    expected.recording.sid = k_recording_sid;
    EXPECT_EQ(facts, expected);
}

TEST(ForgetVerdicts, LeavesACompletedRecordingAlone) {
    for (const Stage stage : k_stages) {
        CallFacts facts = seen_often();
        facts.recording.state = RecordingState::completed;
        forget_verdicts(facts, stage);
        EXPECT_EQ(facts.recording.state, RecordingState::completed);
    }
}

TEST(ForgetVerdicts, TriesADeletedRecordingOnceMoreForALaterStage) {
    CallFacts facts = seen_often();
    facts.recording.state = RecordingState::deleted;
    forget_verdicts(facts, Stage::transcript);
    EXPECT_EQ(facts.recording.state, RecordingState::completed);
}

TEST(ForgetVerdicts, LetsALegThatIsOverBeAskedFor) {
    CallFacts facts;
    facts.parent = base::CallSid::parse("CA" + std::string(32, 'a'));
    facts.state = CallState::in_progress;
    forget_verdicts(facts, Stage::recording);
    EXPECT_TRUE(facts.parent) << "of a live one a second recording would begin";
    facts.state = CallState::completed;
    forget_verdicts(facts, Stage::transcript);
    EXPECT_TRUE(facts.parent);
    forget_verdicts(facts, Stage::recording);
    EXPECT_FALSE(facts.parent);
}

TEST(EndOf, FollowsTheReason) {
    EXPECT_EQ(end_of(std::nullopt), Status::completed);
    EXPECT_EQ(end_of(Reason::no_answer), Status::skipped);
    EXPECT_EQ(end_of(Reason::timeout), Status::failed);
    EXPECT_EQ(end_of(Reason::deleted), Status::failed);
}

TEST(IsTaken, IsACallThatIsRecordedOrAboutToBe) {
    CallFacts facts;
    EXPECT_FALSE(is_taken(facts));
    facts.asked_by_twiml_at = base::Time{std::chrono::seconds{1}};
    EXPECT_FALSE(is_taken(facts)) << "TwiML that is asked for again was not executed";
    facts.asked_by_rest_at = base::Time{std::chrono::seconds{5}};
    EXPECT_TRUE(is_taken(facts));
    facts.start_refused_at = base::Time{std::chrono::seconds{4}};
    EXPECT_TRUE(is_taken(facts)) << "that was the start before";
    facts.start_refused_at = base::Time{std::chrono::seconds{5}};
    EXPECT_FALSE(is_taken(facts));
    facts.recording.state = RecordingState::in_progress;
    EXPECT_TRUE(is_taken(facts));
}

TEST(Matters, IsAllThatIsNewWhileTheRecordingIsOpen) {
    Call call{.sid = *base::CallSid::parse("CA" + std::string(32, 'a'))};
    CallFacts news;
    EXPECT_FALSE(matters(call, merged(call.facts, news)));
    news.state = CallState::ringing;
    EXPECT_TRUE(matters(call, merged(call.facts, news)));
}

TEST(Matters, IsOnlyTheRecordingLater) {
    Call call{.sid = *base::CallSid::parse("CA" + std::string(32, 'a'))};
    call.statuses = {Status::completed, std::nullopt, std::nullopt};
    call.facts.recording.state = RecordingState::completed;
    CallFacts news;
    news.state = CallState::completed;
    news.duration = std::chrono::seconds{9};
    EXPECT_FALSE(matters(call, merged(call.facts, news)));
    news.recording.state = RecordingState::deleted;
    EXPECT_TRUE(matters(call, merged(call.facts, news)));
    news.recording = {.sid = k_recording_sid};
    EXPECT_TRUE(matters(call, merged(call.facts, news)));
}

TEST(Matters, IsThatThereIsAnotherRecordingOnce) {
    Call call{.sid = *base::CallSid::parse("CA" + std::string(32, 'a'))};
    call.statuses = {Status::completed, std::nullopt, std::nullopt};
    call.facts.recording = {.sid = k_recording_sid, .state = RecordingState::completed};
    call.facts.recording_count = 1;
    CallFacts news;
    news.recording_count = 2;
    EXPECT_TRUE(matters(call, merged(call.facts, news)));
    call.facts = merged(call.facts, news);
    news.recording_count = 3;
    EXPECT_FALSE(matters(call, merged(call.facts, news)));
}

} // namespace
} // namespace callctl::call
