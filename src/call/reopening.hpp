// An operator, or the application, sets a stage of a call, and what follows from it, back. Pure,
// and one answer for every store.
#pragma once

#include "base/time.hpp"
#include "call/call.hpp"

#include <cstdint>
#include <optional>

namespace callctl::call {

/// What is to be set back, and what is no obstacle.
struct Reopening {
    Stage stage{};
    bool force{false};     ///< permanent reasons are no obstacle
    bool take_over{false}; ///< nor is it that another worker holds the call
};

/// A stage as it was when its call was chosen.
struct SeenStage {
    std::optional<Status> status{};
    std::int64_t news{0}; ///< Call::news
    friend bool operator==(const SeenStage&, const SeenStage&) = default;
};

enum class Reopened {
    done,
    unknown_call,
    busy,      ///< another worker holds it, and `take_over` is not set
    locked,    ///< somebody else has one of its rows locked
    permanent, ///< its reason is permanent or `nothing`, and `force` is not set
    too_early, ///< an earlier stage is not done yet
    changed,   ///< it is no more as it was when it was chosen
    refused,   ///< the host's table refuses the row
    /// The host has deleted it: nothing is left to work for.
    row_deleted,
};

/// Whether the call as it is now may be set back; `held` says that another worker holds it, `seen`
/// is nothing where it was not chosen but named.
[[nodiscard]] Reopened judged(const Call& call, bool held, const Reopening& reopening,
                              const std::optional<SeenStage>& seen);

/// Due now in `stage` with a clean slate, whatever led to where it was; the statuses stay.
void begin_again(Call& call, Stage stage, base::Time now);

/// The same with the stage and what follows it pending. No text is removed.
void set_back(Call& call, Stage stage, base::Time now);

/// What the statuses that the application shows of a call at rest come to.
enum class Heeded {
    nothing,
    begun_again, ///< a stage is open, or shows `failed` though its recording is there
    given_up,    ///< `failed` is a stage that we have not given up: an operator decides
};

/// \pre the call is at rest
Heeded heed_statuses(Call& call, base::Time now);

} // namespace callctl::call
