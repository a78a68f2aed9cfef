// callctl.migration: which migrations this database has had.
#pragma once

#include "base/time.hpp"
#include "pg/migrations.hpp"
#include "pg/transaction.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::pg {

struct LedgerEntry {
    int number{0};
    std::string name{};
    std::string sha256{};
    base::Time applied_at{};
    std::chrono::milliseconds duration{0};
    std::string binary_version{};
};

/// In order; empty also where there is no ledger yet.
[[nodiscard]] std::vector<LedgerEntry> read_ledger(Transaction& transaction);

void write_ledger(Transaction& transaction, const Migration& migration,
                  std::chrono::milliseconds duration, const std::string& binary_version);

/// The name of a migration that older binaries may go on working beside begins so: it only adds
/// what they do not look at.
inline constexpr std::string_view k_additive = "additive_";

/// Why this binary must keep its hands off: the schema is newer than it by a migration that is not
/// additive, or a file was edited after it had been applied. Nothing when all is well, also while
/// migrations are pending.
[[nodiscard]] std::optional<std::string> disagreement(std::span<const LedgerEntry> ledger,
                                                      std::span<const Migration> migrations);

inline constexpr const char* k_disagreement_hint =
    "use the callctl that migrated this database, or a newer one";

/// For every command that needs the schema: base::SchemaError when it is missing, behind this
/// binary or newer than it.
void require_schema(Transaction& transaction,
                    std::span<const Migration> migrations = embedded_migrations());

} // namespace callctl::pg
