#include "unit/pipeline/calls.hpp"

#include "pipeline/backoff.hpp"
#include "pipeline/step.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace callctl::pipeline {
namespace {

using call::Reason;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

TEST(Backoff, DoublesItsCeilingUpToTheCap) {
    EXPECT_EQ(backoff(1, std::nullopt, 0.5, k_policy), 10s);
    EXPECT_EQ(backoff(2, std::nullopt, 0.5, k_policy), 20s);
    EXPECT_EQ(backoff(3, std::nullopt, 0.5, k_policy), 40s);
    EXPECT_EQ(backoff(30, std::nullopt, 0.5, k_policy), 30min);
}

TEST(Backoff, NeverFallsBelowTheFloor) {
    EXPECT_EQ(backoff(1, std::nullopt, 0.0, k_policy), 1s);
    EXPECT_EQ(backoff(0, std::nullopt, 0.0, k_policy), 1s);
}

RC_GTEST_PROP(Backoff, HonoursRetryAfterUpwardOnly, ()) {
    const int failures = *rc::gen::inRange(0, 100);
    const auto asked = milliseconds{*rc::gen::inRange(0, 86'400'000)};
    const double chance = *rc::gen::inRange(0, 1'000) / 1'000.0;
    const auto delay = backoff(failures, asked, chance, k_policy);
    RC_ASSERT(delay >= asked);
    RC_ASSERT(delay >= k_policy.backoff_floor);
    RC_ASSERT(delay <= std::max(asked + asked / 10, k_policy.backoff_cap));
}

RC_GTEST_PROP(Backoff, SpreadsCallsThatFailedTogetherEvenAtTheCap, ()) {
    const auto first = backoff(50, std::nullopt, 0.25, k_policy);
    const auto second = backoff(50, std::nullopt, 0.75, k_policy);
    RC_ASSERT(first < second);
}

TEST(ProviderPause, LeavesAProviderAloneThatRefusesOurAccount) {
    for (const Reason reason : {Reason::auth, Reason::quota, Reason::provider_config}) {
        EXPECT_EQ(provider_pause({.reason = reason}, 1, k_policy), 1min);
        EXPECT_EQ(provider_pause({.reason = reason}, 3, k_policy), 4min);
        EXPECT_EQ(provider_pause({.reason = reason}, 20, k_policy), 10min);
        EXPECT_EQ(provider_pause({.reason = reason, .retry_after = 1h}, 1, k_policy), 1h);
    }
}

TEST(ProviderPause, GrowsWhileAProviderCannotBeReached) {
    EXPECT_EQ(provider_pause({.reason = Reason::unreachable}, 1, k_policy), 15s);
    EXPECT_EQ(provider_pause({.reason = Reason::unreachable}, 2, k_policy), 1min);
    EXPECT_EQ(provider_pause({.reason = Reason::unreachable}, 3, k_policy), 2min);
    EXPECT_EQ(provider_pause({.reason = Reason::unreachable}, 99, k_policy), 10min);
}

TEST(ProviderPause, LastsAsLongAsARateLimitSays) {
    EXPECT_EQ(provider_pause({.reason = Reason::rate_limited, .retry_after = 3s}, 9, k_policy), 3s);
    EXPECT_EQ(provider_pause({.reason = Reason::rate_limited, .retry_after = 0s}, 2, k_policy),
              1min)
        << "a breaker that closes for no time is none";
    EXPECT_EQ(provider_pause({.reason = Reason::rate_limited}, 1, k_policy), 15s);
    EXPECT_EQ(provider_pause({.reason = Reason::rate_limited}, 2, k_policy), 1min);
    EXPECT_EQ(provider_pause({.reason = Reason::rate_limited}, 0, k_policy), 15s);
}

TEST(ProviderPause, BeginsWithTheThirdFailureOfTheProvidersOwn) {
    for (const Reason reason : {Reason::provider_error, Reason::timeout}) {
        EXPECT_EQ(provider_pause({.reason = reason}, 1, k_policy), 0s) << "it only counts";
        EXPECT_EQ(provider_pause({.reason = reason}, 2, k_policy), 0s);
        EXPECT_EQ(provider_pause({.reason = reason}, 3, k_policy), 15s);
        EXPECT_EQ(provider_pause({.reason = reason}, 4, k_policy), 1min);
        EXPECT_EQ(provider_pause({.reason = reason, .retry_after = 1h}, 3, k_policy), 1h);
        EXPECT_EQ(provider_pause({.reason = reason}, 99, k_policy), 10min);
    }
}

TEST(ProviderPause, IsNotMadeForTroubleOfOneCall) {
    for (const call::ReasonInfo& info : call::all_reasons()) {
        const bool account = info.reason_class == call::ReasonClass::account;
        const bool provider = info.reason == Reason::unreachable ||
                              info.reason == Reason::rate_limited ||
                              is_provider_failure(info.reason);
        EXPECT_EQ(provider_pause({.reason = info.reason}, 1, k_policy).has_value(),
                  account || provider)
            << info.code;
    }
}

TEST(StepNames, SayWhatIsDoneAndWhoIsAsked) {
    using call::Provider;
    struct Row {
        Step step;
        std::string_view name;
        std::vector<Provider> providers;
    };
    const std::vector<Row> rows{
        {Rest{}, "rest", {}},
        {Wait{}, "wait", {}},
        {Settle{}, "settle", {}},
        {Observe{}, "observe", {Provider::twilio}},
        {StartRecording{}, "start_recording", {Provider::twilio}},
        {Transcribe{k_recording}, "transcribe", {Provider::transcription, Provider::twilio}},
        {Summarise{}, "summarise", {Provider::summary}},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(name_of(row.step), row.name);
        const auto providers = providers_of(row.step);
        EXPECT_EQ((std::vector<Provider>{providers.begin(), providers.end()}), row.providers);
    }
}

} // namespace
} // namespace callctl::pipeline
