// Deliveries that arrive together share one commit; each is told when its commit is done.
#pragma once

#include "call/delivery.hpp"
#include "port/call_store.hpp"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace spdlog {
class logger;
}

namespace callctl::app {

class GroupCommit {
  public:
    enum class Result {
        durable, ///< committed
        failed,  ///< not committed, or nobody knows: the sender must send again
    };
    struct Told {
        Result result{Result::failed};
        /// Before this delivery the call was being recorded, or about to be by REST.
        bool is_taken{false};
    };
    using Done = std::function<void(Told)>;

    struct Options {
        std::size_t batch{256};   ///< deliveries a commit
        std::size_t queue{8'192}; ///< deliveries that may wait; beyond it `submit` fails at once
    };

    /// `after_commit` is called once a batch. References must outlive this.
    GroupCommit(port::CallStore& store, port::CallStore::DecideNews decide,
                std::function<void()> after_commit, std::shared_ptr<spdlog::logger> logger,
                Options options);
    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;
    /// Commits what was submitted, then ends.
    ~GroupCommit();

    /// Never blocks; `done` is called from the committing thread, or from this one when it fails at
    /// once.
    void submit(call::Delivery delivery, Done done);

  private:
    struct Entry {
        call::Delivery delivery;
        Done done;
    };

    void run();
    void commit(std::vector<Entry> batch);
    void told(const std::function<void()>& listener) const;

    port::CallStore& m_store;
    port::CallStore::DecideNews m_decide;
    std::function<void()> m_after_commit;
    std::shared_ptr<spdlog::logger> m_logger;
    Options m_options;
    std::mutex m_mutex{};
    std::condition_variable m_condition{};
    std::vector<Entry> m_waiting{};
    bool m_stopping{false};
    std::thread m_thread{};
};

} // namespace callctl::app
