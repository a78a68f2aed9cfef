#include "base/text.hpp"

#include <gtest/gtest.h>

namespace callctl::base {
namespace {

TEST(LowerCase, ChangesAsciiLettersAlone) {
    EXPECT_EQ(lower_case("AZaz09@[`{ÄÉ"), "azaz09@[`{ÄÉ");
    EXPECT_EQ(lower_case(""), "");
}

} // namespace
} // namespace callctl::base
