// What many requests that fail together say of a provider.
#include "app/breaker.hpp"
#include "fakes/memory_call_store.hpp"

#include <gtest/gtest.h>

#include <array>

namespace callctl::app {
namespace {

using call::Provider;
using call::Reason;
using namespace std::chrono_literals;

class TogetherInTheBreaker : public testing::Test {
  protected:
    void fail(Reason reason, base::Time asked,
              std::optional<std::chrono::milliseconds> retry_after = {}) {
        Breaker breaker{m_store, m_policy};
        breaker.note_failure(Provider::summary, {.reason = reason, .retry_after = retry_after},
                             asked);
    }
    [[nodiscard]] port::ProviderState state() {
        return m_store.providers().at(static_cast<std::size_t>(Provider::summary));
    }

    fakes::MemoryCallStore m_store;
    pipeline::Policy m_policy;
};

TEST_F(TogetherInTheBreaker, RequestsThatFailAreOneFault) {
    const auto asked = m_store.now();
    for (int i = 0; i < 8; ++i) {
        m_store.advance(10ms);
        fail(Reason::rate_limited, asked);
    }
    EXPECT_EQ(state().failures, 1);
    EXPECT_LE(state().closed_until.value(), m_store.now() + 15s);
    m_store.advance(1min);
    fail(Reason::rate_limited, m_store.now());
    EXPECT_EQ(state().failures, 2);
    EXPECT_GT(state().closed_until.value(), m_store.now() + 15s);
}

TEST_F(TogetherInTheBreaker, OneThatFailsAfterTheClockWasSetBackCounts) {
    fail(Reason::unreachable, m_store.now());
    m_store.set_now(m_store.now() - 1h);
    fail(Reason::unreachable, m_store.now());
    EXPECT_EQ(state().failures, 2);
    m_store.set_now(m_store.now() - 1h);
    m_store.open_provider(Provider::summary, m_store.now());
    EXPECT_EQ(state().failures, 0);
}

TEST_F(TogetherInTheBreaker, OneThatIsToldToWaitLongerIsHeeded) {
    const auto asked = m_store.now();
    m_store.advance(1s);
    fail(Reason::unreachable, asked);
    fail(Reason::rate_limited, asked, 10min);
    EXPECT_EQ(state().failures, 1);
    EXPECT_GT(state().closed_until.value(), m_store.now() + 9min);
}

TEST_F(TogetherInTheBreaker, OneThatIsLateDoesNotCloseWhatHasWorkedSince) {
    const auto asked = m_store.now();
    m_store.advance(1s);
    fail(Reason::unreachable, asked);
    m_store.advance(1min);
    m_store.open_provider(Provider::summary, m_store.now());
    m_store.advance(1s);
    fail(Reason::unreachable, asked);
    EXPECT_EQ(state().failures, 0);
    EXPECT_FALSE(state().closed_until);
}

TEST_F(TogetherInTheBreaker, TimeoutsCountOneByOneUntilTheyCloseIt) {
    const auto asked = m_store.now();
    m_store.advance(1s);
    for (int i = 0; i < m_policy.failures_to_close + 5; ++i) {
        EXPECT_EQ(state().closed_until.has_value(), i >= m_policy.failures_to_close);
        fail(Reason::timeout, asked);
    }
    EXPECT_EQ(state().failures, m_policy.failures_to_close);
}

class ProbeOfTheBreaker : public TogetherInTheBreaker {
  protected:
    /// A provider that was closed is tried, and this comes of it.
    void try_with(const call::Failure& failure) {
        m_store.close_provider(Provider::summary, Reason::unreachable, "", 1min, m_store.now());
        m_store.advance(2min);
        const std::array asked{Provider::summary};
        Breaker breaker{m_store, m_policy};
        ASSERT_EQ(breaker.closed_until(asked, m_store.now()), std::nullopt);
        m_store.advance(1s);
        breaker.note_failure(Provider::summary, failure, m_store.now());
    }
    [[nodiscard]] bool may_be_tried() {
        const std::array asked{Provider::summary};
        Breaker breaker{m_store, m_policy};
        return !breaker.closed_until(asked, m_store.now());
    }
};

TEST_F(ProbeOfTheBreaker, ThatFailsByAFaultOfOurOwnIsTheNextOnes) {
    try_with({.reason = Reason::local_fault});
    EXPECT_TRUE(may_be_tried());
    EXPECT_EQ(state().failures, 1) << "nothing was learnt";
}

TEST_F(ProbeOfTheBreaker, ThatIsAnsweredWithoutWordsHasWorked) {
    try_with({.reason = Reason::empty_transcript});
    EXPECT_EQ(state().failures, 0);
    EXPECT_TRUE(may_be_tried());
}

TEST_F(ProbeOfTheBreaker, ThatIsToldToComeBackSoonKeepsNobodyAwayForLonger) {
    try_with({.reason = Reason::rate_limited, .retry_after = 3s, .http_status = 429});
    EXPECT_EQ(state().closed_until, m_store.now() + 3s);
    EXPECT_EQ(state().reason, Reason::rate_limited);
    m_store.advance(3s);
    EXPECT_TRUE(may_be_tried());
}

} // namespace
} // namespace callctl::app
