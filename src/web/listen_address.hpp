// `address:port` and `unix:/path` as operators write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace callctl::web {

struct ListenAddress {
    std::string host{}; ///< numeric, IPv6 without brackets
    std::uint16_t port{0};
    std::string path{}; ///< of a Unix socket; then there is no host
};

/// Takes `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` (which is 127.0.0.1) and
/// `unix:/run/callctl/webhooks.sock` (at most 107 bytes of path, as sockets have it). Other names
/// are refused because what they resolve to can change under a running server.
/// Throws base::ConfigError with a hint for anything else.
[[nodiscard]] ListenAddress parse_listen_address(std::string_view text);

} // namespace callctl::web
