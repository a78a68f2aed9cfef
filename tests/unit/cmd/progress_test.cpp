#include "progress.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace callctl::cmd {
namespace {

TEST(ProgressBar, FillsUp) {
    EXPECT_EQ(progress_bar(0, 40), "[....................] 0/40");
    EXPECT_EQ(progress_bar(10, 40), "[#####...............] 10/40");
    EXPECT_EQ(progress_bar(39, 40), "[###################.] 39/40");
    EXPECT_EQ(progress_bar(40, 40), "[####################] 40/40");
    EXPECT_EQ(progress_bar(0, 0), "[####################] 0/0");
}

TEST(ProgressLine, IsDrawnOverItselfAndGoneAtTheEnd) {
    std::ostringstream err;
    {
        ProgressLine line{err, /*shown=*/true};
        line.show("one");
        line.show("two");
    }
    EXPECT_EQ(err.str(), "\r\x1b[Kone\r\r\x1b[Ktwo\r\r\x1b[K");
}

TEST(ProgressLine, IsNothingWhereNobodyLooks) {
    std::ostringstream err;
    {
        ProgressLine line{err, /*shown=*/false};
        line.show("one");
    }
    EXPECT_EQ(err.str(), "");
}

} // namespace
} // namespace callctl::cmd
