// X-Twilio-Signature (https://www.twilio.com/docs/usage/security).
#pragma once

#include "base/secret.hpp"
#include "twilio/form.hpp"

#include <span>
#include <string>
#include <string_view>

namespace callctl::twilio {

enum class Verdict {
    valid,
    missing, ///< no signature in the request
    invalid, ///< signed by somebody else, or changed on the way
};

/// What of a request is signed.
struct SignedRequest {
    std::string url;          ///< as Twilio was told to call it: scheme, host, path, query as sent
    std::string content_type; ///< decides between form fields and bodySHA256
    std::string body;         ///< as received
    std::string signature;    ///< the header's value; empty when there was none
};

/// Base64 of HMAC-SHA1 over the URL and the sorted fields: names in byte order, the values of one
/// name without repetition and sorted, empty values counted.
[[nodiscard]] std::string sign(const base::Secret& token, std::string_view url, const Form& fields);

/// Tries every token, the URL with and without its port, with and without user and password, and
/// `'` against `%27`: Twilio's own signing differs in these (comments in its helper libraries). A
/// body that is not a form must have its SHA-256 in the query's `bodySHA256`. Compares in constant
/// time.
[[nodiscard]] Verdict verify(std::span<const base::Secret> tokens, const SignedRequest& request);

} // namespace callctl::twilio
