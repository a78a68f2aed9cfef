#include "call/change.hpp"

#include <gtest/gtest.h>

#include <string>

namespace callctl::call {
namespace {

using std::chrono::seconds;

Call a_call() {
    Call call{.id = base::CallId{7},
              .sid = *base::CallSid::parse("CA" + std::string(32, '1')),
              .statuses = {Status::completed, Status::processing, std::nullopt},
              .stage = Stage::transcript,
              .reason = Reason::timeout,
              .detail = "no answer in 30 s",
              .attempts = 2,
              .crashes = 1,
              .news = 5,
              .due_at = base::Time{seconds{10}},
              .created_at = base::Time{seconds{1}}};
    call.facts.state = CallState::completed;
    call.facts.from = "+972501234567";
    call.transcript = "old transcript";
    call.live_transcript = "live";
    call.summary = "old summary";
    return call;
}

TEST(Call, TellsTheStatusOfEachStage) {
    const Call call = a_call();
    EXPECT_EQ(call.status(Stage::recording), Status::completed);
    EXPECT_EQ(call.status(Stage::transcript), Status::processing);
    EXPECT_EQ(call.status(Stage::summary), std::nullopt);
}

TEST(Heeding, LeavesATextThatTheHostHasEndedWhateverCameOfTheWork) {
    const StageStatuses shown{Status::completed, Status::skipped, Status::pending};
    for (const Status next : {Status::completed, Status::failed, Status::pending}) {
        Change change{.stage = Stage::transcript,
                      .reason = Reason::timeout,
                      .detail = "no answer",
                      .attempt = AttemptEnd{}};
        change.statuses[1] = next;
        change.statuses[2] = next == Status::failed ? std::nullopt : std::optional{Status::skipped};
        change.artefacts = {{.stage = Stage::transcript, .text = "words"}};
        const base::Time now{seconds{20}};
        const Change heeded = heeding(change, shown, now);
        EXPECT_EQ(heeded.due_at, now) << "for what is left";
        EXPECT_EQ(heeded.statuses[2], std::nullopt);
        EXPECT_EQ(heeded.statuses[1], std::nullopt);
        EXPECT_EQ(heeded.reason, std::nullopt);
        EXPECT_EQ(heeded.detail, "");
        EXPECT_TRUE(heeded.artefacts.empty());
    }
}

TEST(Heeding, OpensWhatWasSkippedForWantOfARecording) {
    Change change{.stage = Stage::recording, .attempt = AttemptEnd{}};
    change.statuses = {Status::completed, Status::pending, Status::pending};
    const Change heeded =
        heeding(change, {Status::skipped, Status::skipped, Status::skipped}, base::Time{});
    EXPECT_EQ(heeded.statuses, change.statuses);
}

TEST(RefusedStage, IsTheOneWhoseEndWasToBeWritten) {
    Change change{.stage = Stage::transcript};
    EXPECT_EQ(refused_stage(change), Stage::transcript);
    change.statuses = {Status::completed, Status::pending, std::nullopt};
    EXPECT_EQ(refused_stage(change), Stage::recording) << "though it goes on with the next";
    change.statuses = {std::nullopt, Status::failed, std::nullopt};
    EXPECT_EQ(refused_stage(change), Stage::transcript);
    change.stage = Stage::summary;
    change.artefacts = {{.stage = Stage::transcript}};
    EXPECT_EQ(refused_stage(change), Stage::transcript);
}

TEST(Applied, TakesTheSchedulesFieldsAsTheyAre) {
    const Change change{.stage = Stage::summary,
                        .reason = Reason::quota,
                        .detail = "out of money",
                        .attempts = 4,
                        .crashes = 2,
                        .due_at = base::Time{seconds{99}}};
    const Call after = applied(a_call(), change);
    EXPECT_EQ(after.stage, Stage::summary);
    EXPECT_EQ(after.reason, Reason::quota);
    EXPECT_EQ(after.detail, "out of money");
    EXPECT_EQ(after.attempts, 4);
    EXPECT_EQ(after.crashes, 2);
    EXPECT_EQ(after.due_at, base::Time{seconds{99}});
}

TEST(Applied, ClearsReasonDetailAndTimeOfAnEndState) {
    const Call after = applied(a_call(), Change{.stage = Stage::summary});
    EXPECT_EQ(after.reason, std::nullopt);
    EXPECT_EQ(after.detail, "");
    EXPECT_EQ(after.attempts, 0);
    EXPECT_EQ(after.due_at, std::nullopt);
}

TEST(Applied, ChangesOnlyTheStatusesThatAreNamed) {
    const Call after =
        applied(a_call(), Change{.statuses = {std::nullopt, Status::completed, Status::pending}});
    EXPECT_EQ(after.status(Stage::recording), Status::completed);
    EXPECT_EQ(after.status(Stage::transcript), Status::completed);
    EXPECT_EQ(after.status(Stage::summary), Status::pending);
    EXPECT_EQ(applied(a_call(), Change{}).statuses, a_call().statuses);
}

TEST(Applied, JoinsTheFacts) {
    Change change;
    change.facts.state = CallState::ringing;
    change.facts.to = "+12025550123";
    const Call after = applied(a_call(), change);
    EXPECT_EQ(after.facts, merged(a_call().facts, change.facts));
    EXPECT_EQ(after.facts.state, CallState::completed);
    EXPECT_EQ(after.facts.to, "+12025550123");
}

TEST(Applied, WritesEachArtefactToItsColumn) {
    const Change change{.artefacts = {{.stage = Stage::transcript, .text = "new transcript"},
                                      {.stage = Stage::summary, .text = "new summary"}}};
    const Call after = applied(a_call(), change);
    EXPECT_EQ(after.transcript, "new transcript");
    EXPECT_EQ(after.summary, "new summary");
}

TEST(Applied, KeepsTextsWithoutAnArtefact) {
    const Call after = applied(a_call(), Change{.attempt = AttemptEnd{.reason = Reason::timeout}});
    EXPECT_EQ(after.transcript, "old transcript");
    EXPECT_EQ(after.summary, "old summary");
}

TEST(Applied, KeepsWhatNoChangeCanTouch) {
    const Call before = a_call();
    const Call after = applied(before, Change{.seen_news = 4});
    EXPECT_EQ(after.id, before.id);
    EXPECT_EQ(after.sid, before.sid);
    EXPECT_EQ(after.news, before.news);
    EXPECT_EQ(after.created_at, before.created_at);
    EXPECT_EQ(after.live_transcript, before.live_transcript);
}

} // namespace
} // namespace callctl::call
