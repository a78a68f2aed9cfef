// The calls of one number: whoever called in or was called.
#pragma once

#include "report_words.hpp"
#include "screen.hpp"

#include <array>
#include <vector>

namespace callctl::cmd {

/// All calls of a number are read for its totals, up to this many, the newest.
inline constexpr int k_most_of_a_lead = 1'000;

struct Lead {
    std::string number{};
    std::vector<call::Call> calls{}; ///< the newest first
};

struct LeadTotals {
    std::array<std::int64_t, call::k_statuses.size()> statuses{}; ///< of the present stages
    std::int64_t inbound{0};
    std::int64_t outbound{0};
    std::chrono::seconds talked{0};
    std::chrono::seconds recorded{0};
};

[[nodiscard]] Lead read_lead(port::CallStore& store, port::CallFilter filter);
[[nodiscard]] LeadTotals totals_of(const Lead& lead);
/// The newest `limit` calls, whatever their age. `known` are those of which a report tells who
/// works on them.
[[nodiscard]] std::vector<port::CallLine>
newest_of(const Lead& lead, const std::vector<port::CallLine>& known, int limit);
/// The totals, and the newest `limit` calls.
void print_lead(const Screen& screen, const Lead& lead, int limit, Numbers numbers);

} // namespace callctl::cmd
