// What happened to a call, in order of time.
#pragma once

#include "terminal_text.hpp"

#include "port/call_report.hpp"

#include <string>
#include <vector>

namespace callctl::cmd {

struct Event {
    base::Time at{};
    std::string kind{};   ///< `call`, `webhook`, `recording`, `attempt` or `artefact`
    std::string what{};   ///< in a few words
    std::string detail{}; ///< may hold text from outside
    Colour colour{Colour::none};
};

/// Deliveries, what is known of the call and its recording, attempts and what they made, the oldest
/// first.
[[nodiscard]] std::vector<Event> timeline_of(const port::CallStory& story);

} // namespace callctl::cmd
