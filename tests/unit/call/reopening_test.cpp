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

} // namespace
} // namespace callctl::call
