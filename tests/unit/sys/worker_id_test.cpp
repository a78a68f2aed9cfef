#include "sys/worker_id.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace callctl::sys {
namespace {

TEST(WorkerId, IsTheHostAndThirtyTwoHexDigits) {
    EXPECT_THAT(make_worker_id(), testing::MatchesRegex("[A-Za-z0-9._-]+-[0-9a-f]{32}"));
}

TEST(WorkerId, IsNewEveryTime) {
    std::set<std::string> ids;
    for (int i = 0; i < 1000; ++i) {
        ids.insert(make_worker_id());
    }
    EXPECT_EQ(ids.size(), 1000U);
}

} // namespace
} // namespace callctl::sys
