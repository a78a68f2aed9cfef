#include "pg/pool.hpp"

#include "pg/conninfo.hpp"

#include <fmt/format.h>

namespace callctl::pg {
namespace {

constexpr int k_max_repeats = 3; ///< after a serialization failure, a deadlock or a stale plan

// feature_not_supported: "cached plan must not change result type". The host has changed its table.
constexpr std::string_view k_plan_is_stale = "0A000";

/// Either that, or the session was not ours alone: invalid_sql_statement_name,
/// duplicate_prepared_statement.
bool is_of_preparing(const Connection& connection, const SqlError& error) {
    return connection.has_prepared() &&
           (error.sqlstate() == k_plan_is_stale || error.sqlstate() == "26000" ||
            error.sqlstate() == "42P05");
}

} // namespace

Pool::Borrowed::~Borrowed() {
    if (m_connection) {
        m_pool->give_back(std::move(m_connection));
    }
}

Pool::Pool(ConnectOptions connect, PoolOptions options)
    : m_connect{std::move(connect)}, m_options{options},
      m_answer_limit{m_connect.statement_timeout + options.answer_margin} {
    m_idle.reserve(m_options.max_connections);
}

Pool::Borrowed Pool::borrow() {
    std::unique_lock lock{m_mutex};
    const bool free = m_returned.wait_for(lock, m_options.borrow_timeout, [this] {
        return !m_idle.empty() || m_open < m_options.max_connections;
    });
    if (!free) {
        throw base::StoreError{fmt::format("all {} connections to {} are in use",
                                           m_options.max_connections,
                                           printable_conninfo(m_connect.conninfo.reveal()))};
    }
    if (!m_idle.empty()) {
        auto connection = std::move(m_idle.back());
        m_idle.pop_back();
        return Borrowed{*this, std::move(connection)};
    }
    ++m_open;
    lock.unlock();
    try {
        auto connection = std::make_unique<Connection>(m_connect, &m_answer_limit);
        if (!m_prepares) {
            connection->prepare_nothing();
        }
        m_has_connected = true;
        return Borrowed{*this, std::move(connection)};
    } catch (const base::ConfigError& error) {
        give_back(nullptr);
        if (m_has_connected) {
            throw base::StoreError{error.what(), error.hint()};
        }
        throw;
    } catch (...) {
        give_back(nullptr);
        throw;
    }
}

void Pool::give_back(std::unique_ptr<Connection> connection) noexcept {
    const bool keep = connection && connection->usable();
    m_losses += connection && !keep ? 1 : 0;
    {
        const std::lock_guard lock{m_mutex};
        if (keep) {
            m_idle.push_back(std::move(connection)); // never reallocates: see the constructor
        } else {
            --m_open;
        }
    }
    m_returned.notify_one();
}

/// When one connection is lost to a restart, the others that were open then are lost too.
void Pool::drop_idle() {
    std::vector<std::unique_ptr<Connection>> dropped;
    dropped.reserve(m_options.max_connections);
    {
        const std::lock_guard lock{m_mutex};
        for (auto& connection : m_idle) {
            dropped.push_back(std::move(connection));
        }
        m_open -= m_idle.size();
        m_idle.clear();
    }
    m_returned.notify_all();
}

/// On new connections; `again`: or never, because sessions are not ours alone.
void Pool::prepare_anew(Connection& connection, bool again) {
    if (!again) {
        m_prepares = false;
    }
    connection.mark_lost();
    drop_idle();
}

void Pool::run(const std::function<void(Transaction&)>& work, const TransactionOptions& options) {
    bool reconnected = false;
    int repeats = 0;
    const auto is_repeated = [&repeats](bool may_help) {
        return may_help && ++repeats <= k_max_repeats;
    };
    while (true) {
        Borrowed connection = borrow();
        try {
            Transaction transaction{*connection, options, &m_answer_limit};
            work(transaction);
            transaction.commit();
            return;
        } catch (const InDoubtError&) {
            throw;
        } catch (const BusyError& error) {
            if (!is_repeated(error.worth_repeating())) {
                throw;
            }
        } catch (const base::StoreError&) {
            if (reconnected || connection->usable()) {
                throw;
            }
            reconnected = true;
            drop_idle();
        } catch (const SqlError& error) {
            if (!is_repeated(is_of_preparing(*connection, error))) {
                throw;
            }
            prepare_anew(*connection, error.sqlstate() == k_plan_is_stale);
        }
    }
}

} // namespace callctl::pg
