// A bounded number of connections, lent to any thread.
#pragma once

#include "pg/answer_limit.hpp"
#include "pg/connection.hpp"
#include "pg/transaction.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace callctl::pg {

struct PoolOptions {
    std::size_t max_connections{4};
    std::chrono::milliseconds borrow_timeout{10'000};
    /// A server that has not answered so long after its own statement_timeout never will.
    std::chrono::milliseconds answer_margin{5'000};
};

class Pool {
  public:
    /// A connection until the end of its scope; a lost one is dropped, not taken back.
    class Borrowed {
      public:
        Borrowed(Pool& pool, std::unique_ptr<Connection> connection)
            : m_pool{&pool}, m_connection{std::move(connection)} {}
        Borrowed(Borrowed&& other) noexcept = default;
        Borrowed& operator=(Borrowed&&) = delete;
        Borrowed(const Borrowed&) = delete;
        Borrowed& operator=(const Borrowed&) = delete;
        ~Borrowed();
        [[nodiscard]] Connection& operator*() const noexcept { return *m_connection; }
        [[nodiscard]] Connection* operator->() const noexcept { return m_connection.get(); }

      private:
        Pool* m_pool;
        std::unique_ptr<Connection> m_connection;
    };

    /// Connects nothing yet.
    explicit Pool(ConnectOptions connect, PoolOptions options = {});

    /// Connects when no idle connection is left; waits when all are lent. base::StoreError when the
    /// database does not answer or none comes back within borrow_timeout, base::ConfigError when it
    /// has refused us from the first.
    [[nodiscard]] Borrowed borrow();

    /// How often a connection was found lost: what was behind it may be another server since.
    [[nodiscard]] std::uint64_t losses() const noexcept { return m_losses; }

    /// Runs `work(Transaction&)` in a transaction, commits, and returns what `work` returned. A
    /// statement that is not answered in time costs the connection.
    /// `work` must be repeatable: it runs again, from a new transaction, when the connection was
    /// lost before the commit (once) and after a serialization failure or deadlock (three times). A
    /// commit in doubt is never repeated: InDoubtError.
    template <class Work>
    auto transact(Work&& work, const TransactionOptions& options = {});
    template <class Work>
    auto transact(Work&& work, Access access) {
        return transact(std::forward<Work>(work), TransactionOptions{.access = access});
    }

  private:
    void run(const std::function<void(Transaction&)>& work, const TransactionOptions& options);
    void give_back(std::unique_ptr<Connection> connection) noexcept;
    void drop_idle();
    void prepare_anew(Connection& connection, bool again);

    ConnectOptions m_connect;
    PoolOptions m_options;
    AnswerLimit m_answer_limit;
    std::mutex m_mutex;
    std::condition_variable m_returned;
    std::vector<std::unique_ptr<Connection>> m_idle;
    /// What was right once is not a mistake of the configuration: a database that is restored, a
    /// password that is changed while we run, are waited for.
    std::atomic<bool> m_has_connected{false};
    std::atomic<bool> m_prepares{true};
    std::atomic<std::uint64_t> m_losses{0};
    std::size_t m_open{0}; ///< idle, lent and being connected
};

// --- Inline implementations ---

template <class Work>
auto Pool::transact(Work&& work, const TransactionOptions& options) {
    using Value = std::invoke_result_t<Work&, Transaction&>;
    if constexpr (std::is_void_v<Value>) {
        run([&work](Transaction& transaction) { work(transaction); }, options);
    } else {
        std::optional<Value> value;
        run([&](Transaction& transaction) { value.emplace(work(transaction)); }, options);
        return std::move(*value);
    }
}

} // namespace callctl::pg
