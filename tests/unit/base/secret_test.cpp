#include "base/secret.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace callctl::base {
namespace {

const Secret k_secret{"hunter2"};

TEST(Secret, PrintsAsStarsThroughFmt) {
    EXPECT_EQ(fmt::format("{}", k_secret), "***");
    EXPECT_EQ(fmt::format("<{:>6}>", k_secret), "<   ***>");
    EXPECT_EQ(fmt::to_string(k_secret), "***");
}

TEST(Secret, PrintsAsStarsToAStream) {
    std::ostringstream out;
    out << "token " << k_secret << ".";
    EXPECT_EQ(out.str(), "token ***.");
}

TEST(Secret, PrintsAsStarsInAFailedTest) {
    EXPECT_EQ(testing::PrintToString(k_secret), "***");
}

TEST(Secret, PrintsTheSameWhateverItsLength) {
    EXPECT_EQ(fmt::format("{}", Secret{}), "***");
    EXPECT_EQ(fmt::format("{}", Secret{std::string(1000, 'x')}), "***");
}

TEST(Secret, RevealsItselfOnlyWhenAsked) {
    EXPECT_EQ(k_secret.reveal(), "hunter2");
    static_assert(!std::is_convertible_v<Secret, std::string>);
    static_assert(!std::is_convertible_v<std::string, Secret>);
}

TEST(Secret, KnowsWhetherItIsEmpty) {
    EXPECT_TRUE(Secret{}.empty());
    EXPECT_TRUE(Secret{""}.empty());
    EXPECT_FALSE(k_secret.empty());
}

TEST(Secret, IsEqualByItsText) {
    EXPECT_EQ(k_secret, Secret{"hunter2"});
    EXPECT_NE(k_secret, Secret{"hunter3"});
}

} // namespace
} // namespace callctl::base
