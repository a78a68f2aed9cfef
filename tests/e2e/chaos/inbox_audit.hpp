// What became of the deliveries that were acked, as the tables have it.
#pragma once

#include "bench/webhooks/requests.hpp"
#include "e2e/chaos/database.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace callctl::chaos {

struct InboxFindings {
    std::size_t lost{0};           ///< not in the inbox
    std::size_t repeated{0};       ///< there more than once
    std::size_t unapplied{0};      ///< there, and nothing was done with it
    std::size_t without_effect{0}; ///< applied, and the call does not show it, in either table
    std::vector<std::string> examples{}; ///< a few of the SIDs

    [[nodiscard]] bool clean() const { return lost + repeated + unapplied + without_effect == 0; }
};

[[nodiscard]] InboxFindings audit_inbox(Database& database,
                                        const std::vector<bench::SignedPost>& acked);

} // namespace callctl::chaos
