// Which writes of workers count. Private to this folder.
#pragma once

#include <string_view>

namespace callctl::pg {

/// Of callctl.work: the call $1 is held, and its newest token is $2. A claim makes a newer one, so
/// that whoever comes late finds no row (Kleppmann, "How to do distributed locking").
#ifdef CALLCTL_BROKEN_FENCE // scripts/chaos --break-fence: would it be noticed?
inline constexpr std::string_view k_held_under_token =
    "call_id = $1::bigint AND $2::bigint IS NOT NULL";
#else
inline constexpr std::string_view k_held_under_token =
    "call_id = $1::bigint AND lease_token = $2::bigint AND lease_owner IS NOT NULL";
#endif

} // namespace callctl::pg
