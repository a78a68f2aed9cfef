// A webhook delivery: what Twilio sent, and what it says about a call.
#pragma once

#include "base/http.hpp"
#include "base/ids.hpp"
#include "call/facts.hpp"

#include <optional>
#include <string>
#include <vector>

namespace callctl::call {

struct Delivery {
    std::string route{}; ///< `/webhook/handle_recording`
    std::string raw{};   ///< the body as received, byte by byte; the query string for a GET
    std::vector<base::HttpHeader> headers{}; ///< those that matter: content type, idempotency token
    std::string idempotency_token{};
    /// SHA-256 over route, token and raw: the same delivery twice is one row.
    std::string digest{};
    base::CallSid sid;
    CallFacts news{};
};

} // namespace callctl::call
