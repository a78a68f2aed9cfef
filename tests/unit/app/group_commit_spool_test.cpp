#include "unit/app/exposed.hpp"
#include "unit/app/quiet_logger.hpp"
#include "unit/app/spooled_calls.hpp"

#include "app/group_commit.hpp"
#include "base/exception.hpp"
#include "fakes/memory_call_store.hpp"
#include "fakes/memory_spool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <future>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace callctl::app {
namespace {

using Result = GroupCommit::Result;
using testing::ElementsAre;
using testing::HasSubstr;

// A database that can be away, or hang, and that remembers in which order it heard of calls.
class FickleStore : public fakes::MemoryCallStore {
  public:
    enum class Mood { well, away, hangs };

    port::IngestReport ingest(std::span<const call::Delivery> deliveries,
                              const DecideNews& decide) override {
        std::unique_lock lock{m_mutex};
        ++m_asked;
        m_changed.notify_all();
        m_changed.wait(lock, [this] { return m_mood != Mood::hangs; });
        if (m_mood == Mood::away) {
            throw base::StoreError{"the database is away"};
        }
        const auto report = MemoryCallStore::ingest(deliveries, decide);
        for (const call::Delivery& delivery : deliveries) {
            m_heard.push_back(delivery.sid.str());
            if (m_known.insert(delivery.raw).second) {
                m_order[delivery.sid.str()].push_back(delivery.raw);
            }
        }
        m_changed.notify_all();
        return report;
    }

    void become(Mood mood) {
        {
            const std::scoped_lock lock{m_mutex};
            m_mood = mood;
        }
        m_changed.notify_all();
    }
    void wait_until_heard(std::size_t count) {
        std::unique_lock lock{m_mutex};
        m_changed.wait(lock, [&] { return m_heard.size() >= count; });
    }
    /// Of each call, in the order in which they were heard of first.
    [[nodiscard]] std::map<std::string, std::vector<std::string>>
    wait_for_order(std::size_t count) {
        std::unique_lock lock{m_mutex};
        m_changed.wait(lock, [&] { return m_known.size() >= count; });
        return m_order;
    }
    void wait_until_asked(int times = 1) {
        std::unique_lock lock{m_mutex};
        m_changed.wait(lock, [&] { return m_asked >= times; });
    }
    [[nodiscard]] int asked() {
        const std::scoped_lock lock{m_mutex};
        return m_asked;
    }
    [[nodiscard]] std::vector<std::string> heard() {
        const std::scoped_lock lock{m_mutex};
        return m_heard;
    }

  private:
    std::mutex m_mutex{};
    std::condition_variable m_changed{};
    Mood m_mood{Mood::well};
    int m_asked{0};
    std::vector<std::string> m_heard{};
    std::set<std::string> m_known{};
    std::map<std::string, std::vector<std::string>> m_order{};
};

using Mood = FickleStore::Mood;

class SpooledCommits : public testing::Test {
  protected:
    [[nodiscard]] std::unique_ptr<GroupCommit> commits() { return commits_to(m_store); }
    [[nodiscard]] std::unique_ptr<GroupCommit> commits_to(port::CallStore& store) {
        return std::make_unique<GroupCommit>(
            store, decide_for_test, [this] { ++m_wakes; }, m_log.logger,
            GroupCommit::Options{.patience = std::chrono::milliseconds{20},
                                 .first_pause = std::chrono::milliseconds{1},
                                 .longest_pause = std::chrono::milliseconds{4},
                                 .metrics = &m_metrics},
            &m_spool);
    }
    static std::future<Result> submit(GroupCommit& commits, int number) {
        auto promise = std::make_shared<std::promise<Result>>();
        commits.submit(status_delivery(number),
                       [promise](GroupCommit::Told told) { promise->set_value(told.result); });
        return promise->get_future();
    }
    static std::vector<std::string> calls(int from, int to) {
        std::vector<std::string> names;
        for (int i = from; i < to; ++i) {
            names.push_back(call_sid(i).str());
        }
        return names;
    }

    KeptLog m_log;
    ServerMetrics m_metrics{};
    FickleStore m_store;
    fakes::MemorySpool m_spool;
    std::atomic<int> m_wakes{0};
};

TEST_F(SpooledCommits, AreKeptInTheSpoolWhileTheDatabaseIsAwayAndReplayedInOrder) {
    m_store.become(Mood::away);
    const auto group = commits();
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(submit(*group, i).get(), Result::spooled) << i;
    }
    EXPECT_EQ(m_wakes, 0);
    m_store.become(Mood::well);
    m_store.wait_until_heard(50);
    EXPECT_EQ(m_store.heard(), calls(0, 50));
}

TEST_F(SpooledCommits, AreCountedOnTheirWayInAndOut) {
    m_store.become(Mood::away);
    auto group = commits();
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(submit(*group, i).get(), Result::spooled) << i;
    }
    m_store.become(Mood::well);
    m_store.wait_until_heard(5);
    group.reset();
    const auto series = series_of(m_metrics.text());
    EXPECT_EQ(series.at("callctl_spooled_deliveries_total"), 5.0);
    EXPECT_EQ(series.at("callctl_replayed_deliveries_total"), 5.0);
    EXPECT_GE(series.at("callctl_commits_total{result=\"failed\"}"), 1.0);
}

// Somebody has the row of the call locked for a moment.
class LockedRowStore : public fakes::MemoryCallStore {
  public:
    port::IngestReport ingest(std::span<const call::Delivery> deliveries,
                              const DecideNews& decide) override {
        auto report = MemoryCallStore::ingest(deliveries, decide);
        report.kept = report.locked = 1;
        return report;
    }
    port::KeptReport apply_kept(const DecideNews& /*decide*/, int /*most*/) override {
        const int tries = ++m_tries;
        if (tries == 2) {
            throw base::StoreError{"gone"};
        }
        if (tries == 4) {
            applied.set_value();
        }
        return {.applied = tries == 4 ? 1U : 0U, .locked = tries < 4 ? 1U : 0U};
    }

    std::promise<void> applied{};

  private:
    std::atomic<int> m_tries{0};
};

TEST_F(SpooledCommits, OfLockedRowsAreAppliedSoon) {
    LockedRowStore store;
    const auto group = commits_to(store);
    EXPECT_EQ(submit(*group, 1).get(), Result::durable);
    store.applied.get_future().get();
    EXPECT_THAT(m_log.text(), testing::HasSubstr("deliveries_wait"));
}

TEST_F(SpooledCommits, OfLockedRowsThatAreReplayedAreAppliedSoonToo) {
    ASSERT_TRUE(m_spool.append(std::vector{spooled(status_delivery(1))}));
    LockedRowStore store;
    const auto group = commits_to(store);
    store.applied.get_future().get();
    EXPECT_EQ(m_spool.depth().records, 0U);
}

TEST_F(SpooledCommits, GoToTheDatabaseAgainOnceTheSpoolIsEmpty) {
    m_store.become(Mood::away);
    const auto group = commits();
    EXPECT_EQ(submit(*group, 0).get(), Result::spooled);
    m_store.become(Mood::well);
    int next = 1;
    while (submit(*group, next).get() != Result::durable) {
        ++next;
    }
    EXPECT_EQ(m_store.heard(), calls(0, next + 1)) << "what waited came first";
    EXPECT_EQ(m_spool.depth().records, 0U);
}

// A file without one good record does not count as waiting: its damage is found when it is read.
class SpoolWithoutARecord : public fakes::MemorySpool {
  public:
    std::vector<std::string> oldest(std::size_t most) override {
        m_is_read = true;
        return MemorySpool::oldest(most);
    }
    void remove(std::size_t count) override {
        m_is_tidy = m_is_tidy || (m_is_read && count == 0);
        MemorySpool::remove(count);
    }
    [[nodiscard]] bool is_tidy() const { return m_is_tidy; }

  private:
    std::atomic<bool> m_is_read{false};
    std::atomic<bool> m_is_tidy{false};
};

TEST_F(SpooledCommits, BeginWithASpoolThatIsReadThoughItHoldsNoRecord) {
    SpoolWithoutARecord spool;
    const GroupCommit commits{m_store,      decide_for_test,        [] {},
                              m_log.logger, GroupCommit::Options{}, &spool};
    EXPECT_TRUE(spool.is_tidy());
}

TEST_F(SpooledCommits, WaitBehindWhatAnEarlierProcessLeft) {
    ASSERT_TRUE(m_spool.append(std::vector{spooled(status_delivery(1)), std::string{"junk"},
                                           spooled(status_delivery(2))}));
    const auto group = commits();
    submit(*group, 3).wait();
    m_store.wait_until_heard(3);
    EXPECT_EQ(m_store.heard(), calls(1, 4));
    EXPECT_THAT(m_spool.set_aside(), ElementsAre(HasSubstr("no delivery")));
}

TEST_F(SpooledCommits, AreOvertakenByTheSpoolWhenTheDatabaseHangs) {
    m_store.become(Mood::hangs);
    const auto group = commits();
    auto hanging = submit(*group, 0);
    m_store.wait_until_asked();
    auto behind = submit(*group, 1);
    EXPECT_EQ(hanging.get(), Result::spooled);
    EXPECT_EQ(behind.get(), Result::spooled);
    m_store.become(Mood::well);
    m_store.wait_until_heard(3);
    const auto heard = m_store.heard();
    EXPECT_EQ(std::set(heard.begin(), heard.end()).size(), 2U);
    EXPECT_EQ(heard.front(), call_sid(0).str()) << "the order stays";
    EXPECT_EQ(m_store.find(call_sid(0))->news, 1) << "the one that hung came twice and counts once";
}

// One connection hangs, and others work: a flow that a firewall has forgotten.
class OneThatHangs : public fakes::MemoryCallStore {
  public:
    port::IngestReport ingest(std::span<const call::Delivery> deliveries,
                              const DecideNews& decide) override {
        std::unique_lock lock{m_mutex};
        if (!std::exchange(m_has_hung, true)) {
            m_changed.wait(lock, [this] { return m_goes_on; });
        }
        return MemoryCallStore::ingest(deliveries, decide);
    }
    void go_on() {
        {
            const std::scoped_lock lock{m_mutex};
            m_goes_on = true;
        }
        m_changed.notify_all();
    }

  private:
    std::mutex m_mutex{};
    std::condition_variable m_changed{};
    bool m_has_hung{false};
    bool m_goes_on{false};
};

TEST_F(SpooledCommits, AreAnsweredWhileTheOneThatWasOvertakenStillHangs) {
    OneThatHangs store;
    GroupCommit group{
        store,
        decide_for_test,
        [] {},
        m_log.logger,
        {.patience = std::chrono::milliseconds{20}, .first_pause = std::chrono::milliseconds{1}},
        &m_spool};
    EXPECT_EQ(submit(group, 0).get(), Result::spooled);
    while (m_spool.depth().records > 0) {
        std::this_thread::yield(); // by another connection
    }
    for (int i = 1; i < 20; ++i) {
        auto answer = submit(group, i);
        ASSERT_EQ(answer.wait_for(std::chrono::seconds{10}), std::future_status::ready) << i;
        EXPECT_EQ(answer.get(), Result::spooled);
    }
    store.go_on();
    Result result = Result::spooled;
    for (int i = 20; result != Result::durable; ++i) {
        result = submit(group, i).get();
    }
}

TEST_F(SpooledCommits, OfACallStayInOrderWhateverTheDatabaseDoes) {
    constexpr std::array k_moods{Mood::well, Mood::away, Mood::hangs, Mood::well};
    constexpr int k_deliveries = 600;
    GroupCommit group{m_store,
                      decide_for_test,
                      [] {},
                      m_log.logger,
                      {.committers = 3,
                       .crowd = 1,
                       .batch = 8,
                       .patience = std::chrono::milliseconds{5},
                       .first_pause = std::chrono::milliseconds{1},
                       .longest_pause = std::chrono::milliseconds{4}},
                      &m_spool};
    std::map<std::string, std::vector<std::string>> sent;
    for (int i = 0; i < k_deliveries; ++i) {
        if (i % 40 == 0) {
            m_store.become(k_moods.at(static_cast<std::size_t>(i) / 40 % k_moods.size()));
        }
        auto delivery =
            received_delivery(i * 3 % 7, twilio::Route::call_status,
                              "&CallStatus=ringing&SequenceNumber=" + std::to_string(i));
        sent[delivery.sid.str()].push_back(delivery.raw);
        const auto answer = std::make_shared<std::promise<Result>>();
        group.submit(std::move(delivery),
                     [answer](GroupCommit::Told told) { answer->set_value(told.result); });
        if (i % 10 == 9) {
            EXPECT_NE(answer->get_future().get(), Result::failed) << i;
        }
    }
    m_store.become(Mood::well);
    EXPECT_EQ(m_store.wait_for_order(k_deliveries), sent);
}

TEST_F(SpooledCommits, OfACallStayInOrderWhenTwoCommitsFailTogether) {
    constexpr int k_rounds = 60;
    std::map<std::string, std::vector<std::string>> sent;
    // So that the second one has to wait for the disk.
    m_spool.before_append([] {
        for (int i = 0; i < 500; ++i) {
            std::this_thread::yield();
        }
    });
    int number = 0;
    for (int round = 0; round < k_rounds; ++round) {
        m_store.become(Mood::hangs);
        GroupCommit group{m_store,
                          decide_for_test,
                          [] {},
                          m_log.logger,
                          {.committers = 2,
                           .crowd = 1,
                           .first_pause = std::chrono::milliseconds{1},
                           .longest_pause = std::chrono::milliseconds{4}},
                          &m_spool};
        const int asked = m_store.asked();
        for (const int i : {1, 2, 3, 4}) { // the last two wait for calls in hand
            const int call = (i - 1) % 2 + 1;
            auto delivery =
                received_delivery(call, twilio::Route::call_status,
                                  "&CallStatus=ringing&SequenceNumber=" + std::to_string(number++));
            sent[delivery.sid.str()].push_back(delivery.raw);
            group.submit(std::move(delivery), [](GroupCommit::Told) {});
            m_store.wait_until_asked(asked + std::min(i, 2));
        }
        m_store.become(Mood::away);
        while (m_spool.depth().records < 4) {
            std::this_thread::yield();
        }
        m_store.become(Mood::well);
        m_store.wait_until_heard(static_cast<std::size_t>(number));
    }
    EXPECT_EQ(m_store.wait_for_order(static_cast<std::size_t>(number)), sent);
}

TEST_F(SpooledCommits, FailWhenTheSpoolIsFullTooAndAreTakenAgainLater) {
    m_store.become(Mood::away);
    m_spool.set_full(true);
    const auto group = commits();
    EXPECT_EQ(submit(*group, 0).get(), Result::failed);
    m_spool.set_full(false);
    Result result = Result::failed;
    for (int i = 1; result == Result::failed; ++i) {
        result = submit(*group, i).get();
    }
    EXPECT_EQ(result, Result::spooled);
    m_store.become(Mood::well);
    m_store.wait_until_heard(1);
    EXPECT_THAT(m_log.text(), HasSubstr("spool_refused"));
}

TEST_F(SpooledCommits, ShareOneAppend) {
    m_store.become(Mood::hangs);
    auto group = commits();
    std::vector<std::future<Result>> results;
    results.push_back(submit(*group, 0));
    m_store.wait_until_asked();
    for (int i = 1; i <= 40; ++i) {
        results.push_back(submit(*group, i));
    }
    for (auto& result : results) {
        EXPECT_EQ(result.get(), Result::spooled);
    }
    EXPECT_LE(m_spool.appends().size(), 4U);
    m_store.become(Mood::well);
}

TEST_F(SpooledCommits, AreSpooledBeforeTheEndWhileTheDatabaseIsAway) {
    m_store.become(Mood::away);
    std::vector<std::future<Result>> results;
    {
        const auto group = commits();
        for (int i = 0; i < 100; ++i) {
            results.push_back(submit(*group, i));
        }
    }
    for (auto& result : results) {
        EXPECT_EQ(result.get(), Result::spooled);
    }
    EXPECT_EQ(m_spool.depth().records, 100U);
    m_store.become(Mood::well);
    const auto group = commits();
    m_store.wait_until_heard(100);
    EXPECT_EQ(m_store.heard(), calls(0, 100));
}

} // namespace
} // namespace callctl::app
