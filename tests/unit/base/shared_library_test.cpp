#include "base/exception.hpp"
#include "base/shared_library.hpp"

#include <gmock/gmock.h>

namespace callctl::base {
namespace {

using double_of_double = double(double);

TEST(SharedLibrary, HasTheFunctionsOfTheLibrary) {
    const SharedLibrary library{"libm.so.6"};
    EXPECT_EQ(library.function<double_of_double>("fabs")(-2.5), 2.5);
}

TEST(SharedLibrary, IsRefusedByNameWhereItIsNotInstalled) {
    try {
        const SharedLibrary library{"libnothing.so.9"};
        FAIL() << "it was loaded";
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("libnothing.so.9 cannot be used: "));
    }
}

TEST(SharedLibrary, RefusesAFunctionThatIsNotThere) {
    const SharedLibrary library{"libm.so.6"};
    EXPECT_THROW(static_cast<void>(library.function<double_of_double>("no_such_function")),
                 ConfigError);
}

} // namespace
} // namespace callctl::base
