// Whether the host's table takes the values that the configuration has for calls that callctl
// inserts.
#pragma once

#include "pg/host_table.hpp"

#include <map>
#include <string>
#include <vector>

namespace callctl::pg {

/// What gives a table ids of its own.
[[nodiscard]] std::string own_ids(const HostTable& host);

/// Values by column that would keep calls from being inserted: of no column of the table, of
/// another type, or the same for each call where no two rows may have the same. Reads catalogues
/// only. \pre the table exists
[[nodiscard]] std::vector<Problem>
unfit_defaults(Transaction& transaction, const HostTable& host,
               const std::map<std::string, std::string>& defaults);

} // namespace callctl::pg
