// Which writes of workers count. Private to this folder.
#pragma once

#include "pg/query.hpp"
#include "port/call_store.hpp"

#include <span>
#include <string>
#include <vector>

namespace callctl::pg {

/// Of callctl.work as `w` and leases as `d`: the call is held, and the token is its newest. A claim
/// makes a newer one, so that whoever comes late finds no row (Kleppmann, "How to do distributed
/// locking").
#ifdef CALLCTL_BROKEN_FENCE // scripts/chaos --break-fence: would it be noticed?
inline constexpr const char* k_held_under_token = "w.call_id = d.call_id AND d.token IS NOT NULL";
#else
inline constexpr const char* k_held_under_token =
    "w.call_id = d.call_id AND w.lease_token = d.token AND w.lease_owner IS NOT NULL";
#endif

/// The leases of a statement: its first two parameters are lease_params().
inline constexpr const char* k_leases = "unnest($1::bigint[], $2::bigint[]) AS d(call_id, token)";

/// Locks the calls of those leases that count, in the order of the SIDs, as everywhere: two batches
/// must not wait for each other.
inline const std::string k_lock_held =
    std::string{"SELECT w.call_id, d.token, w.call_sid, w.call_log_id, w.lease_token,"
                " w.lease_owner, w.news, w.updated_at FROM "} +
    k_leases + " JOIN callctl.work w ON " + k_held_under_token +
    " ORDER BY w.call_sid FOR NO KEY UPDATE OF w";

/// Of `p`, a place at a provider, and `w`, its call: whether the place still counts.
inline constexpr const char* k_holds_place =
    "w.lease_token = p.lease_token AND w.lease_until > now()";

[[nodiscard]] inline Params lease_params(std::span<const port::Lease> leases) {
    std::vector<std::int64_t> calls;
    std::vector<std::int64_t> tokens;
    for (const port::Lease& lease : leases) {
        calls.push_back(static_cast<std::int64_t>(lease.call));
        tokens.push_back(lease.token);
    }
    return {id_array(calls), id_array(tokens)};
}

} // namespace callctl::pg
