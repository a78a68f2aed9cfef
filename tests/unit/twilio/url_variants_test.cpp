#include "twilio/url_variants.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace callctl::twilio {
namespace {

using testing::UnorderedElementsAre;

TEST(UrlVariants, BeginWithTheUrlItself) {
    const std::string url = "https://u:p@h:8443/a'b?c='d'";
    EXPECT_EQ(url_variants(url).front(), url);
}

TEST(UrlVariants, AddThePortOfTheScheme) {
    EXPECT_THAT(url_variants("https://h/p"),
                UnorderedElementsAre("https://h/p", "https://h:443/p"));
    EXPECT_THAT(url_variants("HTTP://h?q"), UnorderedElementsAre("HTTP://h?q", "HTTP://h:80?q"));
}

TEST(UrlVariants, DropPortAndUser) {
    EXPECT_THAT(
        url_variants("https://u:p@h:1/"),
        UnorderedElementsAre("https://u:p@h:1/", "https://u:p@h/", "https://h:1/", "https://h/"));
}

TEST(UrlVariants, KnowColonsOfIpv6) {
    EXPECT_THAT(url_variants("https://[::1]/"),
                UnorderedElementsAre("https://[::1]/", "https://[::1]:443/"));
    EXPECT_THAT(url_variants("https://[::1]:8080/"),
                UnorderedElementsAre("https://[::1]:8080/", "https://[::1]/"));
}

TEST(UrlVariants, TreatApostrophesOfTheQueryOnly) {
    EXPECT_THAT(url_variants("https://h:1/'%27?a='%27"),
                UnorderedElementsAre("https://h:1/'%27?a='%27", "https://h:1/'%27?a=%27%27",
                                     "https://h:1/'%27?a=''", "https://h/'%27?a='%27",
                                     "https://h/'%27?a=%27%27", "https://h/'%27?a=''"));
}

TEST(UrlVariants, KeepColonsAndAtSignsOfPathAndQuery) {
    EXPECT_THAT(url_variants("https://h/a:1@b?c=d:2@e"),
                UnorderedElementsAre("https://h/a:1@b?c=d:2@e", "https://h:443/a:1@b?c=d:2@e"));
}

TEST(UrlVariants, AreTwelveAtMostAndAllDifferent) {
    const auto variants = url_variants("https://u:p@h:1/?a='%27");
    EXPECT_EQ(variants.size(), 12U);
    EXPECT_EQ(std::set<std::string>(variants.begin(), variants.end()).size(), variants.size());
}

TEST(UrlVariants, AreNoneOfWhatIsNoUrl) {
    EXPECT_THAT(url_variants("h:1/path"), UnorderedElementsAre("h:1/path"));
    EXPECT_THAT(url_variants(""), UnorderedElementsAre(""));
    EXPECT_THAT(url_variants("https://"), UnorderedElementsAre("https://", "https://:443"));
}

} // namespace
} // namespace callctl::twilio
