// Calls by name: known ones as they are, and those that only the host knows.
#pragma once

#include "pg/call_store_rows.hpp"

#include <optional>
#include <span>
#include <vector>

namespace callctl::pg {

/// What adoption makes of a row of the host's: statuses that nobody set are inferred, the call is
/// due now unless there is nothing left to do.
[[nodiscard]] StoredCall adopted(const base::CallSid& sid, base::CallId id, const HostRow& row,
                                 base::Time now);

/// Points calls whose row the host has deleted to another row of their SID, where it has one.
void relink(Transaction& transaction, std::vector<StoredCall>& calls);

/// The call to look at. One that only the host knows has no id and is not due.
[[nodiscard]] std::optional<StoredCall> look_up(Transaction& transaction, const base::CallSid& sid);

/// Those of them that are known, in no particular order, as look_up() shows them.
[[nodiscard]] std::vector<StoredCall> look_up_all(Transaction& transaction,
                                                  std::span<const base::CallSid> sids);

/// The call to work on: locked, and adopted now if only the host knew it.
[[nodiscard]] std::optional<StoredCall> take_by_name(Transaction& transaction,
                                                     const base::CallSid& sid);

} // namespace callctl::pg
