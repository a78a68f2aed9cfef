#include "timeline.hpp"

#include <gmock/gmock.h>

namespace callctl::cmd {
namespace {

using call::Reason;
using call::Stage;
using testing::ElementsAre;
using namespace std::chrono_literals;

constexpr base::Time k_start{std::chrono::microseconds{1'767'268'800'000'000}};

port::CallStory empty_story() {
    return {.now = k_start + 1h,
            .call = {.sid = *base::CallSid::parse("CA" + std::string(32, 'a'))}};
}

std::vector<std::string> told(const port::CallStory& story) {
    std::vector<std::string> lines;
    for (const Event& event : timeline_of(story)) {
        lines.push_back(event.what + (event.detail.empty() ? "" : " - " + event.detail));
    }
    return lines;
}

TEST(Timeline, IsOneListInOrderOfTime) {
    auto story = empty_story();
    story.artefacts = {{.stage = Stage::transcript,
                        .version = 1,
                        .created_at = k_start + 40s,
                        .model = "whisper-1",
                        .language = "he",
                        .characters = 812}};
    story.attempts = {{.number = 1, .stage = Stage::transcript, .started_at = k_start + 30s}};
    story.attempts[0].finished_at = k_start + 40s;
    story.deliveries = {{.route = "/webhook/incoming_call", .received_at = k_start}};
    call::CallFacts& facts = story.call.facts;
    facts.answered_at = k_start + 1s;
    facts.ended_at = k_start + 20s;
    facts.state = call::CallState::completed;
    facts.duration = 19s;
    facts.recording.started_at = k_start + 3s;
    facts.recording.source = "StartCallRecordingAPI";
    facts.recording.channels = 2;
    facts.recording_count = 2;
    EXPECT_THAT(told(story),
                ElementsAre("webhook incoming_call", "call answered",
                            "recording began - StartCallRecordingAPI, 2 channels, head loss 2000 "
                            "ms, 2 at Twilio, each is billed",
                            "call ended - completed, it took 19s",
                            "transcript attempt 1 - done after 10s",
                            "transcript stored - version 1, 812 characters, whisper-1, he"));
}

TEST(Timeline, TellsWhatAnAttemptCostAndWhoCanBeAsked) {
    auto story = empty_story();
    port::AttemptLine attempt{.stage = Stage::summary, .started_at = k_start};
    attempt.finished_at = k_start + 30s;
    attempt.end = {.reason = Reason::rate_limited,
                   .detail = "slow down",
                   .request_id = "req_7",
                   .http_status = 429,
                   .requests = 1,
                   .cost_micros = 4'500,
                   .burnt = false};
    story.attempts = {attempt};
    EXPECT_THAT(told(story),
                ElementsAre("summary attempt 1 - RATE_LIMITED after 30s, cost 0.0045, HTTP 429, 1 "
                            "request, not counted, id req_7: slow down"));
}

TEST(Timeline, CountsTheAttemptsOfEachStage) {
    auto story = empty_story();
    for (const Stage stage : {Stage::recording, Stage::transcript, Stage::transcript}) {
        story.attempts.push_back({.stage = stage, .started_at = k_start});
    }
    const auto events = timeline_of(story);
    EXPECT_EQ(events.at(1).what, "transcript attempt 1");
    EXPECT_EQ(events.at(2).what, "transcript attempt 2");
}

TEST(Timeline, SaysOfAnAttemptWithoutEndWhetherItsWorkerIsThere) {
    auto story = empty_story();
    story.attempts = {{.stage = Stage::transcript, .worker = "w-1", .started_at = k_start}};
    EXPECT_THAT(told(story),
                ElementsAre("transcript attempt 1 - never finished: its worker died or "
                            "lost the call"));
    story.worker = "w-1";
    EXPECT_THAT(told(story), ElementsAre("transcript attempt 1 - under way"));
}

TEST(Timeline, TellsOfDeliveriesThatCameAgainOrWereKept) {
    auto story = empty_story();
    story.deliveries = {{.route = "/webhook/call_status",
                         .received_at = k_start,
                         .deliveries = 3,
                         .applied = false,
                         .detail = "the host's table refuses it"}};
    EXPECT_THAT(told(story), ElementsAre("webhook call_status - came 3 times, kept, not applied: "
                                         "the host's table refuses it"));
    EXPECT_EQ(timeline_of(story).at(0).colour, Colour::red);
}

} // namespace
} // namespace callctl::cmd
