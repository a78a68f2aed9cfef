#include "pg/migration_lock.hpp"

#include <fmt/format.h>

namespace callctl::pg {
namespace {

/// "callctl" in ASCII; hosts use small numbers of their own (1234567890).
constexpr std::int64_t k_lock_key = 0x63616c6c63746c;

constexpr std::int64_t k_step_key = k_lock_key + 1;

constexpr const char* k_try_lock = "SELECT pg_try_advisory_xact_lock($1::bigint) AS locked";

constexpr const char* k_lock_step = "SELECT pg_advisory_xact_lock($1::bigint)";

/// The two halves of a key, as pg_locks has them (PostgreSQL, "pg_locks").
constexpr const char* k_step_is_done = R"(
SELECT NOT EXISTS (
  SELECT FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (classid::bigint << 32 | objid::bigint) = $1::bigint) AS done)";

/// The lock is held over the whole run, in which its own session has nothing to do. As a plain
/// query behind the bound one it also closes that one's portal: an open portal keeps a snapshot,
/// for which our own CREATE INDEX CONCURRENTLY would wait.
constexpr const char* k_keep_open = "SET LOCAL idle_in_transaction_session_timeout = 0";

constexpr const char* k_lock_holders = R"(
SELECT l.pid, a.application_name, a.state,
       extract(epoch FROM clock_timestamp() - a.xact_start)::bigint AS seconds
FROM pg_locks l
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.granted
  AND l.locktype = 'relation'
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.pid IS DISTINCT FROM pg_backend_pid()
  AND (l.relation = to_regclass('call_log')
       OR l.relation IN (SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace('callctl')))
GROUP BY l.pid, a.application_name, a.state, a.xact_start
ORDER BY a.xact_start
LIMIT 5)";

constexpr const char* k_open_transactions = R"(
SELECT pid, application_name, state,
       extract(epoch FROM clock_timestamp() - xact_start)::bigint AS seconds
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL
ORDER BY xact_start
LIMIT 5)";

std::string describe(const Row& row) {
    if (row["pid"].is_null()) {
        return "a prepared transaction";
    }
    const std::string application = row["application_name"].text();
    const std::string state = row["state"].text();
    return fmt::format("pid {} ({}, {} for {} s)", row["pid"].integer(),
                       application.empty() ? "no application name" : application,
                       state.empty() ? "at work" : state,
                       row["seconds"].optional_integer().value_or(0));
}

std::string sessions(Connection& connection, const char* sql) {
    Transaction transaction{connection, Access::read_only};
    std::string text;
    const Rows rows = transaction.exec(sql);
    for (const Row row : rows) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", describe(row));
    }
    return text;
}

} // namespace

bool MigrationLock::try_acquire() {
    m_transaction.emplace(m_connection);
    if (!m_transaction->exec(k_try_lock, {param(k_lock_key)}).one()["locked"].boolean() ||
        !m_transaction->exec(k_step_is_done, {param(k_step_key)}).one()["done"].boolean()) {
        m_transaction.reset();
        return false;
    }
    m_transaction->exec_script(k_keep_open);
    return true;
}

void hold_step(Transaction& transaction) {
    transaction.exec(k_lock_step, {param(k_step_key)});
}

std::string lock_holders(Connection& connection) {
    return sessions(connection, k_lock_holders);
}

std::string open_transactions(Connection& connection) {
    return sessions(connection, k_open_transactions);
}

} // namespace callctl::pg
