// Calls that are set back: how they are chosen, and what becomes of each.
#pragma once

#include "base/time.hpp"
#include "call/call.hpp"
#include "call/reopening.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace callctl::port {

/// Which calls of those that are in a stage or past it. Fields that are set must all hold; times
/// are by the database's clock.
struct CallChoice {
    call::Stage stage{};
    /// Of that stage. A `failed` that the host has set by itself counts once a pass has swept it.
    std::optional<call::Status> status{};
    std::optional<call::Reason> reason{}; ///< why that stage is where it is: no later one has begun
    std::optional<std::chrono::milliseconds> since{}; ///< created no longer ago
    std::optional<std::chrono::milliseconds> until{}; ///< created longer ago
    std::string phone{};                              ///< either number, digits compared
    std::optional<base::Time> untried_since{}; ///< no attempt at it or a later stage began since
    int limit{10'000};                         ///< the oldest
};

/// A call that is named, or as it was when it was chosen.
struct NamedCall {
    base::CallSid sid;
    std::optional<call::SeenStage> seen{};
};

struct Choice {
    base::Time at{}; ///< what began to match later is not among them
    std::vector<NamedCall> calls{};
    bool more{false}; ///< than the limit
};

using Reopened = call::Reopened;

struct ReopenRequest {
    call::Reopening reopening{};
    bool dry_run{false}; ///< judge, change nothing
};

struct ReopenedCall {
    Reopened what{};
    std::optional<call::Call> before{}; ///< as it was judged, where it is known
    std::string refusal{};              ///< why it was refused, in the database's words
};

} // namespace callctl::port
