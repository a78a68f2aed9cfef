// What callctl has added to the host's table is remembered as a comment on it: it goes when the
// column goes, survives a dump, and whoever looks at the table sees it.
#pragma once

#include "pg/transaction.hpp"

#include <string_view>

namespace callctl::pg {

inline constexpr std::string_view k_added_mark = "added by callctl";
inline constexpr std::string_view k_made_mark = "made by callctl";

/// Marks the columns of call_log that this transaction has added, or the table if it has made it.
void mark_additions(Transaction& transaction);

} // namespace callctl::pg
