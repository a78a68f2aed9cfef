#include "unit/app/exposed.hpp"
#include "unit/app/quiet_logger.hpp"

#include "app/group_commit.hpp"
#include "base/digest.hpp"
#include "fakes/memory_call_store.hpp"
#include "pipeline/news.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <semaphore>
#include <set>
#include <string>
#include <vector>

namespace callctl::app {
namespace {

using Result = GroupCommit::Result;

call::Delivery delivery(int number, const std::string& raw = "") {
    std::string digits = std::to_string(number);
    const std::string sid = "CA" + std::string(32 - digits.size(), '0') + digits;
    return {.route = "/webhook/call_status",
            .raw = raw,
            .digest = base::sha256(sid + raw),
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
        {
            const std::scoped_lock lock{m_mutex};
            batches.push_back(deliveries.size());
        }
        return MemoryCallStore::ingest(deliveries, decide);
    }

    void wait_until_entered() { m_entered.acquire(); }
    void open() { m_gate.release(); }

    std::vector<std::size_t> batches{};

  private:
    std::mutex m_mutex{};
    std::counting_semaphore<> m_entered{0};
    std::counting_semaphore<> m_gate{0};
};

// What was committed of each call, and whether two commits ever had one call at a time.
class WatchedStore : public fakes::MemoryCallStore {
  public:
    explicit WatchedStore(int at_a_time) : m_at_a_time{at_a_time} {}

    port::IngestReport ingest(std::span<const call::Delivery> deliveries,
                              const DecideNews& decide) override {
        enter(deliveries);
        auto report = MemoryCallStore::ingest(deliveries, decide);
        leave(deliveries);
        return report;
    }

    std::map<std::string, std::vector<std::string>> order{};
    bool is_shared{false};

  private:
    // The first wait for each other, so that they are at work at the same time.
    void enter(std::span<const call::Delivery> deliveries) {
        std::unique_lock lock{m_mutex};
        ++m_entered;
        m_changed.notify_all();
        m_changed.wait(lock, [this] { return m_entered >= m_at_a_time; });
        std::set<std::string> own;
        for (const call::Delivery& delivery : deliveries) {
            order[delivery.sid.str()].push_back(delivery.raw);
            own.insert(delivery.sid.str());
        }
        for (const std::string& sid : own) {
            is_shared = is_shared || !m_inside.insert(sid).second;
        }
    }
    void leave(std::span<const call::Delivery> deliveries) {
        const std::scoped_lock lock{m_mutex};
        for (const call::Delivery& delivery : deliveries) {
            m_inside.erase(delivery.sid.str());
        }
    }

    int m_at_a_time;
    std::mutex m_mutex{};
    std::condition_variable m_changed{};
    int m_entered{0};
    std::set<std::string> m_inside{};
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

TEST_F(Commits, OfARepetitionTellWhetherTheCallIsRecordedByNow) {
    fakes::MemoryCallStore store;
    std::vector<bool> taken;
    {
        GroupCommit commits{store, decide, [] {}, m_log.logger, {}};
        const auto tell = [&](call::Delivery what) {
            what.route = "/webhook/outbound_call";
            std::promise<GroupCommit::Told> told;
            commits.submit(std::move(what),
                           [&told](GroupCommit::Told now) { told.set_value(now); });
            const auto now = told.get_future().get();
            EXPECT_EQ(now.result, Result::durable);
            taken.push_back(now.is_taken);
        };
        tell(delivery(1));
        tell(delivery(1));
        auto started = delivery(1, "started");
        started.news.recording.state = call::RecordingState::in_progress;
        tell(started);
        tell(delivery(1));
    }
    EXPECT_EQ(taken, (std::vector<bool>{false, false, false, true}));
}

TEST_F(Commits, AtATimeHaveCallsOfTheirOwn) {
    constexpr int k_deliveries = 400;
    WatchedStore store{2};
    std::atomic<int> durable{0};
    std::map<std::string, std::vector<std::string>> sent;
    {
        GroupCommit commits{
            store, decide, [] {}, m_log.logger, {.committers = 3, .crowd = 1, .batch = 4}};
        for (int i = 0; i < k_deliveries; ++i) {
            auto one = delivery(i * 3 % 5, std::to_string(i));
            sent[one.sid.str()].push_back(one.raw);
            commits.submit(std::move(one), [&durable](GroupCommit::Told told) {
                durable += told.result == Result::durable;
            });
        }
    }
    EXPECT_EQ(durable, k_deliveries);
    EXPECT_EQ(store.order, sent) << "those of a call in the order in which they came";
    EXPECT_FALSE(store.is_shared);
}

TEST_F(Commits, BeginBesideAnotherOneForACrowd) {
    GatedStore store;
    {
        GroupCommit commits{store, decide, [] {}, m_log.logger, {.committers = 2, .crowd = 3}};
        for (int i = 0; i < 4; ++i) {
            commits.submit(delivery(i), [](GroupCommit::Told) {});
            if (i == 0 || i == 3) {
                store.wait_until_entered();
            }
        }
        store.open();
        store.open();
    }
    EXPECT_THAT(store.batches, testing::UnorderedElementsAre(1, 3));
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
