// What of a webhook is kept, and how it waits in the spool.
#pragma once

#include "base/result.hpp"
#include "call/delivery.hpp"
#include "twilio/form.hpp"
#include "twilio/webhook.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace callctl::app {

/// A webhook that was found to be Twilio's.
struct Received {
    twilio::Route route{};
    std::string raw{}; ///< the body
    std::vector<base::HttpHeader> headers{};
    std::string idempotency_token{};
    base::Time at{};
};

/// The voice webhook, whose answer has the recording at its front.
[[nodiscard]] bool is_voice(twilio::Route route);

/// \pre `news` were read from `received`, at its time
[[nodiscard]] call::Delivery delivery_of(Received received, twilio::WebhookNews news);

/// A delivery as a record of the spool, in CBOR: what was received and when, not what was made of
/// it.
[[nodiscard]] std::string spooled(const call::Delivery& delivery);
/// The same delivery again. Errors (invalid_input): it is none.
[[nodiscard]] base::Result<call::Delivery> delivery_from_spool(std::string_view record);

} // namespace callctl::app
