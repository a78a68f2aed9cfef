#include "base/error.hpp"

#include <gtest/gtest.h>

namespace callctl::base {
namespace {

TEST(ErrorKind, HasANameOfItsOwn) {
    EXPECT_EQ(to_string(ErrorKind::transient), "transient");
    EXPECT_EQ(to_string(ErrorKind::rate_limited), "rate_limited");
    EXPECT_EQ(to_string(ErrorKind::not_found), "not_found");
    EXPECT_EQ(to_string(ErrorKind::unauthorized), "unauthorized");
    EXPECT_EQ(to_string(ErrorKind::rejected), "rejected");
    EXPECT_EQ(to_string(ErrorKind::conflict), "conflict");
    EXPECT_EQ(to_string(ErrorKind::invalid_input), "invalid_input");
}

TEST(ErrorKind, OutsideTheListIsUnknown) {
    EXPECT_EQ(to_string(static_cast<ErrorKind>(99)), "unknown");
}

} // namespace
} // namespace callctl::base
