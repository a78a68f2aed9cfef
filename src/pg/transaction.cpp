#include "pg/transaction.hpp"

#include "base/exception.hpp"
#include "pg/shim.hpp"

#include <algorithm>
#include <type_traits>

namespace callctl::pg {
namespace {

std::unique_ptr<pqxx::transaction_base> begin(pqxx::connection& session, Access access) {
    if (access == Access::read_once) {
        return std::make_unique<pqxx::nontransaction>(session);
    }
    if (access == Access::read_only) {
        return std::make_unique<pqxx::read_transaction>(session);
    }
    return std::make_unique<pqxx::work>(session);
}

/// Runs `statement`; its exceptions become ours, and a lost connection is marked as such.
template <class Statement>
auto translated(Connection& connection, Statement&& statement) {
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

struct Transaction::Native {
    std::unique_ptr<pqxx::transaction_base> transaction;
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

Transaction::Transaction(Connection& connection, Access access, AnswerLimit* limit)
    : m_connection{connection}, m_limit{limit}, m_native{std::make_unique<Native>()} {
    if (access == Access::read_once && !connection.transaction_settings().empty()) {
        access = Access::read_only; // the settings need one
    }
    guarded([&] {
        m_native->transaction = begin(connection.native().session, access);
        if (!connection.transaction_settings().empty()) {
            m_native->transaction->exec(connection.transaction_settings());
        }
    });
}

Transaction::~Transaction() {
    const AnswerLimit::Wait wait{m_limit, m_connection.native().session.sock()}; // for a rollback
    m_native.reset();
}

Rows Transaction::exec(const std::string& sql, const Params& params) {
    refuse_nul(params);
    return guarded([&] {
        return Rows{std::make_shared<NativeResult>(
            NativeResult{execute(*m_native->transaction, sql, params)})};
    });
}

Rows Transaction::exec_often(const std::string& sql, const Params& params) {
    refuse_nul(params);
    return guarded([&] {
        const auto name = m_connection.prepared(sql);
        return Rows{std::make_shared<NativeResult>(
            NativeResult{name ? execute_prepared(*m_native->transaction, *name, params)
                              : execute(*m_native->transaction, sql, params)})};
    });
}

void Transaction::exec_script(const std::string& sql) {
    guarded([&] { m_native->transaction->exec(sql); });
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
        guarded([&] { m_native->transaction->commit(); });
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
