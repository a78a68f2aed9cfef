#include "call/stage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace callctl::call {
namespace {

TEST(Stage, FollowsRecordingTranscriptSummary) {
    ASSERT_EQ(k_stages.size(), 3U);
    EXPECT_EQ(to_string(k_stages[0]), "recording");
    EXPECT_EQ(to_string(k_stages[1]), "transcript");
    EXPECT_EQ(to_string(k_stages[2]), "summary");
    EXPECT_TRUE(std::ranges::is_sorted(k_stages));
}

TEST(Stage, IsReadAsItIsWritten) {
    for (const Stage stage : k_stages) {
        EXPECT_EQ(parse_stage(to_string(stage)), stage);
    }
}

TEST(Stage, IsReadExactly) {
    for (const char* text : {"", "Recording", "recordings", "transcription", " summary", "all"}) {
        EXPECT_EQ(parse_stage(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_stage(std::string{"summary\0", 8}), std::nullopt);
}

TEST(Status, IsNamedAsInTheHostsTable) {
    EXPECT_EQ(to_string(Status::pending), "pending");
    EXPECT_EQ(to_string(Status::recording), "recording");
    EXPECT_EQ(to_string(Status::processing), "processing");
    EXPECT_EQ(to_string(Status::completed), "completed");
    EXPECT_EQ(to_string(Status::failed), "failed");
    EXPECT_EQ(to_string(Status::skipped), "skipped");
}

TEST(Status, IsReadAsItIsWritten) {
    ASSERT_EQ(k_statuses.size(), 6U);
    for (const Status status : k_statuses) {
        EXPECT_EQ(parse_status(to_string(status)), status);
    }
}

TEST(Status, IsReadExactly) {
    for (const char* text : {"", "Pending", "done", "in_progress", "completed ", "NULL"}) {
        EXPECT_EQ(parse_status(text), std::nullopt) << text;
    }
}

TEST(Status, IsDoneWhenTheCallMovesOn) {
    for (const Status status : k_statuses) {
        EXPECT_EQ(is_done(status), status == Status::completed || status == Status::skipped)
            << to_string(status);
    }
}

TEST(Status, OfWorkGoingOnDependsOnTheStage) {
    EXPECT_EQ(working_status(Stage::recording), Status::recording);
    EXPECT_EQ(working_status(Stage::transcript), Status::processing);
    EXPECT_EQ(working_status(Stage::summary), Status::processing);
}

TEST(Stage, OutsideTheListIsUnknown) {
    EXPECT_EQ(to_string(static_cast<Stage>(99)), "unknown");
    EXPECT_EQ(to_string(static_cast<Status>(99)), "unknown");
}

} // namespace
} // namespace callctl::call
