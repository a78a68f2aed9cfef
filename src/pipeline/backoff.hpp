// How long until the next try.
#pragma once

#include "call/failure.hpp"
#include "pipeline/policy.hpp"

#include <chrono>
#include <optional>

namespace callctl::pipeline {

/// A number in [0, 1), handed in so that tests own it.
using Chance = double;

/// Full jitter: anything between the floor and base * 2^(failures-1), at most the cap, so that many
/// calls that failed together do not come back together. What the provider asked for
/// (`Retry-After`) is honoured upward only: never earlier, and spread by up to a tenth after it.
[[nodiscard]] std::chrono::milliseconds
backoff(int failures, std::optional<std::chrono::milliseconds> retry_after, Chance chance,
        const Policy& policy);

/// Failures of the provider's own (5xx, no answer in time): three calls in a row show an outage,
/// one shows nothing.
[[nodiscard]] bool is_provider_failure(call::Reason reason);

/// How long a provider is left alone after this failure, zero when it only counts; nothing when the
/// failure says nothing about the provider as a whole. `failures_in_row` counts this one.
[[nodiscard]] std::optional<std::chrono::milliseconds>
provider_pause(const call::Failure& failure, int failures_in_row, const Policy& policy);

} // namespace callctl::pipeline
