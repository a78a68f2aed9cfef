// Calls that nobody knows yet: both rows of one are written once, as they are after its news.
#pragma once

#include "pg/call_store_news.hpp"
#include "pg/call_store_rows.hpp"

#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace callctl::pg {

/// Parameters of HostInsert::whole_sql() before its values.
inline constexpr std::size_t k_whole_row_columns = 14;

/// What one delivery does to a call.
void hear(StoredCall& stored, const call::CallFacts& news,
          const port::CallStore::DecideNews& decide);

/// Makes the calls of these SIDs out of their news, where the host's table allows it. Returns those
/// that it has made; of the others somebody else has a row, or a constraint stood in the way.
/// \pre `names` is sorted, has no work rows, and each of it has news
[[nodiscard]] std::set<std::string> write_new_calls(Transaction& transaction,
                                                    std::span<const NewsItem> news,
                                                    const std::vector<std::string>& names,
                                                    const port::CallStore::DecideNews& decide,
                                                    const HostWriting& writing);

} // namespace callctl::pg
