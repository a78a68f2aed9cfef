#include "call/provider.hpp"

#include <gtest/gtest.h>

namespace callctl::call {
namespace {

TEST(Provider, IsNamedAsInTheDatabase) {
    ASSERT_EQ(k_providers.size(), 3U);
    EXPECT_EQ(to_string(k_providers[0]), "twilio");
    EXPECT_EQ(to_string(k_providers[1]), "transcription");
    EXPECT_EQ(to_string(k_providers[2]), "summary");
    EXPECT_EQ(to_string(static_cast<Provider>(99)), "unknown");
}

} // namespace
} // namespace callctl::call
