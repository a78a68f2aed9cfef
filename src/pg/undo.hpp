// Taking callctl out of a database: what it has added, and nothing else.
#pragma once

#include "pg/host_table.hpp"
#include "pg/migrations.hpp"
#include "pg/transaction.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace callctl::pg {

struct Loss {
    std::string what{}; ///< `transcripts and summaries with their history`
    std::int64_t rows{0};
};

struct UndoPlan {
    std::vector<std::string>
        statements{};                ///< all of one transaction; empty: there is nothing to undo
    std::string dropped_table{};     ///< the empty one that callctl has made, if there is one
    std::vector<std::string> kept{}; ///< what stays although callctl wrote it, and why
    std::vector<Loss> losses{};
    /// Why it cannot be done.
    std::vector<Problem> refusals{};
    /// Sessions of services and calls in their hands, in words; empty when nobody works.
    std::vector<std::string> at_work{};
};

/// `own_name` is the application_name of this program's own sessions. Reads only.
[[nodiscard]] UndoPlan plan_undo(Transaction& transaction, std::span<const Migration> migrations,
                                 const std::string& own_name);

/// The same of a transaction that then carries it out: of a table that is dropped nobody can change
/// any more what was seen. \pre it sees what others commit meanwhile (READ COMMITTED)
[[nodiscard]] UndoPlan plan_undo_for_good(Transaction& transaction,
                                          std::span<const Migration> migrations,
                                          const std::string& own_name);

} // namespace callctl::pg
