#include "sim/digest.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

constexpr const char* k_url = "https://mycompany.com/myapp.php?foo=1&bar=2";

// Vectors of Twilio's own helper libraries.
TEST(TwilioSignature, IsThatOfTheHelperLibraries) {
    const Fields call{{"CallSid", "CA1234567890ABCDE"},
                      {"Caller", "+14158675309"},
                      {"Digits", "1234"},
                      {"From", "+14158675309"},
                      {"To", "+18005551212"}};
    EXPECT_EQ(twilio_signature("12345", k_url, call), "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    EXPECT_EQ(twilio_signature("12345", "http://mycompany.com:1234/myapp.php?foo=1&bar=2", call),
              "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=");
    EXPECT_EQ(twilio_signature("12345", k_url, {}), "zYQTYrRWXE7LtzbG4PfP7/bkkGo=");
}

TEST(TwilioSignature, SortsAndJoinsValuesOfOneName) {
    const Fields twice{{"MessagingBinding.Address", "+1415xxxxxxx"},
                       {"MessagingBinding.Address", "+1325xxxxxxx"},
                       {"MessagingBinding.Address", "+1415xxxxxxx"}};
    EXPECT_EQ(twilio_signature("12345", k_url, twice), "83O6e2vORAoJHUNzJjDWN1jz+BA=");
}

TEST(TwilioSignature, CountsEmptyValues) {
    const Fields fields{{"Digits", ""}, {"CallSid", "CA1234567890ABCDE"}, {"EmptyParam", ""}};
    EXPECT_EQ(twilio_signature("12345", k_url, fields), "9HHp/OqQMEwdrVebHDdA/+tqjX8=");
}

TEST(Dates, AreWrittenAsTwilioWritesThem) {
    const base::Time time{std::chrono::milliseconds{1'650'498'325'042}};
    EXPECT_EQ(rfc2822(time), "Wed, 20 Apr 2022 23:45:25 +0000");
    EXPECT_EQ(iso8601(time), "2022-04-20T23:45:25.042Z");
    EXPECT_EQ(day_of(time), "2022-04-20");
}

TEST(Identifiers, NeverRepeatAndDifferBetweenRuns) {
    Identifiers first{"one"};
    Identifiers second{"two"};
    const std::string sid = first.next("CA");
    EXPECT_EQ(sid.size(), 34U);
    EXPECT_TRUE(sid.starts_with("CA"));
    EXPECT_NE(sid, first.next("CA"));
    EXPECT_NE(sid, second.next("CA"));
    EXPECT_EQ(first.next_uuid().size(), 36U);
}

TEST(Dice, FallTheSameWayForTheSameSeed) {
    EXPECT_EQ(dice(1, 2, 3, 4), dice(1, 2, 3, 4));
    EXPECT_NE(dice(1, 2, 3, 4), dice(2, 2, 3, 4));
    double sum = 0.0;
    for (std::uint64_t i = 0; i < 1000; ++i) {
        const double value = dice(7, 1, 1, i);
        ASSERT_GE(value, 0.0);
        ASSERT_LT(value, 1.0);
        sum += value;
    }
    EXPECT_NEAR(sum / 1000.0, 0.5, 0.05);
}

} // namespace
} // namespace callctl::sim
