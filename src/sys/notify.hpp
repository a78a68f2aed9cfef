// What systemd is told about a service of `Type=notify` (sd_notify(3)).
#pragma once

namespace callctl::sys {

// Without libsystemd, and outside of a unit, these do nothing. None of them fails.

/// Ready to serve: units ordered after this one may start.
void notify_ready();
/// Has begun to stop.
void notify_stopping();

} // namespace callctl::sys
