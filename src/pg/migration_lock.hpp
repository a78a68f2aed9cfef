// One `callctl migrate` at a time on a database, and who is in its way.
#pragma once

#include "pg/transaction.hpp"

#include <string>

namespace callctl::pg {

/// Held until destroyed, by a transaction of its own on the connection given, so that it works
/// behind a pooler in transaction mode and ends with the process.
class MigrationLock {
  public:
    explicit MigrationLock(Connection& connection) : m_connection{connection} {}

    /// False when another run holds it, or the last step of a killed one is not over. Never waits
    /// inside PostgreSQL: a waiting statement keeps a snapshot, for which the other run's CREATE
    /// INDEX CONCURRENTLY would wait in turn, for ever.
    [[nodiscard]] bool try_acquire();

  private:
    Connection& m_connection;
    std::optional<Transaction> m_transaction;
};

/// Every transaction of a run that changes something begins with this: the server carries out the
/// last statement of a client that was killed, while the lock above is free already.
void hold_step(Transaction& transaction);

/// Sessions that hold locks on call_log or on our tables, oldest transaction first, in words:
/// `pid 4711 (gunicorn, idle in transaction for 92 s)`. Empty when they have gone.
[[nodiscard]] std::string lock_holders(Connection& connection);

/// Sessions whose transactions CREATE INDEX CONCURRENTLY waits for, likewise.
[[nodiscard]] std::string open_transactions(Connection& connection);

} // namespace callctl::pg
