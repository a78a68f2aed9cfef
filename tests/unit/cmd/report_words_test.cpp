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

TEST(WhatNext, OfACallAtRestIsAnOperatorsCommand) {
    const std::string command = "callctl retry --stage transcript ";
    EXPECT_EQ(what_next(failed_call(Reason::timeout), pipeline::Rest{}, k_time),
              "nothing by itself; to try again: " + command + k_call_sid.str());
    EXPECT_EQ(what_next(failed_call(Reason::too_large), pipeline::Rest{}, k_time),
              "nothing by itself; to try again: " + command + "--force " + k_call_sid.str());
    auto done = failed_call(Reason::timeout);
    done.statuses[1] = Status::skipped;
    EXPECT_EQ(what_next(done, pipeline::Rest{}, k_time), "nothing: the call is in an end state");
}

TEST(WhatNext, OfALiveCallSaysWhen) {
    auto call = failed_call(Reason::timeout);
    call.due_at = k_time + 90s;
    EXPECT_EQ(what_next(call, pipeline::Summarise{}, k_time),
              "summarise the transcript, in 1m 30s");
    call.due_at = k_time - 90s;
    EXPECT_EQ(what_next(call, pipeline::Observe{}, k_time),
              "ask Twilio about the call and its recordings, now");
    const pipeline::Wait wait{k_time + 5s, Reason::call_live, Status::pending};
    EXPECT_EQ(what_next(call, wait, k_time), "look again (the call is still going on), in 5s");
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
