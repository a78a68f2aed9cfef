#include "pipeline/pace.hpp"
#include "pipeline/policy.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace callctl::pipeline {
namespace {

using namespace std::chrono_literals;

// A minute that begins with all that was saved up.
RC_GTEST_PROP(Pace, NeverExceedsTheLimitInAnyMinute, ()) {
    const int limit = *rc::gen::inRange(1, 100'000);
    const call::Pace pace = pace_of(limit);
    RC_ASSERT(pace.depth >= 1);
    RC_ASSERT(pace.depth + 60s / pace.interval <= limit);
}

TEST(Pace, LeavesLittleOfTheLimitUnused) {
    const call::Pace pace = pace_of(1'000);
    EXPECT_GE(60s / pace.interval, 970);
    EXPECT_EQ(pace.depth, 20);
}

Policy policy_with(int max_crashes) {
    return {.max_crashes = max_crashes};
}

// As its comments give the reasons.
TEST(Policy, HasDefaultsThatGoTogether) {
    const Policy policy = policy_with(3);
    EXPECT_LT(policy.start_retry, policy.ring_poll);
    EXPECT_LT(policy.ring_poll, policy.live_poll);
    EXPECT_LT(policy.settle_window, policy.processing_patience);
    EXPECT_GT(policy.longest_call, 24h);
    EXPECT_LT(policy.backoff_floor, policy.backoff_base);
    EXPECT_LT(policy.backoff_base, policy.backoff_cap);
    EXPECT_LT(policy.first_pause, policy.probe_pause);
    EXPECT_LT(policy.probe_pause, policy.pause_cap);
    for (const call::Provider provider : call::k_providers) {
        EXPECT_EQ(policy.limits_of(provider).concurrency, 0);
        EXPECT_EQ(policy.limits_of(provider).requests_per_minute, 0);
    }
}

} // namespace
} // namespace callctl::pipeline
