// The closed list of reasons: why a stage is where it is, and what kind of reason that is.
#pragma once

#include "call/stage.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace callctl::call {

enum class ReasonClass : std::uint8_t {
    wait,      ///< not ours to fail: looked at again later, no attempt burnt
    transient, ///< tried again with back-off, each try is an attempt
    account,   ///< ours to fix: the provider's breaker opens, no attempt burnt
    permanent, ///< given up; an operator decides
    nothing,   ///< there is nothing to do: the stage is skipped
};

enum class Reason : std::uint8_t {
    // wait
    call_live,
    not_ready,
    rate_limited,
    unreachable,
    provider_closed,
    local_fault,
    interrupted,
    // transient
    timeout,
    provider_error,
    bad_reply,
    bad_media,
    empty_transcript,
    // account
    auth,
    quota,
    provider_config,
    // permanent
    not_found,
    deleted,
    expired,
    absent,
    encrypted,
    too_large,
    refused,
    rejected,
    not_recorded,
    crashed,
    // nothing
    no_answer,
    too_short,
    silent,
    no_speech,
    not_eligible,
};

struct ReasonInfo {
    Reason reason;
    std::string_view code; ///< as stored and shown: `NO_ANSWER`
    ReasonClass reason_class;
    std::string_view meaning; ///< one sentence for an operator, no full stop
};

/// Every reason once, in the order of the enumeration.
[[nodiscard]] std::span<const ReasonInfo> all_reasons();
[[nodiscard]] const ReasonInfo& info(Reason reason);
[[nodiscard]] inline std::string_view to_string(Reason reason) {
    return info(reason).code;
}
[[nodiscard]] inline ReasonClass class_of(Reason reason) {
    return info(reason).reason_class;
}
[[nodiscard]] std::string_view to_string(ReasonClass reason_class);
/// Exact, upper case.
[[nodiscard]] std::optional<Reason> parse_reason(std::string_view code);

} // namespace callctl::call
