// What an operator reads: reasons and next steps in words.
#pragma once

#include "terminal_text.hpp"

#include "call/call.hpp"
#include "pipeline/forecast.hpp"
#include "pipeline/step.hpp"
#include "port/call_store.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace callctl::cmd {

enum class Numbers { masked, shown };

[[nodiscard]] Colour colour_of(call::Status status);
/// The status of the call's present stage.
[[nodiscard]] call::Status present_status(const call::Call& call);
/// `RATE_LIMITED: the provider asked for fewer requests`; `-` without a reason.
[[nodiscard]] std::string why(const call::Call& call);

struct Next {
    std::string what{};                 ///< the next automatic step, or that there is none
    std::optional<base::Time> at{};     ///< when; nothing: never by itself
    std::string command{};              ///< what would change where the call is; empty: nothing
    const port::ProviderLine* closed{}; ///< the provider that keeps the step from being done
};

/// \pre `step` is the story's call's
[[nodiscard]] Next next_of(const port::CallStory& story, const pipeline::Step& step);
/// A number as it may be shown.
[[nodiscard]] std::string shown_number(const std::string& number, Numbers numbers);
/// `in 12s`, `4m 10s ago`, `now`.
[[nodiscard]] std::string relative(base::Time time, base::Time now);
/// What all attempts at the call have cost, in millionths of the prices' unit.
[[nodiscard]] std::int64_t cost_of(const port::CallStory& story);
/// Millionths as a number with four to six decimals: `0.0045`.
[[nodiscard]] std::string cost_text(std::int64_t micros);
/// `at most 12.5 minutes of audio, about 0.0750`
[[nodiscard]] std::string forecast_text(const pipeline::Forecast& forecast);

} // namespace callctl::cmd
