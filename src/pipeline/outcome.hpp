// What the outcome of a step means for the call. Pure.
#pragma once

#include "base/time.hpp"
#include "call/call.hpp"
#include "call/change.hpp"
#include "call/failure.hpp"
#include "pipeline/backoff.hpp"
#include "pipeline/policy.hpp"
#include "pipeline/step.hpp"

#include <optional>
#include <vector>

namespace callctl::pipeline {

/// What a step that worked brings home.
struct Learnt {
    call::CallFacts facts{};
    std::vector<call::Artefact> artefacts{};
};

/// What is known of the requests of a step, whatever came of it.
struct Usage {
    std::string request_id{};
    int requests{0};
    std::int64_t audio_ms{0};
    std::int64_t cost_micros{0};
};

/// When, by which rules and with which luck a decision is made.
struct Circumstances {
    base::Time now{};
    Policy policy{};
    Chance chance{0.0};
    int provider_failures{0}; ///< of the provider in a row, before this outcome
};

/// Others have moved the call on from the stage that it is scheduled in: the stage that is open
/// now, due at once with a clean slate. Nothing when the schedule is right.
[[nodiscard]] std::optional<call::Change> caught_up(const call::Call& call, base::Time now);

/// The transition for a decided step (Wait, Settle); an unchanged call for any other.
[[nodiscard]] call::Change change_of(const call::Call& call, const Step& step, base::Time now);

/// The transition after a step that asked somebody: `transient` burns an attempt and backs off or,
/// at the maximum, gives up; `wait`, `account` and the outage of a provider burn nothing;
/// `permanent` gives up; `nothing` skips the stage and those after it.
[[nodiscard]] call::Change after(const call::Call& call, const Step& step,
                                 const call::Outcome<Learnt>& outcome, const Usage& usage,
                                 const Circumstances& circumstances);

} // namespace callctl::pipeline
