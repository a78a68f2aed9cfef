#include "web/listen_address.hpp"

#include "base/exception.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <charconv>
#include <optional>

namespace callctl::web {
namespace {

constexpr std::string_view k_unix = "unix:";

[[noreturn]] void refuse(std::string_view text, std::string_view why) {
    throw base::ConfigError{
        fmt::format("cannot listen on '{}': {}", text, why),
        "write address:port, for example 127.0.0.1:8080, [::1]:8080, or 0.0.0.0:8080 for every "
        "interface; or unix:/run/callctl/webhooks.sock"};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port{0};
    const char* const end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data(), end, port);
    if (fault != std::errc{} || stop != end) {
        return std::nullopt;
    }
    return port;
}

bool is_address(int family, const std::string& host) {
    in6_addr parsed{}; // large enough for either family
    return inet_pton(family, host.c_str(), &parsed) == 1;
}

std::string parse_path(std::string_view text) {
    const std::string_view path = text.substr(k_unix.size());
    if (!path.starts_with('/') || path.find('\0') != std::string_view::npos) {
        refuse(text, "the path must be absolute");
    }
    if (path.size() >= sizeof(sockaddr_un::sun_path)) {
        refuse(text, "the path is too long for a socket");
    }
    return std::string{path};
}

} // namespace

ListenAddress parse_listen_address(std::string_view text) {
    if (text.starts_with(k_unix)) {
        return {.path = parse_path(text)};
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        refuse(text, "it has no port");
    }
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) {
        refuse(text, "the port must be a number from 0 to 65535");
    }
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    std::string address{host == "localhost" && !bracketed ? "127.0.0.1" : host};
    if (!is_address(bracketed ? AF_INET6 : AF_INET, address)) {
        refuse(text, host.empty() ? "it has no address" : "the address is not a numeric one");
    }
    return {std::move(address), *port};
}

} // namespace callctl::web
