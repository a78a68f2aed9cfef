// What an operator reads: reasons and next steps in words.
#pragma once

#include "table.hpp"

#include "call/call.hpp"
#include "pipeline/step.hpp"
#include "port/call_store.hpp"

#include <cstdint>
#include <string>

namespace callctl::cmd {

[[nodiscard]] Colour colour_of(call::Status status);
/// The status of the call's present stage.
[[nodiscard]] call::Status present_status(const call::Call& call);
/// `RATE_LIMITED: the provider asked for fewer requests`; `-` without a reason.
[[nodiscard]] std::string why(const call::Call& call);
/// The next automatic step and when, or that there is none and what an operator can do.
[[nodiscard]] std::string what_next(const call::Call& call, const pipeline::Step& step,
                                    base::Time now);
/// `in 12s`, `4m 10s ago`, `now`.
[[nodiscard]] std::string relative(base::Time time, base::Time now);
[[nodiscard]] std::string_view to_string(port::Reopened reopened);
/// What all attempts at the call have cost, in millionths of the prices' unit.
[[nodiscard]] std::int64_t cost_of(const port::CallStory& story);
/// Millionths as a number with four to six decimals: `0.0045`.
[[nodiscard]] std::string cost_text(std::int64_t micros);

} // namespace callctl::cmd
