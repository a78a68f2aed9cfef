#include "call/reopening.hpp"

#include <gtest/gtest.h>

namespace callctl::call {
namespace {

Call failed_call() {
    Call call{.sid = *base::CallSid::parse("CA" + std::string(32, 'b'))};
    call.statuses = {Status::completed, Status::failed, Status::pending};
    call.stage = Stage::transcript;
    call.reason = Reason::timeout;
    call.news = 7;
    return call;
}

Reopened judged_now(const Call& call, const Reopening& reopening = {.stage = Stage::transcript},
                    const std::optional<SeenStage>& seen = {}) {
    return judged(call, /*held=*/false, reopening, seen);
}

TEST(Reopening, IsRefusedForEachReasonUnlessThatIsNoObstacle) {
    Call call = failed_call();
    EXPECT_EQ(judged_now(call), Reopened::done);
    EXPECT_EQ(judged_now(call, {.stage = Stage::summary}), Reopened::too_early);
    call.reason = Reason::too_large;
    EXPECT_EQ(judged_now(call), Reopened::permanent);
    EXPECT_EQ(judged_now(call, {.stage = Stage::transcript, .force = true}), Reopened::done);
    call.reason = Reason::no_speech;
    EXPECT_EQ(judged_now(call), Reopened::permanent);
    EXPECT_EQ(judged(call, true, {.stage = Stage::transcript, .force = true}, {}), Reopened::busy);
    EXPECT_EQ(
        judged(call, true, {.stage = Stage::transcript, .force = true, .take_over = true}, {}),
        Reopened::done);
}

TEST(Reopening, OfWhatWasChosenIsOfTheSameStatusOrNone) {
    Call call = failed_call();
    const Reopening reopening{.stage = Stage::transcript};
    const SeenStage seen{Status::failed, 5};
    EXPECT_EQ(judged_now(call, reopening, seen), Reopened::done) << "news of a call that failed";
    call.statuses[1] = Status::completed;
    EXPECT_EQ(judged_now(call, reopening, seen), Reopened::changed);
    call.reason.reset();
    EXPECT_EQ(judged_now(call, reopening, SeenStage{Status::completed, 7}), Reopened::done);
    EXPECT_EQ(judged_now(call, reopening, SeenStage{Status::completed, 6}), Reopened::changed)
        << "it was done again meanwhile";
}

TEST(SetBack, LeavesTheStagesBeforeAndAllTexts) {
    Call call = failed_call();
    call.attempts = 8;
    call.crashes = 2;
    call.detail = "why";
    call.transcript = "words";
    const base::Time now{std::chrono::seconds{5}};
    set_back(call, Stage::transcript, now);
    EXPECT_EQ(call.statuses, (StageStatuses{Status::completed, Status::pending, Status::pending}));
    EXPECT_EQ(call.attempts + call.crashes, 0);
    EXPECT_EQ(call.reason, std::nullopt);
    EXPECT_EQ(call.detail, "");
    EXPECT_EQ(call.news, 8);
    EXPECT_EQ(call.due_at, now);
    EXPECT_EQ(call.transcript, "words");
}

constexpr base::Time k_now{std::chrono::seconds{5}};

TEST(HeedingStatuses, BeginsWhereAStageIsOpen) {
    Call call = failed_call();
    call.statuses[1] = Status::completed;
    EXPECT_EQ(heed_statuses(call, k_now), Heeded::begun_again);
    EXPECT_EQ(call.stage, Stage::summary);
    EXPECT_EQ(call.due_at, k_now);
    EXPECT_EQ(call.reason, std::nullopt);
}

TEST(HeedingStatuses, LeavesWhatWasGivenUpOrIsDone) {
    Call call = failed_call();
    EXPECT_EQ(heed_statuses(call, k_now), Heeded::nothing);
    call.statuses = {Status::completed, Status::completed, Status::skipped};
    EXPECT_EQ(heed_statuses(call, k_now), Heeded::nothing);
    EXPECT_EQ(call.reason, Reason::timeout);
}

TEST(HeedingStatuses, GivesUpAStageThatFailedForTheApplicationAlone) {
    for (const auto& reason : {std::optional<Reason>{}, std::optional{Reason::no_speech}}) {
        Call call = failed_call();
        call.reason = reason;
        call.stage = Stage::summary;
        EXPECT_EQ(heed_statuses(call, k_now), Heeded::given_up);
        EXPECT_EQ(call.stage, Stage::transcript);
        EXPECT_EQ(call.reason, Reason::rejected);
        EXPECT_EQ(call.due_at, std::nullopt);
    }
}

TEST(HeedingStatuses, BelieveNoFailureOfARecordingThatIsThere) {
    Call call = failed_call();
    call.statuses[0] = Status::failed;
    call.reason.reset();
    EXPECT_EQ(heed_statuses(call, k_now), Heeded::given_up);
    call.reason.reset();
    call.facts.recording.state = RecordingState::completed;
    EXPECT_EQ(heed_statuses(call, k_now), Heeded::begun_again);
    EXPECT_EQ(call.stage, Stage::recording);
}

} // namespace
} // namespace callctl::call
