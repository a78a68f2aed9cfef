#include "pg/generation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::pg {
namespace {

using testing::ElementsAre;

HostTable table_with(std::vector<std::string> columns, std::vector<std::string> added = {}) {
    HostTable table{.exists = true};
    table.columns = {"id", "business_id", "call_sid", "final_transcript", "detected_topic_id"};
    table.columns.insert(table.columns.end(), columns.begin(), columns.end());
    table.added = std::move(added);
    return table;
}

TEST(Recognise, KnowsEachGenerationByWhatOnlyItHas) {
    EXPECT_EQ(recognise(HostTable{}).generation, Generation::none);
    EXPECT_EQ(recognise(table_with({})).generation, Generation::s);
    EXPECT_THAT(recognise(table_with({"recording_status"})).by, ElementsAre("recording_status"));
    EXPECT_EQ(recognise(table_with({"recording_mode"})).generation, Generation::m);
    EXPECT_THAT(recognise(table_with({"recording_mode"})).by, ElementsAre("recording_mode"));
    EXPECT_EQ(recognise(table_with({"summary_status"})).generation, Generation::s);
}

TEST(Recognise, IsNotMisledByWhatCallctlHasAdded) {
    const auto adopted = table_with({"recording_mode", "recording_status"}, {"recording_status"});
    EXPECT_EQ(recognise(adopted).generation, Generation::m);
}

TEST(Recognise, GuessesNothingWhereBothOrNeitherWouldDo) {
    EXPECT_EQ(recognise(table_with({"recording_mode", "last_error"})).generation,
              Generation::unknown);
    EXPECT_EQ(recognise(HostTable{.exists = true}).generation, Generation::unknown);
}

} // namespace
} // namespace callctl::pg
