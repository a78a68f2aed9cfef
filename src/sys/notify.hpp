// What systemd is told about a service of `Type=notify` (sd_notify(3)).
#pragma once

#include <string_view>

namespace callctl::sys {

/// Whether this binary was built with libsystemd; without it the rest does nothing, as it does
/// outside of a unit. None of it fails.
[[nodiscard]] bool can_notify();

/// Ready to serve: units ordered after this one may start.
void notify_ready();
/// Has begun to stop.
void notify_stopping();
/// One line for `systemctl status`.
void notify_status(std::string_view text);

} // namespace callctl::sys
