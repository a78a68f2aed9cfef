#include "pg/database_clock.hpp"

#include <gtest/gtest.h>

namespace callctl::pg {
namespace {

using namespace std::chrono_literals;

const base::Time k_moment{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};

TEST(DatabaseClock, IsUnknownUntilATimeWasObserved) {
    EXPECT_FALSE(DatabaseClock{}.now());
}

TEST(DatabaseClock, GoesOnFromWhatWasObserved) {
    DatabaseClock clock;
    clock.observe(k_moment);
    const auto first = clock.now();
    const auto second = clock.now();
    ASSERT_TRUE(first && second);
    EXPECT_GE(*first, k_moment);
    EXPECT_GE(*second, *first);
}

TEST(DatabaseClock, IsNeverBehindATimeThatWasObserved) {
    DatabaseClock clock;
    clock.observe(k_moment);
    clock.observe(k_moment + 200ms);
    EXPECT_GE(clock.now().value(), k_moment + 200ms);
    clock.observe(k_moment + 100ms); // an answer that was long on its way
    EXPECT_GE(clock.now().value(), k_moment + 200ms);
}

} // namespace
} // namespace callctl::pg
