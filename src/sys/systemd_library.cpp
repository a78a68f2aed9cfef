#include "sys/systemd_library.hpp"

#include "base/shared_library.hpp"

namespace callctl::sys {

const SystemdLibrary& libsystemd() {
    static const SystemdLibrary k_library = [] {
        const base::SharedLibrary file{"libsystemd.so.0"};
        return SystemdLibrary{
            .listen_fds_with_names =
                file.function<decltype(::sd_listen_fds_with_names)>("sd_listen_fds_with_names"),
            .notify = file.function<decltype(::sd_notify)>("sd_notify"),
            .watchdog_enabled =
                file.function<decltype(::sd_watchdog_enabled)>("sd_watchdog_enabled")};
    }();
    return k_library;
}

} // namespace callctl::sys
