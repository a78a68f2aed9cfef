#include "base/ids.hpp"

#include <gtest/gtest.h>

namespace callctl::base {
namespace {

TEST(Sid, TakesPrefixAndThirtyTwoHexDigits) {
    const auto sid = CallSid::parse("CA0123456789abcdefABCDEF0123456789");
    ASSERT_TRUE(sid);
    EXPECT_EQ(sid->str(), "CA0123456789abcdefABCDEF0123456789");
}

TEST(Sid, RefusesOtherPrefixLengthAndDigits) {
    EXPECT_FALSE(CallSid::parse("RE0123456789abcdefABCDEF0123456789"));
    EXPECT_FALSE(CallSid::parse("CA0123456789abcdefABCDEF012345678"));
    EXPECT_FALSE(CallSid::parse("CA0123456789abcdefABCDEF01234567890"));
    EXPECT_FALSE(CallSid::parse("CA0123456789abcdefABCDEF012345678g"));
    EXPECT_FALSE(CallSid::parse(""));
}

} // namespace
} // namespace callctl::base
