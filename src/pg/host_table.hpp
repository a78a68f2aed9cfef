// What the host's call_log looks like, and what adopting it means.
#pragma once

#include "pg/transaction.hpp"

#include <string>
#include <vector>

namespace callctl::pg {

struct HostTable {
    bool exists{false};
    std::string name{}; ///< as PostgreSQL writes it, with the schema where search_path needs it
    std::vector<std::string> columns{};
    /// Columns of the pipeline that it lacks; `callctl migrate` adds them.
    std::vector<std::string> missing{};
    /// NOT NULL without a default, and not written by callctl: they need values from the
    /// configuration for calls that callctl inserts.
    std::vector<std::string> required{};
    /// Why it cannot be adopted: no table, no integer key, a column of another type.
    std::vector<std::string> problems{};
    /// What an operator should know: constraints that refuse one of our statuses.
    std::vector<std::string> notes{};

    [[nodiscard]] bool has(const std::string& column) const;
};

/// The table that search_path finds as `call_log`. Reads catalogues only.
[[nodiscard]] HostTable inspect_host_table(Transaction& transaction);

} // namespace callctl::pg
