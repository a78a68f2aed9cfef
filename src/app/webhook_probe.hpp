// A webhook that proves the way from the public URL to our own server, and back.
//
// It is signed as Twilio signs, and has no CallSid: a server that takes it has nothing to store,
// and nobody who has seen it can make a call of it. The answer proves in turn that the server has
// the secret. Who has not signed learns nothing, and who has knows the secret anyway.
#pragma once

#include "app/doctor.hpp"
#include "base/ids.hpp"
#include "base/secret.hpp"
#include "port/http_client.hpp"
#include "twilio/form.hpp"
#include "twilio/signature.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::app {

/// What the server answers to a probe that is signed with one of `tokens`; nothing when `form` is
/// no probe. \pre `request` was verified with `tokens`
[[nodiscard]] std::optional<std::string> answer_to_probe(std::span<const base::Secret> tokens,
                                                         const twilio::SignedRequest& request,
                                                         const twilio::Form& form);

struct WebhookProbe {
    std::string public_url{}; ///< without a slash at the end
    base::AccountSid account;
    std::vector<base::Secret> auth_tokens{}; ///< \pre at least one
    std::string nonce{};                     ///< 32 hexadecimal digits, never used before
};

/// Sends a webhook that is signed with each token, and one that is signed with none of them,
/// through the public URL. Checks that the first are answered by a server with that token, and that
/// the last is refused. Nothing is stored; the server logs the probes, and counts the last as
/// refused.
[[nodiscard]] std::vector<Check> check_webhooks(port::HttpClient& http, const WebhookProbe& probe);

} // namespace callctl::app
