// What is sent while other workers find out that the provider is closed.
#include "app/step_client.hpp"
#include "app/transport.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/memory_call_store.hpp"
#include "fakes/scripted_http_client.hpp"

#include <gtest/gtest.h>

namespace callctl::app {
namespace {

using call::Failure;
using call::Provider;
using call::Reason;
using fakes::http_response;
using namespace std::chrono_literals;

pipeline::Policy limited() {
    pipeline::Policy policy;
    policy.limits[static_cast<std::size_t>(Provider::summary)].requests_per_minute = 20;
    return policy;
}

class StepRequests : public testing::Test {
  protected:
    StepRequests() {
        m_clock.on_wait([this](std::chrono::milliseconds passed) { m_store.advance(passed); });
        for (int i = 0; i < 9; ++i) {
            m_http.once("GET", "/x", http_response(200));
        }
    }

    /// Of a step that is decided upon now.
    StepClient client() {
        return StepClient{m_http, m_pacer, Provider::summary, m_store.now(), m_usage};
    }
    void close(std::chrono::milliseconds pause) {
        m_store.close_provider(Provider::summary, Reason::quota, "429", pause, m_store.now());
    }
    [[nodiscard]] std::size_t sent() const { return m_http.count("GET", "/x"); }

    fakes::MemoryCallStore m_store;
    fakes::ManualClock m_clock;
    fakes::ScriptedHttpClient m_http;
    pipeline::Usage m_usage{};
    RequestPacer m_pacer{m_store, m_clock, limited()};
};

Failure failure_of(StepClient& client) {
    return exchange(client, {.method = "GET", .url = "http://ai/x"}, "a question").error();
}

bool is_sent(StepClient& client) {
    return exchange(client, {.method = "GET", .url = "http://ai/x"}, "a question").has_value();
}

TEST_F(StepRequests, AreNotSentOnceOthersFoundTheProviderClosed) {
    StepClient step = client();
    EXPECT_TRUE(is_sent(step));
    close(30s);
    const auto failure = failure_of(step);
    EXPECT_EQ(failure.reason, Reason::provider_closed);
    EXPECT_GT(failure.retry_after, 26s);
    EXPECT_LE(failure.retry_after, 30s);
    EXPECT_EQ(sent(), 1U);
    EXPECT_EQ(m_usage.requests, 1);
}

TEST_F(StepRequests, AreNotSentWhereTheProviderClosedWhileTheyWaitedForTheirTurn) {
    StepClient first = client();
    EXPECT_TRUE(is_sent(first));
    m_clock.on_wait([this](std::chrono::milliseconds passed) {
        m_store.advance(passed / 2);
        close(1h);
        m_store.advance(passed / 2);
    });
    StepClient second = client();
    EXPECT_EQ(failure_of(second).reason, Reason::provider_closed);
    EXPECT_FALSE(second.has_asked());
    EXPECT_EQ(sent(), 1U);
}

TEST_F(StepRequests, OfTheOneWhoTriesAHalfOpenProviderAreSent) {
    close(30s);
    m_store.advance(31s);
    ASSERT_TRUE(m_store.take_probe(Provider::summary, 1min));
    StepClient probe = client();
    EXPECT_TRUE(is_sent(probe));
    EXPECT_TRUE(is_sent(probe));
}

TEST_F(StepRequests, AreSentWhereNobodyCanTellOfTheProvider) {
    RequestPacer unlimited{m_store, m_clock, {}};
    StepClient step{m_http, unlimited, Provider::summary, m_store.now(), m_usage};
    m_store.set_available(false);
    EXPECT_TRUE(is_sent(step));
}

} // namespace
} // namespace callctl::app
