// libsystemd, loaded where systemd has started us. Internal to src/sys.
#pragma once

#include <systemd/sd-daemon.h>

namespace callctl::sys {

struct SystemdLibrary {
    decltype(::sd_listen_fds_with_names)* listen_fds_with_names;
    decltype(::sd_notify)* notify;
    decltype(::sd_watchdog_enabled)* watchdog_enabled;
};

/// Throws base::ConfigError when it is not installed.
[[nodiscard]] const SystemdLibrary& libsystemd();

} // namespace callctl::sys
