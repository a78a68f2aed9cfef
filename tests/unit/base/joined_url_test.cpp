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

TEST(ModelUrl, NamesTheModelWhereThePathHasAPlaceForIt) {
    EXPECT_EQ(model_url("https://h", "/d/{model}/t", "a/b", "api-version=1"),
              "https://h/d/a%2Fb/t?api-version=1");
    EXPECT_EQ(model_url("https://h/v1/", "t", "a", ""), "https://h/v1/t");
}

} // namespace
} // namespace callctl::base
