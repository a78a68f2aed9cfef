// What the application behind us is asked, made of what Twilio asked us.
#pragma once

#include "base/http.hpp"
#include "base/secret.hpp"
#include "port/web_handler.hpp"

#include <chrono>
#include <string>

namespace callctl::app {

/// Where the application is, and what it believes about that.
struct UpstreamPlace {
    std::string url{}; ///< without a slash at the end; path and query of the webhook follow
    /// The same as the application sees it: what its validator of X-Twilio-Signature and its makers
    /// of absolute URLs work with. Without a slash at the end.
    std::string public_url{};
    base::Secret auth_token{};                ///< signs for it
    std::chrono::milliseconds timeout{5'000}; ///< for one try
};

/// A POST of the same body to the same path and query, signed for `place.public_url`, with the
/// headers that Twilio means for the application: content type, idempotency token, cookies (Twilio
/// keeps them for the length of a call). X-Forwarded-For is continued; X-Forwarded-Proto and -Host
/// name the URL that is signed, because applications that trust them (Rack always, others when told
/// to) check the signature against them. \pre the request is a form that was accepted
[[nodiscard]] base::HttpRequest upstream_request(const port::WebRequest& request,
                                                 const UpstreamPlace& place);

/// We forwarded it ourselves: the application's URL leads back to callctl (Via, RFC 9110, 7.6.3).
[[nodiscard]] bool comes_from_callctl(const port::WebRequest& request);

/// The Set-Cookie headers of an answer, as far as together they have a size that Twilio can be
/// expected to take: 8 KiB, the limit of common servers.
[[nodiscard]] std::vector<base::HttpHeader> cookies_of(const base::HttpResponse& response);

} // namespace callctl::app
