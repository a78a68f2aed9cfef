// Deliveries that arrive together share one commit; each is told when its commit is done. While the
// database is away they share an append to the spool instead.
#pragma once

#include "app/own_work.hpp"
#include "app/server_metrics.hpp"
#include "app/spool_replay.hpp"
#include "call/delivery.hpp"
#include "port/call_store.hpp"
#include "port/spool.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>
#include <thread>
#include <vector>

namespace spdlog {
class logger;
}

namespace callctl::app {

/// Whatever keeps the database from taking a batch (it is away, full, read-only, without a right),
/// the batch goes to the spool, and so does all that comes after it, until the spool has been
/// replayed to its end: so the order stays. A commit that takes longer than `patience` is overtaken
/// in the same way; what it brings after all is a duplicate. Of several committers each has calls
/// of its own in hand: the deliveries of a call are committed in the order of their arrival.
class GroupCommit {
  public:
    enum class Result {
        durable, ///< committed
        spooled, ///< durable on this host's disk
        failed,  ///< neither, or nobody knows: the sender must send again
    };
    struct Told {
        Result result{Result::failed};
        /// Before this delivery the call was being recorded, or about to be by REST; of a
        /// repetition it is so by now. Known of durable ones alone.
        bool is_taken{false};
    };
    using Done = std::function<void(Told)>;

    struct Options {
        std::size_t committers{1}; ///< commits at a time
        std::size_t crowd{12};     ///< deliveries for which one begins beside another
        std::size_t batch{256};    ///< deliveries a commit
        std::size_t queue{8'192};  ///< deliveries that may wait; beyond it `submit` fails at once
        std::chrono::milliseconds patience{3'000};
        /// Between tries of the database while it is away: doubled each time, up to the longest.
        std::chrono::milliseconds first_pause{200};
        std::chrono::milliseconds longest_pause{10'000};
        ServerMetrics* metrics{nullptr}; ///< counts commits, where there is one
    };

    /// `after_commit` is called once a batch. References must outlive this; without a spool what
    /// the database does not take has failed.
    GroupCommit(port::CallStore& store, port::CallStore::DecideNews decide,
                std::function<void()> after_commit, std::shared_ptr<spdlog::logger> logger,
                Options options, port::Spool* spool = nullptr);
    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;
    /// Commits or spools what was submitted, then ends.
    ~GroupCommit();

    /// Never blocks; `done` is called from another thread, or from this one when it fails at once.
    void submit(call::Delivery delivery, Done done);
    /// How long a committer has been at work beside waiting for the database and the disk.
    [[nodiscard]] OwnWork::Clock::duration own_work() const;

  private:
    struct Entry {
        call::Delivery delivery;
        Done done;
    };
    struct Batch {
        std::vector<call::Delivery> deliveries{};
        std::vector<Done> done{};
        std::atomic<bool> answered{false}; ///< or about to be, by whoever has set it
        bool is_spooled{false};            ///< or was refused by the spool; under the lock
    };
    using SharedBatch = std::shared_ptr<Batch>;
    using Clock = std::chrono::steady_clock;
    struct Committer {
        SharedBatch in_hand{}; ///< being committed
        Clock::time_point late_at{};
        OwnWork own_work{};
        std::thread thread{};
    };

    void run_commits(Committer& committer);
    void run_spool();
    void run_replay();
    [[nodiscard]] SharedBatch take();
    [[nodiscard]] std::set<std::string_view> calls_in_hand() const;
    using Taken = std::map<base::CallSid, bool>;
    void commit(Committer& committer, Batch& batch);
    void note_locked(std::size_t deliveries);
    void look_up_undecided(const std::vector<call::Delivery>& deliveries, Taken& taken);
    void spool(Batch& batch);
    void spool_first(Batch& batch, std::unique_lock<std::mutex>& lock);
    bool end_to_spool();
    void hold_back_for_rest();
    [[nodiscard]] bool apply_kept();
    [[nodiscard]] std::chrono::milliseconds wait_for_locked_rows(std::unique_lock<std::mutex>& lock,
                                                                 std::chrono::milliseconds pause);
    [[nodiscard]] std::optional<std::size_t> replay();
    void tell(Batch& batch, Result result, const std::vector<bool>& taken = {}) const;
    void told(const std::function<void()>& listener) const;
    [[nodiscard]] bool is_any_in_hand() const;
    [[nodiscard]] bool is_worth_a_commit() const;
    [[nodiscard]] SharedBatch late_batch() const;

    port::CallStore& m_store;
    port::CallStore::DecideNews m_decide;
    std::function<void()> m_after_commit;
    std::shared_ptr<spdlog::logger> m_logger;
    Options m_options;
    port::Spool* m_spool;
    std::optional<SpoolReplay> m_replay{};

    std::mutex m_mutex{};
    std::condition_variable m_for_committer{};
    std::condition_variable m_for_spooler{};
    std::condition_variable m_for_replayer{};
    std::condition_variable m_for_disk{};
    std::deque<Entry> m_waiting{};
    Clock::time_point m_held_back_until{}; ///< what waits for the spool
    bool m_spooling{false};
    bool m_appending{false};
    bool m_stopping{false};
    bool m_replay_ends{false};
    bool m_rows_locked{false}; ///< of calls whose deliveries are kept: they are tried again
    std::deque<Committer> m_committers{};
    std::thread m_spooler{};
    std::thread m_replayer{};
};

[[nodiscard]] std::string_view to_string(GroupCommit::Result result);

} // namespace callctl::app
