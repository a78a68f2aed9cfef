// Where a 3xx leads. libcurl could follow by itself, but it drops only Authorization and Cookie on
// another host and lets other secret headers go along (read and tried on 7.88).
#pragma once

#include "base/http.hpp"

#include <optional>
#include <string>

namespace callctl::curl {

struct Hop {
    std::string url{};
    bool same_origin{false}; ///< scheme, host and port are those of the URL we come from
    bool from_https_to_http{false};
};

/// A 3xx whose Location is meant to be followed by a GET or HEAD (RFC 9110, 15.4).
[[nodiscard]] bool is_redirect(const base::HttpResponse& response);

/// Where `location`, absolute or relative, leads from `url`. Nothing when it is no http(s) URL.
/// Credentials within a URL of another origin are taken out.
[[nodiscard]] std::optional<Hop> next_hop(const std::string& url, const std::string& location);

} // namespace callctl::curl
