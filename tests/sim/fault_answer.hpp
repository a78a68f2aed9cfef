// What a fault makes of an answer.
#pragma once

#include "sim/faults.hpp"
#include "sim/message.hpp"

#include <functional>

namespace callctl::sim {

/// The provider's own words for a `status` fault.
using Refuse = std::function<Answer(const Fault&)>;

/// `carry_out` does what was asked for; it is not called where the fault strikes before that,
/// unless the fault says `after_effect`.
[[nodiscard]] Answer with_fault(const Fault& fault, const std::function<Answer()>& carry_out,
                                const Refuse& refuse);

/// A `status` fault in Twilio's words.
[[nodiscard]] Answer twilio_refusal(const Fault& fault, bool json);

} // namespace callctl::sim
