// What of a host's table would make the adoption fail, or do harm, beyond its columns.
#pragma once

#include "pg/host_table.hpp"

namespace callctl::pg {

/// Adds to `table`: whether it lacks the index, its triggers, and as problems with a fix each what
/// is missing of rights and what hides or diverts rows. Reads catalogues only.
/// \pre the columns of an ordinary table are read
void find_obstacles(Transaction& transaction, HostTable& table);

/// Adds to `table` as problems why callctl's schema cannot be made, nor the table where there is
/// none.
void check_place(Transaction& transaction, HostTable& table);

/// Adds to `table` the triggers that have to rest while statuses are inferred, and as problems
/// those that would fire all the same.
void find_triggers(Transaction& transaction, HostTable& table);

} // namespace callctl::pg
