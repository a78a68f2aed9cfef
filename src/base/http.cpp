#include "base/http.hpp"

#include "base/time.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace callctl::base {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

// Beyond a day a server's wish is a mistake or an attack.
constexpr double k_longest_wait_ms = 86'400'000.0;

std::optional<std::chrono::milliseconds> milliseconds_of(std::string_view number, double factor) {
    double value = 0.0;
    const auto* const end = number.data() + number.size();
    const auto [rest, error] = std::from_chars(number.data(), end, value);
    if (error != std::errc{} || rest != end || !std::isfinite(value) || value <= 0.0) {
        return std::nullopt;
    }
    return std::chrono::milliseconds{
        static_cast<std::int64_t>(std::ceil(std::min(value * factor, k_longest_wait_ms)))};
}

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

// Where the authority begins: after `scheme://`, or at the front where there is no scheme.
std::size_t host_begin(std::string_view url) {
    const std::size_t mark = url.find("://");
    const bool scheme = mark != std::string_view::npos && url.find_first_of("/?#@") > mark;
    return scheme ? mark + 3 : 0;
}

// False for `user:pass` of an URL whose password holds an unencoded `/`, `?` or `#`, and for the
// scheme of `https:/user:pass@host`: the password would stand where the path should be. Of digits
// alone it looks like a port; then the `@` in `rest`, what follows the authority, gives it away.
bool has_plain_port(std::string_view authority, std::string_view rest) {
    // Brackets anywhere else are a password's.
    const std::size_t address = authority.find_first_not_of("0123456789abcdefABCDEF:.", 1);
    const bool bracketed =
        authority.starts_with('[') && address < authority.size() && authority[address] == ']';
    const std::size_t colon = authority.find(':', bracketed ? address : 0);
    if (colon == std::string_view::npos) {
        return true;
    }
    const std::string_view port = authority.substr(colon + 1);
    return !port.empty() && rest.find('@') == std::string_view::npos &&
           std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

std::string_view find_header(const std::vector<HttpHeader>& headers, std::string_view name) {
    const auto found = std::ranges::find_if(
        headers, [name](const HttpHeader& header) { return same_name(header.name, name); });
    return found == headers.end() ? std::string_view{} : std::string_view{found->value};
}

std::optional<std::chrono::milliseconds> retry_after(const std::vector<HttpHeader>& headers) {
    if (const auto exact = milliseconds_of(find_header(headers, "retry-after-ms"), 1.0)) {
        return exact;
    }
    const std::string_view value = find_header(headers, "Retry-After");
    if (const auto seconds = milliseconds_of(value, 1000.0)) {
        return seconds;
    }
    const auto until = parse_rfc2822(value);
    const auto sent = parse_rfc2822(find_header(headers, "Date"));
    if (!until || !sent || *until <= *sent) {
        return std::nullopt;
    }
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(*until - *sent);
    return std::min(wait, std::chrono::milliseconds{static_cast<std::int64_t>(k_longest_wait_ms)});
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        }
    }
    return out;
}

HttpAuth key_auth(const std::string& header, const std::string& prefix, const Secret& key) {
    if (key.empty() || header.empty()) {
        return NoAuth{};
    }
    return HeaderAuth{header, prefix, key};
}

std::string joined_url(std::string_view base, std::string_view path) {
    while (base.ends_with('/')) {
        base.remove_suffix(1);
    }
    while (path.starts_with('/')) {
        path.remove_prefix(1);
    }
    std::string url{base};
    if (!path.empty()) {
        url += '/';
        url += path;
    }
    return url;
}

std::string model_url(std::string_view base, std::string path, std::string_view model,
                      std::string_view query) {
    constexpr std::string_view k_placeholder = "{model}";
    if (const auto at = path.find(k_placeholder); at != std::string::npos) {
        path.replace(at, k_placeholder.size(), percent_encode(model));
    }
    std::string url = joined_url(base, path);
    if (!query.empty()) {
        url += '?';
        url += query;
    }
    return url;
}

std::string printable_url(std::string_view url) {
    const std::size_t host = host_begin(url);
    const std::size_t path = std::min(url.find_first_of("/?#", host), url.size());
    std::string_view authority = url.substr(host, path - host);
    authority.remove_prefix(authority.rfind('@') + 1);
    std::string out{url.substr(0, host)};
    if (!has_plain_port(authority, url.substr(path))) {
        return out + "***";
    }
    out += authority;
    out += url.substr(path, url.find_first_of("?#", path) - path);
    return out;
}

std::string host_of(std::string_view url) {
    const std::string shown = printable_url(url);
    const std::size_t begin = host_begin(shown);
    return shown.substr(begin, shown.find('/', begin) - begin);
}

} // namespace callctl::base
