// What a run of the migrator would do.
#pragma once

#include "pg/host_table.hpp"
#include "pg/ledger.hpp"
#include "pg/status_inference.hpp"

#include <optional>
#include <string>
#include <vector>

namespace callctl::pg {

struct PlannedMigration {
    int number{0};
    std::string name{};
    std::optional<LedgerEntry> applied{}; ///< nothing: pending
    bool in_transaction{true};
    /// Of a pending one: the SQL that would run on the database as it is now.
    std::vector<std::string> statements{};
};

struct MigrationPlan {
    std::vector<PlannedMigration> migrations{};
    HostTable host{};
    InferencePreview inference{};
    /// Why run() would refuse; empty when it would not.
    std::vector<Problem> refusals{};

    [[nodiscard]] std::size_t pending() const;
};

} // namespace callctl::pg
