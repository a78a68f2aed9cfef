// What the parts of a sweep share.
#pragma once

#include "pg/call_store.hpp"

#include <set>
#include <string>
#include <vector>

namespace callctl::pg {

/// Calls that a rehearsal has taken up and given back.
struct Rehearsed {
    std::vector<std::string> sids{};
    std::vector<call::Call> due{}; ///< those of them that would be due, in the order of their turn
};

/// One pass and what it has found so far.
struct SweepPass {
    port::SweepRequest request;
    const port::CallStore::DecideNews& decide;
    Transaction* rehearsal{nullptr}; ///< the one that all of it is rehearsed in
    port::ClaimRequest claim{};      ///< what a rehearsal looks for
    Rehearsed rehearsed{};
    port::SweepReport report{};
    std::set<std::string> touched{}; ///< calls whose deliveries this pass has applied
};

/// Walks on through calls that were given up, from $1 (when they began, in microseconds since 1970;
/// NULL: the newest), about $2 of them; where to go on, or NULL at the end.
[[nodiscard]] const std::string& close_given_up_sql();

// --- Inline implementations ---

template <class Work>
auto PgCallStore::within(SweepPass& pass, Work&& work) {
    return pass.rehearsal == nullptr
               ? m_pool.transact(std::forward<Work>(work), {.lock_timeout = k_short_lock_timeout})
               : pass.rehearsal->nested([&] { return work(*pass.rehearsal); });
}

} // namespace callctl::pg
