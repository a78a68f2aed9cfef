#include "sys/file_limit.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

namespace callctl::sys {
namespace {

/// Restores the limit.
class FileLimit : public testing::Test {
  protected:
    FileLimit() {
        ::getrlimit(RLIMIT_NOFILE, &m_former);
        rlimit low = m_former;
        low.rlim_cur = 256;
        ::setrlimit(RLIMIT_NOFILE, &low);
    }
    ~FileLimit() override { ::setrlimit(RLIMIT_NOFILE, &m_former); }

    static rlim_t present() {
        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        return limit.rlim_cur;
    }

    rlimit m_former{};
};

TEST_F(FileLimit, IsRaisedToWhatIsWanted) {
    EXPECT_EQ(raise_file_limit(300), 300U);
    EXPECT_EQ(present(), 300U);
}

TEST_F(FileLimit, IsNotLowered) {
    EXPECT_EQ(raise_file_limit(100), 256U);
    EXPECT_EQ(present(), 256U);
}

TEST_F(FileLimit, IsRaisedAsFarAsItGoes) {
    const std::size_t highest = m_former.rlim_max;
    EXPECT_EQ(raise_file_limit(highest + 1), highest);
}

} // namespace
} // namespace callctl::sys
