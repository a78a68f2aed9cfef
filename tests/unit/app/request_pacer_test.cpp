// The requests of all hosts together stay within a provider's limit, and use it.
#include "app/request_pacer.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"
#include "pipeline/pace.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace callctl::app {
namespace {

using call::Provider;
using namespace std::chrono_literals;

std::ptrdiff_t most_in_a_minute(const std::vector<base::Time>& sorted) {
    std::ptrdiff_t most = 0;
    auto first = sorted.begin();
    for (auto last = sorted.begin(); last != sorted.end(); ++last) {
        first = std::find_if(
            first, last, [&](base::Time sent) { return sent > *last - std::chrono::minutes{1}; });
        most = std::max(most, last - first + 1);
    }
    return most;
}

RC_GTEST_PROP(RequestPacing, KeepsEveryMinuteWithinTheLimitOfAllHosts, ()) {
    const int per_minute = *rc::gen::inRange(1, 600);
    const auto pace = pipeline::pace_of(per_minute);
    fakes::MemoryCallStore store;
    std::vector<base::Time> sent;
    for (int i = *rc::gen::inRange(1, 20); i > 0; --i) {
        store.advance(std::chrono::milliseconds{*rc::gen::inRange(0, 100'000)});
        for (int request = *rc::gen::inRange(0, 2 * per_minute); request > 0; --request) {
            sent.push_back(store.now() + store.reserve_request(Provider::twilio, pace));
        }
    }
    std::ranges::sort(sent);
    RC_ASSERT(most_in_a_minute(sent) <= per_minute);
}

RC_GTEST_PROP(RequestPacing, UsesTheLimitWhileThereIsEnoughToDo, ()) {
    const int per_minute = *rc::gen::inRange(1, 600);
    const auto pace = pipeline::pace_of(per_minute);
    fakes::MemoryCallStore store;
    const base::Time begin = store.now();
    int sent = 0;
    while (store.now() + store.reserve_request(Provider::twilio, pace) < begin + 1h) {
        ++sent;
    }
    RC_ASSERT(sent >= 60 * per_minute * 95 / 100);
}

class Pacer : public testing::Test {
  protected:
    bool wait(int per_minute) {
        pipeline::Policy policy;
        policy.limits[static_cast<std::size_t>(Provider::summary)].requests_per_minute = per_minute;
        return RequestPacer{m_store, m_clock, policy}.wait_for_turn(Provider::summary);
    }

    fakes::MemoryCallStore m_store;
    fakes::ManualClock m_clock;
};

TEST_F(Pacer, AsksNobodyWhereThereIsNoLimit) {
    m_store.set_available(false);
    EXPECT_TRUE(wait(0));
    EXPECT_TRUE(m_clock.waits().empty());
}

TEST_F(Pacer, WaitsForTheTurnOfARequest) {
    EXPECT_TRUE(wait(30));
    EXPECT_TRUE(m_clock.waits().empty());
    EXPECT_TRUE(wait(30));
    ASSERT_EQ(m_clock.waits().size(), 1U);
    EXPECT_GT(m_clock.waits().front(), 2s);
    EXPECT_LT(m_clock.waits().front(), 3s);
}

TEST_F(Pacer, ReservesATurnAMinuteBeforeItAtMost) {
    m_clock.on_wait([this](std::chrono::milliseconds passed) { m_store.advance(passed); });
    EXPECT_TRUE(wait(1));
    const auto begin = m_store.now();
    EXPECT_TRUE(wait(1));
    EXPECT_GT(m_store.now() - begin, 60s);
    EXPECT_LT(m_store.now() - begin, 63s);
    ASSERT_EQ(m_clock.waits().size(), 2U);
    EXPECT_LE(m_clock.waits().back(), 60s);
}

TEST_F(Pacer, LosesFewTurnsToThoseWhoStopWhileTheyWait) {
    EXPECT_TRUE(wait(6));
    m_clock.stop();
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(wait(6));
    }
    EXPECT_LT(m_store.reserve_request(Provider::summary, pipeline::pace_of(6)), 71s);
}

TEST_F(Pacer, GivesUpWaitingLongBeforeAStageIsOver) {
    EXPECT_TRUE(wait(1));
    m_clock.on_wait([this](std::chrono::milliseconds passed) {
        m_store.advance(passed); // others are quicker, each time
        static_cast<void>(m_store.reserve_request(Provider::summary, pipeline::pace_of(1)));
    });
    const auto begin = m_store.now();
    EXPECT_FALSE(wait(1));
    const auto longest = m_store.now() - begin;
    EXPECT_LT(2 * longest, pipeline::Policy{}.stage_deadlines.at(0))
        << "to record takes two requests";
}

TEST_F(Pacer, StopsWaitingWhenAskedTo) {
    EXPECT_TRUE(wait(6));
    m_clock.stop();
    EXPECT_FALSE(wait(6));
}

} // namespace
} // namespace callctl::app
