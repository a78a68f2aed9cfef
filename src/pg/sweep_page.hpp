// A page of call_log: which of its calls are to be taken up.
#pragma once

#include "pg/call_store_host.hpp"
#include "pg/call_store_sweep.hpp"
#include "pg/transaction.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace callctl::pg {

/// SIDs of the calls of a page.
struct TakenUp {
    std::vector<std::string> adopted{};
    std::vector<std::string> reset{};
};

/// What a page has held.
struct PageVisit {
    int rows{0};
    std::int64_t last_id{0};
    bool in_horizon{false}; ///< one of them at least
    std::size_t adopted{0};
    std::size_t reset{0};

    void add(const PageVisit& next) {
        rows += next.rows;
        last_id = next.last_id;
        in_horizon = in_horizon || next.in_horizon;
        adopted += next.adopted;
        reset += next.reset;
    }
};

/// Rows by their key, the newest first.
struct SweepPage {
    std::int64_t below; ///< this id
    int size;           ///< at the most
};

/// Adopts rows of calls that nobody told us of, and heeds what the application has made of the
/// statuses of calls at rest. `visit` becomes what the page held, also where this throws.
[[nodiscard]] TakenUp take_up_page(Transaction& transaction, const SweepPass& pass,
                                   const SweepPage& page, const HostRules& rules, PageVisit& visit);

} // namespace callctl::pg
