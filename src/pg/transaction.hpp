// A transaction, and a statement outside of one.
#pragma once

#include "pg/answer_limit.hpp"
#include "pg/connection.hpp"
#include "pg/errors.hpp"
#include "pg/query.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace callctl::pg {

enum class Access {
    read_write,
    read_only,
    read_once, ///< a single statement that only reads, which needs no transaction around it
};

/// A transaction as the server knows it, and its time: every row that it wrote has that or a later
/// one.
struct TransactionMark {
    std::string id{}; ///< with its epoch (PostgreSQL, 9.26.10); empty: none
    base::Time at{};
};

/// What the triggers of the host's table are planned with too, where that is written.
enum class Plans {
    as_usual,
    /// Each statement has one plan, made for any parameters (PostgreSQL, plan_cache_mode): one for
    /// each of its first five batches would take longer than they do. It looks rows up though their
    /// table is small yet, or was never analysed, so that reading all of it would seem cheap.
    /// Without JIT: a plan that cannot do without what is off would seem worth compiling, which
    /// takes a second.
    looking_up,
    /// The same, and rows are taken one by one in the order of an index: a backlog may seem few
    /// enough rows to be sorted where the parameters are not known. Entries that are dead are
    /// marked on the way, which a bitmap scan reads again each time until the table is vacuumed.
    in_order,
};

struct TransactionOptions {
    Access access{Access::read_write};
    /// Of each lock; 0: that of the session.
    std::chrono::milliseconds lock_timeout{0};
    bool marked{false}; ///< mark() is wanted
    Plans plans{Plans::as_usual};
};

/// Begun on construction, rolled back unless committed. One at a time on a connection. Every method
/// throws what rethrow_translated() says.
class Transaction {
  public:
    /// `limit`, where there is one, is that of every statement, and must outlive this.
    explicit Transaction(Connection& connection, Access access = Access::read_write,
                         AnswerLimit* limit = nullptr)
        : Transaction{connection, TransactionOptions{.access = access}, limit} {}
    Transaction(Connection& connection, const TransactionOptions& options, AnswerLimit* limit);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    /// One statement. A parameter with a NUL byte is an SqlError 22021, since libpq would cut it
    /// there in silence; base::storable_text cleans text beforehand.
    Rows exec(const std::string& sql, const Params& params = {});
    /// The same of a statement that is worth preparing: PostgreSQL then parses and plans it once a
    /// connection (PostgreSQL, PREPARE), where it has sessions.
    Rows exec_often(const std::string& sql, const Params& params = {});
    /// Any number of statements separated by semicolons.
    void exec_script(const std::string& sql);

    /// Runs `work`, and returns what it returned. When it throws SqlError, or did not get a lock,
    /// what it has done is undone and the transaction can go on (PostgreSQL, SAVEPOINT). Not within
    /// another one.
    template <class Work>
    auto nested(Work&& work);

    /// The same, but what `work` has done is undone also where it returns, and its locks go with
    /// it. What it throws leaves the transaction fit to go on if nested() does. nested() may be
    /// within.
    template <class Work>
    auto tried(Work&& work);

    /// \pre it was asked for
    [[nodiscard]] const TransactionMark& mark() const noexcept { return m_mark; }

    /// InDoubtError when the connection was lost meanwhile; base::BugError when a statement had
    /// failed before (PostgreSQL would answer with a silent rollback).
    void commit();

  private:
    struct Native;
    /// Not begun yet: so a beginning that fails is rolled back.
    Transaction(Connection& connection, AnswerLimit* limit);
    template <class Statement>
    auto guarded(Statement&& statement);
    void begin(const TransactionOptions& options);
    void undo_nested();

    Connection& m_connection;
    AnswerLimit* m_limit;
    TransactionMark m_mark{};
    std::unique_ptr<Native> m_native;
    bool m_failed{false};
    bool m_open{false}; ///< there is something to roll back
};

template <class Work>
auto Transaction::nested(Work&& work) {
    exec("SAVEPOINT nested");
    try {
        auto result = work();
        exec("RELEASE SAVEPOINT nested");
        return result;
    } catch (const SqlError&) {
        undo_nested();
        throw;
    } catch (const BusyError& error) {
        if (error.waited_for_lock()) {
            undo_nested();
        }
        throw;
    }
}

template <class Work>
auto Transaction::tried(Work&& work) {
    const auto undo = [this] {
        exec("ROLLBACK TO SAVEPOINT tried");
        exec("RELEASE SAVEPOINT tried");
    };
    exec("SAVEPOINT tried");
    try {
        auto result = work();
        undo();
        return result;
    } catch (...) {
        if (!m_failed) {
            undo();
        }
        throw;
    }
}

/// One statement on its own, for what refuses a transaction block (CREATE INDEX CONCURRENTLY,
/// CREATE DATABASE). Timeouts are those of the session.
Rows exec_alone(Connection& connection, const std::string& sql);

} // namespace callctl::pg
