#include "pg/status_inference.hpp"

#include <gtest/gtest.h>

namespace callctl::pg {
namespace {

using std::chrono::milliseconds;

TEST(NextPage, GrowsWhileBatchesAreShort) {
    EXPECT_EQ(next_page(1'000, milliseconds{10}, 5'000), 2'000);
    EXPECT_EQ(next_page(4'000, milliseconds{10}, 5'000), 5'000);
}

TEST(NextPage, StaysWhereABatchTakesAsLongAsItMay) {
    EXPECT_EQ(next_page(1'000, milliseconds{60}, 5'000), 1'000);
}

TEST(NextPage, ShrinksWhenAWriteOfTheHostWouldWaitForLong) {
    EXPECT_EQ(next_page(1'000, milliseconds{100}, 5'000), 500);
    EXPECT_EQ(next_page(60, milliseconds{1'000}, 5'000), 50);
    EXPECT_EQ(next_page(3, milliseconds{1'000}, 3), 3);
}

} // namespace
} // namespace callctl::pg
