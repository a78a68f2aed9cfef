// The attempts of some calls that have not ended, looked up call by call. Internal to src/pg.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace callctl::pg {

/// For a FROM list, behind `calls`, which has a call_id: attempt_id and lease_token as `open`.
/// Whoever ends them says `finished_at IS NULL` too: they may have ended since. OFFSET 0 keeps the
/// planner from joining: a plan that was made while the history was short, and that a prepared
/// statement keeps, would read all of it each time.
[[nodiscard]] inline std::string open_attempts_of(std::string_view calls) {
    return fmt::format("LATERAL (SELECT o.attempt_id, o.lease_token FROM callctl.attempt o "
                       "WHERE o.call_id = {}.call_id AND o.finished_at IS NULL OFFSET 0) AS open",
                       calls);
}

} // namespace callctl::pg
