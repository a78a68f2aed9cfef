// What of the migrations is to be done on the database as it is. Private to the migrator.
#pragma once

#include "pg/connection.hpp"
#include "pg/migration_plan.hpp"
#include "pg/migrations.hpp"
#include "pg/transaction.hpp"

#include <span>
#include <string>
#include <vector>

namespace callctl::pg {

/// Why the migrations would not be run; empty when they would.
[[nodiscard]] std::vector<Problem> refusals(const std::vector<LedgerEntry>& ledger,
                                            const HostTable& host,
                                            std::span<const Migration> migrations);

/// The note of the migration, where what it made is still there. Nothing: it is pending.
[[nodiscard]] const LedgerEntry*
entry_of(const Migration& migration, const std::vector<LedgerEntry>& ledger, const HostTable& host);

/// The statements that a question of a migration asks for.
[[nodiscard]] std::vector<std::string> answers(Transaction& transaction,
                                               const std::string& question);

/// Reads only.
[[nodiscard]] MigrationPlan plan_migrations(Connection& connection,
                                            std::span<const Migration> migrations);

} // namespace callctl::pg
