// What claims one by one take, where the lists of both orders are known.
#pragma once

#include "call/call.hpp"
#include "port/call_store.hpp"

#include <cstddef>
#include <set>
#include <utility>
#include <vector>

namespace callctl::port {

/// `most_overdue` has all due calls or as many as are taken at all, in their order, and so has
/// `newest`, which may be empty where all are taken.
[[nodiscard]] inline std::vector<call::Call> taken_in_turns(std::vector<call::Call> most_overdue,
                                                            std::vector<call::Call> newest) {
    std::vector<call::Call> taken;
    std::set<base::CallId> known;
    std::size_t overdue_seen = 0;
    std::size_t newest_seen = 0;
    const auto next_of = [&](std::vector<call::Call>& calls, std::size_t& seen) {
        while (seen < calls.size()) {
            call::Call& call = calls[seen++];
            if (known.insert(call.id).second) {
                taken.push_back(std::move(call));
                return true;
            }
        }
        return false;
    };
    const std::size_t count = most_overdue.size();
    for (std::size_t turn = 0; taken.size() < count; ++turn) {
        if (order_of_turn(turn) != ClaimOrder::newest || !next_of(newest, newest_seen)) {
            next_of(most_overdue, overdue_seen);
        }
    }
    return taken;
}

} // namespace callctl::port
