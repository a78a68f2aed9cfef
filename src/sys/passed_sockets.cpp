#include "sys/passed_sockets.hpp"

#include "base/exception.hpp"

#include <algorithm>
#include <cstdlib>

#ifdef CALLCTL_WITH_SYSTEMD
#include "sys/systemd_library.hpp"
#endif

namespace callctl::sys {
namespace {

bool is_for_webhooks(const PassedSocket& socket) {
    return socket.name == "webhooks";
}
bool is_for_admin(const PassedSocket& socket) {
    return socket.name == "admin";
}

} // namespace

#ifdef CALLCTL_WITH_SYSTEMD
std::vector<PassedSocket> passed_sockets() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe) nothing in this process changes its environment
    if (std::getenv("LISTEN_PID") == nullptr) {
        return {}; // as the library would say, which need not be loaded for that
    }
    char** names = nullptr;
    const int count = libsystemd().listen_fds_with_names(/*unset_environment=*/0, &names);
    std::vector<PassedSocket> sockets;
    for (int i = 0; i < count; ++i) {
        sockets.push_back({SD_LISTEN_FDS_START + i, names[i]});
        ::free(names[i]); // NOLINT(cppcoreguidelines-no-malloc) theirs to allocate, ours to free
    }
    ::free(names); // NOLINT(cppcoreguidelines-no-malloc)
    if (count < 0) {
        throw base::ConfigError{"LISTEN_PID, LISTEN_FDS or LISTEN_FDNAMES cannot be read",
                                "systemd sets them for a service with a socket unit; unset them "
                                "elsewhere"};
    }
    return sockets;
}
#else
std::vector<PassedSocket> passed_sockets() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe) nothing in this process changes its environment
    if (std::getenv("LISTEN_FDS") != nullptr) {
        throw base::ConfigError{"LISTEN_FDS is set, and this callctl is built without libsystemd",
                                "build it with libsystemd-dev, or disable the socket unit"};
    }
    return {};
}
#endif

SocketsByUse by_use(const std::vector<PassedSocket>& sockets) {
    SocketsByUse uses;
    const bool named = std::any_of(sockets.begin(), sockets.end(), [](const PassedSocket& socket) {
        return is_for_webhooks(socket) || is_for_admin(socket);
    });
    for (const PassedSocket& socket : sockets) {
        const bool webhooks = named ? is_for_webhooks(socket) : uses.webhooks.empty();
        const bool admin = named ? is_for_admin(socket) : uses.admin.empty();
        if (!webhooks && !admin) {
            throw base::ConfigError{"what the socket '" + socket.name + "' is for is not known",
                                    "FileDescriptorName= in its unit must be webhooks or admin"};
        }
        (webhooks ? uses.webhooks : uses.admin).push_back(socket.descriptor);
    }
    return uses;
}

} // namespace callctl::sys
