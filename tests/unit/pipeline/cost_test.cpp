#include "pipeline/cost.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace callctl::pipeline {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t k_most = std::numeric_limits<std::int64_t>::max();

TEST(AudioCost, IsByTheMinute) {
    EXPECT_EQ(audio_cost({.audio_minute_micros = 4500}, milliseconds{60'000}), 4500);
    EXPECT_EQ(audio_cost({.audio_minute_micros = 4500}, milliseconds{4'000}), 300);
}

TEST(AudioCost, IsRoundedUp) {
    EXPECT_EQ(audio_cost({.audio_minute_micros = 1}, milliseconds{1}), 1);
    EXPECT_EQ(audio_cost({.audio_minute_micros = 667}, milliseconds{10'000}), 112);
}

TEST(AudioCost, IsNothingWithoutAPriceOrSound) {
    EXPECT_EQ(audio_cost({}, milliseconds{60'000}), 0);
    EXPECT_EQ(audio_cost({.audio_minute_micros = 4500}, milliseconds{0}), 0);
}

TEST(TokenCost, CountsBothWaysAtTheirOwnPrice) {
    const Price price{.input_million_micros = 100'000, .output_million_micros = 500'000};
    EXPECT_EQ(token_cost(price, 20'000, 400), 2000 + 200);
    EXPECT_EQ(token_cost(price, 1, 0), 1) << "rounded up";
    EXPECT_EQ(token_cost(price, 0, 0), 0);
    EXPECT_EQ(token_cost({}, 20'000, 400), 0);
}

TEST(Costs, BeyondWhatCanBeCountedStopThere) {
    EXPECT_EQ(audio_cost({.audio_minute_micros = k_most}, milliseconds{k_most}), k_most);
    const Price price{.input_million_micros = k_most, .output_million_micros = 1'000'000};
    EXPECT_EQ(token_cost(price, 2'000'000, 0), k_most);
    EXPECT_EQ(token_cost(price, 1'000'000, 5), k_most) << "the sum, too";
}

} // namespace
} // namespace callctl::pipeline
