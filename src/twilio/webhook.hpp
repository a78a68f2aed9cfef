// What Twilio's webhooks say, read from their form fields.
#pragma once

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "call/facts.hpp"
#include "twilio/form.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace callctl::twilio {

enum class Route : std::uint8_t {
    incoming_call,
    outbound_call,
    handle_recording,
    call_status,
    stream_ended,
};

/// `/webhook/incoming_call`
[[nodiscard]] std::string_view path_of(Route route);
[[nodiscard]] std::optional<Route> parse_route(std::string_view path);

struct WebhookNews {
    base::CallSid sid;
    base::AccountSid account;
    call::CallFacts news{};
};

/// Reads the fields of one delivery; unknown fields and values are ignored (Twilio adds some
/// without notice). Errors (invalid_input): CallSid or AccountSid missing or malformed,
/// RecordingSid malformed; on handle_recording RecordingSid missing, RecordingStatus missing or
/// unknown. `received` stands for times that the delivery does not carry: it becomes heard_at,
/// answered_at (an `in-progress` call status, but not at the end of a stream) or ended_at. Voice
/// routes set direction by route and take CallStatus as it is.
[[nodiscard]] base::Result<WebhookNews> read_webhook(Route route, const Form& form,
                                                     base::Time received);

} // namespace callctl::twilio
