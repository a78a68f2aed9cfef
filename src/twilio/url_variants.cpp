#include "twilio/url_variants.hpp"

#include <algorithm>

namespace callctl::twilio {
namespace {

struct UrlParts {
    std::string_view scheme; ///< with `://`
    std::string_view user;   ///< with password and `@`
    std::string_view host;
    std::string_view port; ///< with `:`
    std::string_view path;
    std::string_view query; ///< with `?`
};

UrlParts split(std::string_view url, std::size_t host) {
    UrlParts parts;
    parts.scheme = url.substr(0, host);
    const std::size_t path = std::min(url.find_first_of("/?", host), url.size());
    const std::size_t query = std::min(url.find('?', path), url.size());
    parts.path = url.substr(path, query - path);
    parts.query = url.substr(query);
    std::string_view authority = url.substr(host, path - host);
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
        parts.user = authority.substr(0, at + 1);
        authority.remove_prefix(at + 1);
    }
    // The colons of an IPv6 address stand in brackets.
    const std::size_t colon = authority.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
    parts.host = authority.substr(0, has_port ? colon : authority.size());
    parts.port = authority.substr(parts.host.size());
    return parts;
}

std::string_view own_port(std::string_view scheme) {
    return scheme.size() == std::string_view{"http://"}.size() ? ":80" : ":443";
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out;
    for (std::size_t at = text.find(from); at != std::string_view::npos; at = text.find(from)) {
        out.append(text.substr(0, at)).append(to);
        text.remove_prefix(at + from.size());
    }
    return out.append(text);
}

template <class Text>
void add_new(std::vector<Text>& list, Text text) {
    if (std::ranges::find(list, text) == list.end()) {
        list.push_back(std::move(text));
    }
}

} // namespace

std::vector<std::string> url_variants(std::string_view url) {
    const std::size_t scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) {
        return {std::string{url}};
    }
    const UrlParts parts = split(url, scheme_end + 3);
    std::vector<std::string_view> users{parts.user};
    add_new(users, std::string_view{});
    std::vector<std::string_view> ports{parts.port};
    add_new(ports, parts.port.empty() ? own_port(parts.scheme) : std::string_view{});
    std::vector<std::string> queries{std::string{parts.query}};
    add_new(queries, replaced(parts.query, "'", "%27"));
    add_new(queries, replaced(parts.query, "%27", "'"));

    std::vector<std::string> variants;
    for (const std::string& query : queries) {
        for (const std::string_view user : users) {
            for (const std::string_view port : ports) {
                std::string variant{parts.scheme};
                variant.append(user).append(parts.host).append(port);
                variants.push_back(variant.append(parts.path).append(query));
            }
        }
    }
    return variants;
}

} // namespace callctl::twilio
