#include "base/exception.hpp"

#include <gtest/gtest.h>

#include <string>

namespace callctl::base {
namespace {

// What a caller that knows only the base class sees.
template <class Thrown>
int exit_code_of(const Thrown& thrown) {
    try {
        throw thrown;
    } catch (const Exception& exception) {
        return exception.exit_code();
    }
}

TEST(Exception, CarriesTheExitCodeOfItsKind) {
    EXPECT_EQ(exit_code_of(UsageError{"m"}), 2);
    EXPECT_EQ(exit_code_of(ConfigError{"m"}), 2);
    EXPECT_EQ(exit_code_of(StoreError{"m"}), 75);
    EXPECT_EQ(exit_code_of(SchemaError{"m"}), 8);
    EXPECT_EQ(exit_code_of(BugError{"m"}), 1);
    EXPECT_EQ(exit_code_of(Exception{4, "m"}), 4);
}

TEST(Exception, KeepsMessageAndHint) {
    const StoreError error{"no server at 127.0.0.1", "start it"};
    EXPECT_STREQ(error.what(), "no server at 127.0.0.1");
    EXPECT_EQ(error.hint(), "start it");
}

TEST(Exception, NeedsNoHint) {
    EXPECT_EQ(UsageError{"m"}.hint(), "");
    EXPECT_EQ(ConfigError{"m"}.hint(), "");
    EXPECT_EQ(StoreError{"m"}.hint(), "");
    EXPECT_EQ(SchemaError{"m"}.hint(), "");
}

TEST(Exception, ABugAsksForAReport) {
    EXPECT_EQ(BugError{"m"}.hint(), "please report this");
}

TEST(Exception, IsAStandardOne) {
    EXPECT_THROW(throw SchemaError{"m"}, std::runtime_error);
}

} // namespace
} // namespace callctl::base
