#include "pg/claim_marks.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace callctl::pg {
namespace {

using namespace std::chrono_literals;

constexpr base::Time k_time{std::chrono::microseconds{1'767'268'800'000'000}};
const port::ClaimRequest k_overdue{};
const port::ClaimRequest k_newest{.order = port::ClaimOrder::newest};

TEST(ClaimMarks, AreWhereTheLastClaimOfTheirKindEnded) {
    ClaimMarks marks{1h};
    EXPECT_FALSE(marks.get(k_overdue));
    marks.take(k_overdue, k_time, k_time - 1h);
    marks.take(k_overdue, k_time + 2s, k_time - 1h);
    marks.take(k_overdue, k_time + 1s, k_time - 1h);
    EXPECT_EQ(marks.get(k_overdue), k_time + 2s);
    EXPECT_FALSE(marks.get(k_newest));
    EXPECT_FALSE(marks.get({.stage = call::Stage::summary}));
    EXPECT_FALSE(marks.get({.since = 1h}));
}

TEST(ClaimMarks, OfTheNewestGoBackInTime) {
    ClaimMarks marks{1h};
    marks.take(k_newest, k_time, k_time - 1h);
    marks.take(k_newest, k_time, k_time - 2h);
    EXPECT_EQ(marks.get(k_newest), k_time - 2h);
}

TEST(ClaimMarks, AreForgottenWhenThereIsNothingMore) {
    ClaimMarks marks{1h};
    marks.take(k_overdue, k_time, k_time);
    marks.forget(k_overdue);
    EXPECT_FALSE(marks.get(k_overdue));
}

TEST(ClaimMarks, HoldTheLongerTheLongerAWalkFromTheStartTakes) {
    ClaimMarks marks{1ms};
    marks.take(k_overdue, k_time, k_time);
    marks.walked(k_overdue, 1h);
    marks.take(k_newest, k_time, k_time);
    marks.walked(k_newest, 1us);
    const auto start = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - start < 2ms) {
    }
    EXPECT_TRUE(marks.get(k_overdue));
    EXPECT_FALSE(marks.get(k_newest));
}

TEST(ClaimMarks, DoNotOutliveTheirTime) {
    ClaimMarks marks{0ms};
    marks.take(k_overdue, k_time, k_time);
    EXPECT_FALSE(marks.get(k_overdue));
}

} // namespace
} // namespace callctl::pg
