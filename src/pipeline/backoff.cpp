#include "pipeline/backoff.hpp"

#include <algorithm>

namespace callctl::pipeline {
namespace {

using std::chrono::milliseconds;

milliseconds doubled(milliseconds base, int times, milliseconds cap) {
    milliseconds value = base;
    for (int i = 0; i < times && value < cap; ++i) {
        value *= 2;
    }
    return std::min(value, cap);
}

milliseconds share(milliseconds whole, Chance chance) {
    return milliseconds{
        static_cast<milliseconds::rep>(static_cast<double>(whole.count()) * chance)};
}

// Of a provider that had failed `times` before.
milliseconds pause_after(int times, const Policy& policy) {
    return times == 0 ? policy.first_pause
                      : doubled(policy.probe_pause, times - 1, policy.pause_cap);
}

} // namespace

milliseconds backoff(int failures, std::optional<milliseconds> retry_after, Chance chance,
                     const Policy& policy) {
    const milliseconds ceiling =
        doubled(policy.backoff_base, std::max(failures, 1) - 1, policy.backoff_cap);
    const milliseconds own = std::max(share(ceiling, chance), policy.backoff_floor);
    if (!retry_after) {
        return own;
    }
    return std::max(own, *retry_after + share(*retry_after / 10, chance));
}

bool is_provider_failure(call::Reason reason) {
    return reason == call::Reason::provider_error || reason == call::Reason::timeout;
}

std::optional<milliseconds> provider_pause(const call::Failure& failure, int failures_in_row,
                                           const Policy& policy) {
    const int times = std::max(failures_in_row, 1) - 1;
    const auto at_least = [&failure](milliseconds pause) {
        return std::max(pause, failure.retry_after.value_or(milliseconds{0}));
    };
    if (call::class_of(failure.reason) == call::ReasonClass::account) {
        return at_least(doubled(policy.probe_pause, times, policy.pause_cap));
    }
    if (is_provider_failure(failure.reason)) {
        return failures_in_row < policy.failures_to_close
                   ? milliseconds{0}
                   : at_least(pause_after(failures_in_row - policy.failures_to_close, policy));
    }
    if (failure.reason == call::Reason::unreachable) {
        return at_least(pause_after(times, policy));
    }
    if (failure.reason == call::Reason::rate_limited) {
        return failure.retry_after > milliseconds{0} ? failure.retry_after
                                                     : pause_after(times, policy);
    }
    return std::nullopt;
}

} // namespace callctl::pipeline
