#include "pg/known_providers.hpp"

#include <gtest/gtest.h>

namespace callctl::pg {
namespace {

using namespace std::chrono_literals;

std::vector<port::ProviderState> failed_once() {
    return {{.provider = call::Provider::twilio, .failures = 1}};
}

TEST(KnownProviders, AreKnownForAWhile) {
    KnownProviders providers{1h};
    EXPECT_FALSE(providers.get());
    providers.keep(failed_once(), providers.changes());
    ASSERT_TRUE(providers.get());
    EXPECT_EQ(providers.get()->at(0).failures, 1);
}

TEST(KnownProviders, AreAskedForEachTimeUnlessToldOtherwise) {
    KnownProviders providers{0ms};
    providers.keep(failed_once(), providers.changes());
    EXPECT_FALSE(providers.get());
}

TEST(KnownProviders, AreForgottenWhenTheyChange) {
    KnownProviders providers{1h};
    providers.keep(failed_once(), providers.changes());
    providers.forget();
    EXPECT_FALSE(providers.get());
}

TEST(KnownProviders, ThatWereReadBeforeAChangeAreNotKept) {
    KnownProviders providers{1h};
    const auto before = providers.changes();
    providers.forget();
    providers.keep(failed_once(), before);
    EXPECT_FALSE(providers.get());
}

} // namespace
} // namespace callctl::pg
