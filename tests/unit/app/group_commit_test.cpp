#include "unit/app/exposed.hpp"
#include "unit/app/quiet_logger.hpp"

#include "app/group_commit.hpp"
#include "base/digest.hpp"
#include "fakes/memory_call_store.hpp"
#include "pipeline/outcome.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <semaphore>
#include <string>

namespace callctl::app {
namespace {

using Result = GroupCommit::Result;

call::Delivery delivery(int number) {
    std::string digits = std::to_string(number);
    const std::string sid = "CA" + std::string(32 - digits.size(), '0') + digits;
    return {.route = "/webhook/call_status",
            .digest = base::sha256(sid),
            .sid = *base::CallSid::parse(sid),
            .news = {.state = call::CallState::ringing}};
}

// A store whose commits wait until the test lets them.
class GatedStore : public fakes::MemoryCallStore {
  public:
    port::IngestReport ingest(std::span<const call::Delivery> deliveries,
                              const DecideNews& decide) override {
        m_entered.release();
        m_gate.acquire();
        batches.push_back(deliveries.size());
        return MemoryCallStore::ingest(deliveries, decide);
    }

    void wait_until_entered() { m_entered.acquire(); }
    void open() { m_gate.release(); }

    std::vector<std::size_t> batches{};

  private:
    std::counting_semaphore<> m_entered{0};
    std::counting_semaphore<> m_gate{0};
};

class Commits : public testing::Test {
  protected:
    static call::Change decide(const call::Call& call, const call::CallFacts& news,
                               base::Time now) {
        return pipeline::on_news(call, news, now, pipeline::Policy{});
    }

    KeptLog m_log;
};

TEST_F(Commits, AreSharedByWhatArrivesDuringOne) {
    GatedStore store;
    std::atomic<int> durable{0};
    {
        GroupCommit commits{store, decide, [] {}, m_log.logger, {}};
        const auto count = [&durable](GroupCommit::Told told) {
            durable += told.result == Result::durable;
        };
        commits.submit(delivery(0), count);
        store.wait_until_entered();
        for (int i = 1; i <= 10; ++i) {
            commits.submit(delivery(i), count);
        }
        EXPECT_EQ(durable, 0) << "nothing is answered before its commit";
        store.open();
        store.wait_until_entered();
        store.open();
    }
    EXPECT_EQ(durable, 11);
    EXPECT_EQ(store.batches, (std::vector<std::size_t>{1, 10}));
}

TEST_F(Commits, AreFinishedBeforeTheEnd) {
    fakes::MemoryCallStore store;
    std::atomic<int> durable{0};
    {
        GroupCommit commits{store, decide, [] {}, m_log.logger, {.batch = 3}};
        for (int i = 0; i < 50; ++i) {
            commits.submit(delivery(i), [&durable](GroupCommit::Told told) {
                durable += told.result == Result::durable;
            });
        }
    }
    EXPECT_EQ(durable, 50);
}

TEST_F(Commits, FailTogetherWhenTheDatabaseIsAway) {
    fakes::MemoryCallStore store;
    store.set_available(false);
    std::promise<Result> told;
    std::atomic<int> committed{0};
    GroupCommit commits{store, decide, [&committed] { ++committed; }, m_log.logger, {}};
    commits.submit(delivery(1), [&told](GroupCommit::Told what) { told.set_value(what.result); });
    EXPECT_EQ(told.get_future().get(), Result::failed);
    EXPECT_EQ(committed, 0);
}

TEST_F(Commits, AreCountedWithWhatTheyHeld) {
    GatedStore store;
    ServerMetrics metrics;
    {
        GroupCommit commits{store, decide, [] {}, m_log.logger, {.metrics = &metrics}};
        commits.submit(delivery(0), [](GroupCommit::Told) {});
        store.wait_until_entered();
        for (const int number : {1, 2, 0}) {
            commits.submit(delivery(number), [](GroupCommit::Told) {});
        }
        store.open();
        store.wait_until_entered();
        store.open();
    }
    auto series = series_of(metrics.text());
    EXPECT_EQ(series.at("callctl_commits_total{result=\"ok\"}"), 2.0);
    EXPECT_EQ(series.at("callctl_commit_deliveries_sum"), 4.0);
    EXPECT_EQ(series.at("callctl_commit_deliveries_bucket{le=\"1\"}"), 1.0);
    EXPECT_EQ(series.at("callctl_deliveries_total{result=\"applied\"}"), 3.0);
    EXPECT_EQ(series.at("callctl_deliveries_total{result=\"duplicate\"}"), 1.0);
    store.set_available(false);
    store.open();
    {
        GroupCommit commits{store, decide, [] {}, m_log.logger, {.metrics = &metrics}};
        commits.submit(delivery(5), [](GroupCommit::Told) {});
    }
    series = series_of(metrics.text());
    EXPECT_EQ(series.at("callctl_commits_total{result=\"ok\"}"), 2.0);
    EXPECT_EQ(series.at("callctl_commits_total{result=\"failed\"}"), 1.0);
}

TEST_F(Commits, RefuseAtOnceWhatTheQueueCannotHold) {
    GatedStore store;
    std::atomic<int> failed{0};
    GroupCommit commits{store, decide, [] {}, m_log.logger, {.queue = 2}};
    const auto count = [&failed](GroupCommit::Told told) {
        failed += told.result == Result::failed;
    };
    commits.submit(delivery(0), count);
    store.wait_until_entered();
    for (int i = 1; i <= 5; ++i) {
        commits.submit(delivery(i), count);
    }
    EXPECT_EQ(failed, 3);
    store.open();
    store.wait_until_entered();
    store.open();
}

} // namespace
} // namespace callctl::app
