#include "sim/callback_url.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

TEST(CallbackUrl, StripsTheFragmentAndObeysIt) {
    const auto url =
        parse_callback_url("http://a.test:8080/hook?x=1#rc=3&rp=all&ct=2000&rt=4000&tt=9000");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->url, "http://a.test:8080/hook?x=1");
    EXPECT_EQ(url->signed_url, "http://a.test:8080/hook?x=1");
    EXPECT_EQ(url->retries, 3);
    EXPECT_EQ(url->connect_timeout.count(), 2000);
    EXPECT_EQ(url->read_timeout.count(), 4000);
    EXPECT_EQ(url->total_timeout.count(), 9000);
    EXPECT_TRUE(url->retries_after(AttemptFailure::client_error));
}

TEST(CallbackUrl, RetriesByDefaultOnceAndOnlyWhereNothingConnected) {
    const auto url = parse_callback_url("http://a.test/hook");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->retries, 1);
    EXPECT_EQ(url->total_timeout.count(), 15'000);
    EXPECT_TRUE(url->retries_after(AttemptFailure::connect));
    EXPECT_FALSE(url->retries_after(AttemptFailure::read));
    EXPECT_FALSE(url->retries_after(AttemptFailure::client_error));
    EXPECT_FALSE(url->retries_after(AttemptFailure::server_error));
}

TEST(CallbackUrl, TakesAListOfPolicies) {
    const auto url = parse_callback_url("http://a.test/hook#rp=5xx,rt");
    ASSERT_TRUE(url);
    EXPECT_TRUE(url->retries_after(AttemptFailure::server_error));
    EXPECT_TRUE(url->retries_after(AttemptFailure::read));
    EXPECT_FALSE(url->retries_after(AttemptFailure::connect));
    EXPECT_FALSE(url->retries_after(AttemptFailure::client_error));
}

TEST(CallbackUrl, IgnoresOverridesOutOfRange) {
    const auto url = parse_callback_url("http://a.test/hook#rc=6&rt=15001&ct=99&tt=x");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->retries, 1);
    EXPECT_EQ(url->read_timeout.count(), 15'000);
    EXPECT_EQ(url->connect_timeout.count(), 5000);
    EXPECT_EQ(url->total_timeout.count(), 15'000);
}

TEST(CallbackUrl, SignsHttpsWithoutPortAndNeverWithCredentials) {
    EXPECT_EQ(parse_callback_url("https://u:p@a.test:8443/hook")->signed_url,
              "https://a.test/hook");
    EXPECT_EQ(parse_callback_url("http://u:p@a.test:81/hook")->signed_url, "http://a.test:81/hook");
}

class UncallableUrl : public testing::TestWithParam<const char*> {};

TEST_P(UncallableUrl, IsRefused) {
    EXPECT_FALSE(parse_callback_url(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(All, UncallableUrl,
                         testing::Values("", "/relative", "ftp://a.test/", "http://", "http:///x",
                                         "http://a_b.test/x", "http://a.test/with blank",
                                         "http://a.test/\xd7\xa9"));

} // namespace
} // namespace callctl::sim
