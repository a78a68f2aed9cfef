#include "sys/clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <thread>

namespace callctl::sys {
namespace {

using namespace std::chrono_literals;

TEST(SystemClock, WaitsAtLeastTheTime) {
    SystemClock clock;
    const auto begin = clock.monotonic();
    EXPECT_TRUE(clock.wait(20ms));
    EXPECT_GE(clock.monotonic() - begin, 20ms);
    EXPECT_FALSE(clock.stopping());
}

TEST(SystemClock, StopEndsEveryWait) {
    SystemClock clock;
    auto first = std::async(std::launch::async, [&] { return clock.wait(1h); });
    auto second = std::async(std::launch::async, [&] { return clock.wait(1h); });
    clock.stop();
    EXPECT_FALSE(first.get());
    EXPECT_FALSE(second.get());
    EXPECT_TRUE(clock.stopping());
}

TEST(SystemClock, DoesNotWaitAfterStop) {
    SystemClock clock;
    clock.stop();
    EXPECT_FALSE(clock.wait(1h));
}

} // namespace
} // namespace callctl::sys
