#include "pg/transaction.hpp"

#include "base/exception.hpp"
#include "pg/shim.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>

namespace callctl::pg {
namespace {

/// All that a transaction begins with, in one round trip.
std::string opening(const Connection& connection, const TransactionOptions& options) {
    std::string sql = options.access == Access::read_write ? "BEGIN" : "BEGIN READ ONLY";
    if (!connection.transaction_settings().empty()) {
        sql += "; " + connection.transaction_settings();
    }
    if (options.lock_timeout.count() > 0) {
        sql += fmt::format("; SET LOCAL lock_timeout = {}", options.lock_timeout.count());
    }
    if (options.plans != Plans::as_usual) {
        sql += "; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; "
               "SET LOCAL jit = off";
    }
    if (options.plans == Plans::in_order) {
        sql += "; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off";
    }
    return options.marked ? sql + "; SELECT txid_current(), now()" : sql;
}

/// Runs `statement`; its exceptions become ours, and a lost connection is marked as such.
template <class Statement>
auto translated(Connection& connection, Statement&& statement) {
    if (!connection.usable()) { // libpqxx 6.4 would connect anew, in the middle of a transaction
        throw base::StoreError{fmt::format("the connection to {} is lost", connection.server())};
    }
    try {
        try {
            return statement();
        } catch (...) {
            rethrow_translated(connection.server());
        }
    } catch (const BusyError&) {
        throw;
    } catch (const base::StoreError&) {
        connection.mark_lost();
        throw;
    }
}

void refuse_nul(const Params& params) {
    const bool has_nul = std::ranges::any_of(
        params, [](const Param& value) { return value && value->find('\0') != std::string::npos; });
    if (has_nul) {
        throw SqlError{"22021", "a text parameter holds a NUL byte"};
    }
}

} // namespace

/// libpqxx's own transactions say BEGIN in a round trip of its own. Within a nontransaction, which
/// says nothing, we do.
struct Transaction::Native {
    explicit Native(pqxx::connection& session) : transaction{session} {}
    pqxx::nontransaction transaction;
};

/// As translated(); once it has thrown, the transaction can only be rolled back.
template <class Statement>
auto Transaction::guarded(Statement&& statement) {
    m_failed = true;
    const AnswerLimit::Wait wait{m_limit, m_connection.native().session.sock()};
    if constexpr (std::is_void_v<decltype(statement())>) {
        translated(m_connection, statement);
        m_failed = false;
    } else {
        auto result = translated(m_connection, statement);
        m_failed = false;
        return result;
    }
}

Transaction::Transaction(Connection& connection, AnswerLimit* limit)
    : m_connection{connection}, m_limit{limit} {
    guarded([this] { m_native = std::make_unique<Native>(m_connection.native().session); });
}

Transaction::Transaction(Connection& connection, const TransactionOptions& options,
                         AnswerLimit* limit)
    : Transaction{connection, limit} {
    // The settings of a pooler need a transaction.
    const bool alone =
        options.access == Access::read_once && connection.transaction_settings().empty();
    if (!alone) {
        begin(options);
    }
}

void Transaction::begin(const TransactionOptions& options) {
    m_open = true;
    const Rows rows = guarded([&] {
        return Rows{std::make_shared<NativeResult>(
            NativeResult{m_native->transaction.exec(opening(m_connection, options))})};
    });
    if (options.marked) {
        m_mark = {rows.one().at(0).text(), rows.one().at(1).time()};
    }
}

Transaction::~Transaction() {
    if (m_open && m_connection.usable()) {
        try {
            guarded([this] { m_native->transaction.exec("ROLLBACK"); });
        } catch (...) {
            m_connection.mark_lost(); // nobody must go on in this transaction
        }
    }
}

Rows Transaction::exec(const std::string& sql, const Params& params) {
    refuse_nul(params);
    return guarded([&] {
        return Rows{std::make_shared<NativeResult>(
            NativeResult{execute(m_native->transaction, sql, params)})};
    });
}

Rows Transaction::exec_often(const std::string& sql, const Params& params) {
    refuse_nul(params);
    return guarded([&] {
        const auto name = m_connection.prepared(sql);
        return Rows{std::make_shared<NativeResult>(
            NativeResult{name ? execute_prepared(m_native->transaction, *name, params)
                              : execute(m_native->transaction, sql, params)})};
    });
}

void Transaction::exec_script(const std::string& sql) {
    guarded([&] { m_native->transaction.exec(sql); });
}

void Transaction::undo_nested() {
    exec("ROLLBACK TO SAVEPOINT nested");
    exec("RELEASE SAVEPOINT nested");
}

void Transaction::commit() {
    if (m_failed) {
        throw base::BugError{"commit after a statement that failed"};
    }
    try {
        if (m_open) {
            guarded([this] { m_native->transaction.exec("COMMIT"); });
        }
        m_open = false;
    } catch (const InDoubtError&) {
        throw;
    } catch (const BusyError&) { // rolled back, without a doubt
        throw;
    } catch (const base::StoreError& error) {
        throw InDoubtError{error.what()};
    }
}

Rows exec_alone(Connection& connection, const std::string& sql) {
    return translated(connection, [&] {
        pqxx::nontransaction transaction{connection.native().session};
        return Rows{std::make_shared<NativeResult>(NativeResult{transaction.exec(sql)})};
    });
}

} // namespace callctl::pg
