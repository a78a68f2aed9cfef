#include "base/http.hpp"

#include <gtest/gtest.h>

namespace callctl::base {
namespace {

TEST(JoinedUrl, HasExactlyOneSlashBetween) {
    EXPECT_EQ(joined_url("https://h/v1", "/a/b"), "https://h/v1/a/b");
    EXPECT_EQ(joined_url("https://h/v1/", "/a/b"), "https://h/v1/a/b");
    EXPECT_EQ(joined_url("https://h/v1//", "a/b"), "https://h/v1/a/b");
    EXPECT_EQ(joined_url("https://h/v1", "//a/b"), "https://h/v1/a/b");
}

TEST(JoinedUrl, WithoutPathIsTheBase) {
    EXPECT_EQ(joined_url("https://h/v1/inference", ""), "https://h/v1/inference");
}

} // namespace
} // namespace callctl::base
