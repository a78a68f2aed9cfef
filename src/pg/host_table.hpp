// What the host's call_log looks like, and what adopting it means.
#pragma once

#include "pg/transaction.hpp"

#include <string>
#include <vector>

namespace callctl::pg {

/// What is wrong, and what to do about it.
struct Problem {
    std::string what{};
    std::string fix{};
};

/// A CHECK that refuses statuses of a stage that callctl writes.
struct NarrowCheck {
    std::string constraint{};
    std::string column{};
    std::string condition{}; ///< in SQL
    std::vector<std::string> refused{};
};

struct HostTable {
    bool exists{false};
    bool made{false};   ///< by callctl, in an empty database
    std::string name{}; ///< as PostgreSQL writes it, with the schema where search_path needs it
    std::vector<std::string> columns{};
    /// Columns that callctl has added, by the mark that it left on them.
    std::vector<std::string> added{};
    /// Columns of the pipeline that it lacks; `callctl migrate` adds them.
    std::vector<std::string> missing{};
    /// NOT NULL without a default, and not always written by callctl: they need values from the
    /// configuration for calls that callctl inserts.
    std::vector<std::string> required{};
    /// NOT NULL, though callctl inserts NULL there for as long as it does not know better.
    std::vector<std::string> never_null{};
    /// No index leads with call_sid: `callctl migrate` builds one.
    bool lacks_index{false};
    /// Triggers that would fire for each row whose statuses are inferred, and rest meanwhile.
    std::vector<std::string> triggers{};
    /// Why it cannot be adopted: no table, no integer key, a column of another type.
    std::vector<Problem> problems{};
    std::vector<NarrowCheck> narrow{};
    /// What an operator should know.
    std::vector<std::string> notes{};

    [[nodiscard]] bool has(const std::string& column) const;
    /// Ours to fill in existing rows: callctl has added it, or will. What NULL means in a column of
    /// the host's own is the host's business.
    [[nodiscard]] bool is_ours(const std::string& column) const;
};

/// The table that search_path finds as `call_log`. Reads catalogues only; its constraints are tried
/// on a row that is in no table.
[[nodiscard]] HostTable inspect_host_table(Transaction& transaction);

} // namespace callctl::pg
