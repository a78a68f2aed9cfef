#include "unit/app/exposed.hpp"

#include "app/server_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace callctl::app {
namespace {

using twilio::Route;
using Answer = ServerMetrics::Answer;
using namespace std::chrono_literals;

class Counting : public testing::Test {
  protected:
    void answer(Route route, Answer how, std::chrono::microseconds after) {
        const auto outcome = std::make_shared<std::atomic<Answer>>(Answer::accepted);
        bool replied = false;
        const auto reply = m_metrics.counted(
            route, m_metrics.now(), outcome,
            [&](const port::WebResponse& response) { replied = response.status == 204; });
        *outcome = how;
        m_time += after;
        reply({.status = 204});
        EXPECT_TRUE(replied);
    }
    [[nodiscard]] double value(const std::string& series) const {
        const auto all = series_of(m_metrics.text());
        const auto found = all.find(series);
        return found == all.end() ? -1.0 : found->second;
    }

    ServerMetrics::Moment m_time{};
    ServerMetrics m_metrics{[this] { return m_time; }};
};

TEST_F(Counting, HasEverySeriesOfAClosedListFromTheStart) {
    EXPECT_EQ(value("callctl_webhooks_total{result=\"failed\",route=\"incoming_call\"}"), 0.0);
    EXPECT_EQ(value("callctl_webhooks_total{result=\"refused\",route=\"other\"}"), 0.0);
    EXPECT_EQ(value("callctl_webhooks_total{result=\"accepted\",route=\"other\"}"), -1.0);
    EXPECT_EQ(value("callctl_webhooks_refused_total{why=\"signature_invalid\"}"), 0.0);
    EXPECT_EQ(value("callctl_upstream_requests_total{result=\"fallback\"}"), 0.0);
    EXPECT_EQ(value("callctl_spool_records"), 0.0);
}

TEST_F(Counting, TellsAnswersApartByRouteAndResult) {
    answer(Route::incoming_call, Answer::late, 1500ms);
    answer(Route::incoming_call, Answer::unsaved, 1ms);
    answer(Route::call_status, Answer::accepted, 1ms);
    answer(Route::call_status, Answer::spooled, 1ms);
    answer(Route::stream_ended, Answer::failed, 1ms);
    for (const char* const series : {"{result=\"late\",route=\"incoming_call\"}",
                                     "{result=\"unsaved\",route=\"incoming_call\"}",
                                     "{result=\"accepted\",route=\"call_status\"}",
                                     "{result=\"spooled\",route=\"call_status\"}",
                                     "{result=\"failed\",route=\"stream_ended\"}"}) {
        EXPECT_EQ(value("callctl_webhooks_total" + std::string{series}), 1.0) << series;
    }
    EXPECT_EQ(value("callctl_webhooks_total{result=\"accepted\",route=\"incoming_call\"}"), 0.0);
}

TEST_F(Counting, SortsAnswersByTheTimeTheyTook) {
    answer(Route::call_status, Answer::accepted, 800us);
    answer(Route::call_status, Answer::accepted, 3ms);
    answer(Route::call_status, Answer::accepted, 12s);
    answer(Route::incoming_call, Answer::accepted, 1min);
    const auto below = [this](const std::string& route, const std::string& bound) {
        return value("callctl_webhook_ack_seconds_bucket{route=\"" + route + "\",le=\"" + bound +
                     "\"}");
    };
    EXPECT_EQ(below("call_status", "0.001"), 1.0);
    EXPECT_EQ(below("call_status", "0.005"), 2.0);
    EXPECT_EQ(below("call_status", "10"), 2.0);
    EXPECT_EQ(below("call_status", "15"), 3.0);
    EXPECT_EQ(below("incoming_call", "15"), 0.0);
    EXPECT_EQ(below("incoming_call", "+Inf"), 1.0);
    EXPECT_NEAR(value("callctl_webhook_ack_seconds_sum{route=\"call_status\"}"), 12.0038, 1e-9);
}

TEST_F(Counting, CountsRefusalsByRouteAndByWhy) {
    m_metrics.webhook_refused(Route::call_status, "signature_invalid");
    m_metrics.webhook_refused(std::nullopt, "no_such_route");
    m_metrics.webhook_refused(std::nullopt, "a_new_word");
    EXPECT_EQ(value("callctl_webhooks_total{result=\"refused\",route=\"call_status\"}"), 1.0);
    EXPECT_EQ(value("callctl_webhooks_total{result=\"refused\",route=\"other\"}"), 2.0);
    EXPECT_EQ(value("callctl_webhooks_refused_total{why=\"signature_invalid\"}"), 1.0);
    EXPECT_EQ(value("callctl_webhooks_refused_total{why=\"a_new_word\"}"), 1.0);
}

TEST_F(Counting, KnowsWhatACommitHeld) {
    const auto began = m_metrics.now();
    m_time += 4ms;
    m_metrics.committed(began, 20, {.applied = 17, .duplicates = 2, .kept = 1});
    m_metrics.commit_failed();
    EXPECT_EQ(value("callctl_commits_total{result=\"ok\"}"), 1.0);
    EXPECT_EQ(value("callctl_commits_total{result=\"failed\"}"), 1.0);
    EXPECT_EQ(value("callctl_deliveries_total{result=\"applied\"}"), 17.0);
    EXPECT_EQ(value("callctl_deliveries_total{result=\"duplicate\"}"), 2.0);
    EXPECT_EQ(value("callctl_deliveries_total{result=\"kept\"}"), 1.0);
    EXPECT_EQ(value("callctl_commit_deliveries_bucket{le=\"16\"}"), 0.0);
    EXPECT_EQ(value("callctl_commit_deliveries_bucket{le=\"32\"}"), 1.0);
    EXPECT_EQ(value("callctl_commit_seconds_bucket{le=\"0.005\"}"), 1.0);
}

TEST_F(Counting, FollowsTheSpool) {
    m_metrics.spool_limit(1U << 30U);
    m_metrics.spooled(5);
    m_metrics.spool(5, 4096);
    m_metrics.replayed(3);
    m_metrics.spool_file_damaged();
    m_metrics.spool(1, 900);
    EXPECT_EQ(value("callctl_spool_records"), 1.0);
    EXPECT_EQ(value("callctl_spool_bytes"), 900.0);
    EXPECT_EQ(value("callctl_spool_limit_bytes"), 1073741824.0);
    EXPECT_EQ(value("callctl_spooled_deliveries_total"), 5.0);
    EXPECT_EQ(value("callctl_replayed_deliveries_total"), 3.0);
    EXPECT_EQ(value("callctl_spool_damaged_files_total"), 1.0);
}

TEST_F(Counting, FollowsConnectionsAndTheUpstream) {
    m_metrics.connection_opened();
    m_metrics.connection_opened();
    m_metrics.connection_closed();
    m_metrics.connection_refused("address_limit");
    m_metrics.upstream(ServerMetrics::UpstreamResult::retried);
    EXPECT_EQ(value("callctl_connections"), 1.0);
    EXPECT_EQ(value("callctl_connections_accepted_total"), 2.0);
    EXPECT_EQ(value("callctl_connections_refused_total{why=\"address_limit\"}"), 1.0);
    EXPECT_EQ(value("callctl_upstream_requests_total{result=\"retried\"}"), 1.0);
    EXPECT_EQ(value("callctl_upstream_requests_total{result=\"ok\"}"), 0.0);
}

TEST_F(Counting, LosesNothingThatThreadsCountAtATimeWhileItIsRead) {
    constexpr int k_rounds = 2'000;
    const auto count = [this] {
        for (int i = 0; i < k_rounds; ++i) {
            m_metrics.webhook_refused(std::nullopt, "method");
            m_metrics.committed(m_time, 1, {.applied = 1});
            m_metrics.spooled(1);
        }
    };
    std::thread first{count};
    std::thread second{count};
    for (int i = 0; i < 20; ++i) {
        EXPECT_FALSE(m_metrics.text().empty());
    }
    first.join();
    second.join();
    EXPECT_EQ(value("callctl_webhooks_refused_total{why=\"method\"}"), 2.0 * k_rounds);
    EXPECT_EQ(value("callctl_commit_deliveries_count"), 2.0 * k_rounds);
    EXPECT_EQ(value("callctl_spooled_deliveries_total"), 2.0 * k_rounds);
}

} // namespace
} // namespace callctl::app
