// The breakers, for reports.
#pragma once

#include "pg/transaction.hpp"
#include "port/call_report.hpp"

#include <vector>

namespace callctl::pg {

/// All providers in their order. As PgCallStore::providers(), without what a worker may know of
/// them from a moment ago.
[[nodiscard]] std::vector<port::ProviderLine> read_provider_lines(Transaction& transaction);

} // namespace callctl::pg
