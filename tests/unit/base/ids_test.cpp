#include "base/ids.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <type_traits>

namespace callctl::base {
namespace {

const std::string k_digits = "0123456789abcdefABCDEF0123456789";

TEST(Sid, TakesPrefixAndThirtyTwoHexDigits) {
    const auto sid = CallSid::parse("CA" + k_digits);
    ASSERT_TRUE(sid);
    EXPECT_EQ(sid->str(), "CA" + k_digits);
}

TEST(Sid, KnowsItsOwnPrefixOnly) {
    EXPECT_TRUE(RecordingSid::parse("RE" + k_digits));
    EXPECT_TRUE(AccountSid::parse("AC" + k_digits));
    EXPECT_FALSE(CallSid::parse("RE" + k_digits));
    EXPECT_FALSE(CallSid::parse("AC" + k_digits));
    EXPECT_FALSE(CallSid::parse("ca" + k_digits));
    EXPECT_FALSE(CallSid::parse("Ca" + k_digits));
}

TEST(Sid, RefusesEveryOtherLength) {
    EXPECT_FALSE(CallSid::parse(""));
    EXPECT_FALSE(CallSid::parse("CA"));
    EXPECT_FALSE(CallSid::parse("CA" + k_digits.substr(1)));
    EXPECT_FALSE(CallSid::parse("CA" + k_digits + "0"));
    EXPECT_FALSE(CallSid::parse("CA" + k_digits + "\n"));
    EXPECT_FALSE(CallSid::parse(" CA" + k_digits));
}

RC_GTEST_PROP(Sid, RefusesEveryByteThatIsNoHexDigit, (char byte)) {
    const bool hex = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
                     (byte >= 'A' && byte <= 'F');
    std::string text = "CA" + k_digits;
    text[*rc::gen::inRange<std::size_t>(2, CallSid::k_length)] = byte;
    RC_ASSERT(CallSid::parse(text).has_value() == hex);
}

TEST(Sid, DoesNotTakeANulForTheEnd) {
    std::string text = "CA" + k_digits;
    text.back() = '\0';
    EXPECT_FALSE(CallSid::parse(text));
}

TEST(Sid, IsComparedByteByByte) {
    const auto lower = CallSid::parse("CA" + std::string(32, 'a'));
    const auto upper = CallSid::parse("CA" + std::string(32, 'A'));
    ASSERT_TRUE(lower && upper);
    EXPECT_NE(*lower, *upper);
    EXPECT_LT(*upper, *lower);
    EXPECT_EQ(*lower, *CallSid::parse(lower->str()));
}

TEST(Sid, OfOneKindIsNotOfAnother) {
    static_assert(!std::is_convertible_v<RecordingSid, CallSid>);
    static_assert(!std::is_constructible_v<CallSid, RecordingSid>);
    static_assert(!std::is_constructible_v<CallSid, std::string>);
    EXPECT_STREQ(CallSid::k_prefix, "CA");
    EXPECT_STREQ(RecordingSid::k_prefix, "RE");
}

} // namespace
} // namespace callctl::base
