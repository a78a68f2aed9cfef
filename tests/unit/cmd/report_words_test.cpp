#include "report_words.hpp"

#include <gtest/gtest.h>

namespace callctl::cmd {
namespace {

using call::Reason;
using call::Stage;
using call::Status;
using namespace std::chrono_literals;

constexpr base::Time k_time{std::chrono::microseconds{1'767'268'800'000'000}};
const auto k_call_sid = *base::CallSid::parse("CA" + std::string(32, 'a'));

call::Call failed_call(Reason reason) {
    return {.sid = k_call_sid,
            .statuses = {Status::completed, Status::failed, Status::pending},
            .stage = Stage::transcript,
            .reason = reason};
}

TEST(Relative, IsNowWithinASecond) {
    EXPECT_EQ(relative(k_time, k_time), "now");
    EXPECT_EQ(relative(k_time + 999ms, k_time), "now");
    EXPECT_EQ(relative(k_time - 999ms, k_time), "now");
    EXPECT_EQ(relative(k_time + 12s, k_time), "in 12s");
    EXPECT_EQ(relative(k_time - 250s, k_time), "4m 10s ago");
}

TEST(Why, NamesTheReasonAndItsMeaning) {
    EXPECT_EQ(why({.sid = k_call_sid}), "-");
    EXPECT_EQ(why(failed_call(Reason::rate_limited)),
              "RATE_LIMITED: the provider, or a limit of ours, asked for fewer requests");
}

port::CallStory story_of(call::Call call) {
    return {.now = k_time, .call = std::move(call)};
}

TEST(Next, OfACallAtRestIsAnOperatorsCommand) {
    const std::string command = "callctl retry --stage transcript ";
    const auto next = next_of(story_of(failed_call(Reason::timeout)), pipeline::Rest{});
    EXPECT_EQ(next.what, "nothing by itself: it waits for an operator");
    EXPECT_EQ(next.at, std::nullopt);
    EXPECT_EQ(next.command, command + k_call_sid.str());
    EXPECT_EQ(next_of(story_of(failed_call(Reason::too_large)), pipeline::Rest{}).command,
              command + "--force " + k_call_sid.str())
        << "retry refuses a permanent reason without it";
    auto done = failed_call(Reason::no_speech);
    done.statuses[1] = done.statuses[2] = Status::skipped;
    EXPECT_EQ(next_of(story_of(done), pipeline::Rest{}).what,
              "nothing: the call is in an end state");
    EXPECT_EQ(next_of(story_of(done), pipeline::Rest{}).command,
              command + "--force " + k_call_sid.str());
}

TEST(Next, OfACallWhoseRowTheHostDeletedIsNothingThatACommandCouldChange) {
    auto story = story_of(failed_call(Reason::timeout));
    story.row_deleted = true;
    const auto next = next_of(story, pipeline::Rest{});
    EXPECT_EQ(next.what, "nothing: the application has deleted the row of this call");
    EXPECT_EQ(next.command, "");
}

TEST(Next, OfACallThatTheHostSetBackIsThePassThatFindsIt) {
    auto call = failed_call(Reason::timeout);
    call.statuses[1] = Status::pending;
    EXPECT_EQ(next_of(story_of(call), pipeline::Rest{}).what,
              "the next callctl reconcile takes it up, if it is not too old");
    call.reason = Reason::deleted;
    EXPECT_EQ(next_of(story_of(call), pipeline::Rest{}).what,
              "nothing: the call is in an end state");
}

TEST(Next, OfALiveCallSaysWhen) {
    auto call = failed_call(Reason::timeout);
    call.due_at = k_time + 90s;
    auto next = next_of(story_of(call), pipeline::Summarise{});
    EXPECT_EQ(next.what, "summarise the transcript");
    EXPECT_EQ(next.at, k_time + 90s);
    EXPECT_EQ(next.command, "callctl retry --stage transcript " + k_call_sid.str());
    call.reason = Reason::too_large;
    EXPECT_EQ(next_of(story_of(call), pipeline::Summarise{}).command,
              "callctl retry --stage transcript --force " + k_call_sid.str())
        << "retry looks at the reason alone";
    call.reason = Reason::timeout;
    call.due_at = k_time - 90s;
    EXPECT_EQ(next_of(story_of(call), pipeline::Observe{}).at, k_time) << "overdue is now";
    const pipeline::Wait wait{k_time + 5s, Reason::call_live, Status::pending};
    next = next_of(story_of(call), wait);
    EXPECT_EQ(next.what, "look again (the call is still going on)");
    EXPECT_EQ(next.at, k_time + 5s);
}

TEST(Next, OfACallThatGoesOnIsToStartItsRecording) {
    call::Call call{.sid = k_call_sid, .due_at = k_time};
    call.facts.state = call::CallState::in_progress;
    EXPECT_EQ(next_of(story_of(call), pipeline::Observe{}).command,
              "callctl start-recording " + k_call_sid.str());
    call.facts.recording.sid = base::RecordingSid::parse("RE0123456789abcdef0123456789abcdef");
    EXPECT_EQ(next_of(story_of(call), pipeline::Observe{}).command, "") << "it is recorded";
    call.facts.recording.sid.reset();
    call.facts.state = call::CallState::completed;
    EXPECT_EQ(next_of(story_of(call), pipeline::Observe{}).command,
              "callctl retry --stage recording " + k_call_sid.str());
}

TEST(Next, OfACallThatTwilioDoesNotKnowSaysSo) {
    call::Call call{.sid = k_call_sid, .reason = Reason::not_ready, .due_at = k_time};
    call.facts.unknown_to_twilio = true;
    const auto next =
        next_of(story_of(call), pipeline::Wait{k_time + 5s, Reason::not_ready, Status::pending});
    EXPECT_EQ(next.what, "look again (Twilio does not know the call so far)");
    EXPECT_EQ(next.command, "callctl retry --stage recording " + k_call_sid.str());
    EXPECT_EQ(why(call), "NOT_READY: Twilio does not know the call so far");
}

TEST(Next, WaitsForTheProviderThatIsClosed) {
    auto call = failed_call(Reason::timeout);
    call.due_at = k_time;
    auto story = story_of(call);
    story.providers = {{.provider = call::Provider::summary,
                        .closed_until = k_time + 10min,
                        .reason = Reason::timeout}};
    EXPECT_EQ(next_of(story, pipeline::Observe{}).at, k_time) << "another one is asked";
    const auto next = next_of(story, pipeline::Summarise{});
    EXPECT_EQ(next.at, k_time + 10min);
    ASSERT_NE(next.closed, nullptr);
    EXPECT_EQ(next.closed->provider, call::Provider::summary);
    story.providers[0].reason = Reason::quota;
    EXPECT_EQ(next_of(story, pipeline::Summarise{}).command, "callctl doctor")
        << "no retry helps before somebody has paid";
}

TEST(Next, OfACallThatWaitsNamesTheClosedProviderOfItsStage) {
    auto call = failed_call(Reason::rate_limited);
    call.due_at = k_time + 1h;
    auto story = story_of(call);
    story.providers = {{.provider = call::Provider::transcription,
                        .closed_until = k_time + 2h,
                        .reason = Reason::rate_limited}};
    const pipeline::Wait wait{k_time + 1h, Reason::rate_limited, Status::failed};
    const auto next = next_of(story, wait);
    EXPECT_EQ(next.at, k_time + 2h);
    EXPECT_EQ(next.command, "callctl retry --stage transcript --force " + k_call_sid.str())
        << "without it nobody asks a provider that is closed";
    story.providers[0].reason = Reason::quota;
    EXPECT_EQ(next_of(story, wait).command, "callctl doctor");
}

TEST(Cost, IsTheSumOfAllAttempts) {
    port::CallStory story{.call = {.sid = k_call_sid}};
    EXPECT_EQ(cost_of(story), 0);
    story.attempts = {{.end = {.cost_micros = 300}}, {.end = {.cost_micros = 4'500}}};
    EXPECT_EQ(cost_of(story), 4'800);
}

TEST(Cost, HasFourToSixDecimals) {
    EXPECT_EQ(cost_text(0), "0.0000");
    EXPECT_EQ(cost_text(4'500), "0.0045");
    EXPECT_EQ(cost_text(1), "0.000001");
    EXPECT_EQ(cost_text(12'340), "0.01234");
    EXPECT_EQ(cost_text(12'000'000), "12.0000");
}

TEST(PresentStatus, IsPendingWhereNobodySetOne) {
    EXPECT_EQ(present_status({.sid = k_call_sid}), Status::pending);
    EXPECT_EQ(present_status(failed_call(Reason::timeout)), Status::failed);
}

} // namespace
} // namespace callctl::cmd
