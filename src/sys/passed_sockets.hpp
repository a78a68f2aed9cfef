// Sockets that systemd listens on for us (sd_listen_fds(3)).
#pragma once

#include <string>
#include <vector>

namespace callctl::sys {

struct PassedSocket {
    int descriptor;
    std::string name; ///< `FileDescriptorName=` of the unit; its own name where that is not set
};

/// Those handed to this process, in order; closed on exec. Outside of a socket unit there are none.
/// Throws base::ConfigError when there are some and callctl is built without libsystemd.
[[nodiscard]] std::vector<PassedSocket> passed_sockets();

struct SocketsByUse {
    std::vector<int> webhooks{};
    std::vector<int> admin{};
};

/// Those named `webhooks` and `admin` are for that; where none has such a name the first is for
/// webhooks and the second for the admin pages. Throws base::ConfigError when it cannot tell.
[[nodiscard]] SocketsByUse by_use(const std::vector<PassedSocket>& sockets);

} // namespace callctl::sys
