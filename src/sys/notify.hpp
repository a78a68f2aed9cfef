// What systemd is told about a service, and how it wants to be told (sd_notify(3)).
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace callctl::sys {

// Without libsystemd, and outside of a unit, these do nothing. None of them fails.

/// Ready to serve: units ordered after this one may start. Also the end of a reload.
void notify_ready();
/// Reads its configuration again.
void notify_reloading();
/// Has begun to stop.
void notify_stopping();
/// One line for `systemctl status`.
void notify_status(const std::string& text);
/// Is alive: to be said more often than watchdog_limit().
void notify_watchdog();

/// After so long without notify_watchdog() systemd takes the process for hung, and kills it;
/// nothing when it does not watch (`WatchdogSec=`).
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_limit();

} // namespace callctl::sys
