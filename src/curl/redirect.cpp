#include "curl/redirect.hpp"

#include "curl/handles.hpp"

#include <utility>

namespace callctl::curl {
namespace {

std::string part_of(CURLU* url, CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    const bool found = libcurl().url_get(url, part, &text, flags) == CURLUE_OK;
    const Text owner{text};
    return found ? std::string{text} : std::string{};
}

struct Origin {
    std::string scheme; ///< libcurl gives it in lower case
    std::string host;
    std::string port;
};

Origin origin_of(CURLU* url) {
    return {part_of(url, CURLUPART_SCHEME), part_of(url, CURLUPART_HOST),
            part_of(url, CURLUPART_PORT, CURLU_DEFAULT_PORT)};
}

bool same(const Origin& left, const Origin& right) {
    return left.scheme == right.scheme && left.port == right.port &&
           libcurl().strequal(left.host.c_str(), right.host.c_str()) != 0;
}

} // namespace

bool is_redirect(const base::HttpResponse& response) {
    switch (response.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
        return !base::find_header(response.headers, "Location").empty();
    default:
        return false;
    }
}

std::optional<Hop> next_hop(const std::string& url, const std::string& location) {
    const UrlHandle handle{libcurl().url()};
    CURLU* const parsed = handle.get();
    if (parsed == nullptr ||
        libcurl().url_set(parsed, CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
        return std::nullopt;
    }
    const Origin from = origin_of(parsed);
    // Servers send spaces and raw UTF-8 in Location; those are encoded, the rest is left alone.
    if (libcurl().url_set(parsed, CURLUPART_URL, location.c_str(), CURLU_URLENCODE) != CURLUE_OK) {
        return std::nullopt;
    }
    const Origin to = origin_of(parsed);
    if (to.scheme != "http" && to.scheme != "https") {
        return std::nullopt;
    }
    Hop hop;
    hop.same_origin = same(from, to);
    hop.from_https_to_http = from.scheme == "https" && to.scheme == "http";
    if (!hop.same_origin) {
        libcurl().url_set(parsed, CURLUPART_USER, nullptr, 0);
        libcurl().url_set(parsed, CURLUPART_PASSWORD, nullptr, 0);
    }
    hop.url = part_of(parsed, CURLUPART_URL);
    return hop;
}

} // namespace callctl::curl
