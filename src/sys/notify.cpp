#include "sys/notify.hpp"

#include <algorithm>
#include <cstdint>

#ifdef CALLCTL_WITH_SYSTEMD
#include "sys/systemd_library.hpp"

#include <cstdlib>
#endif

namespace callctl::sys {
namespace {

#ifdef CALLCTL_WITH_SYSTEMD
// systemd sets them for whom it listens to; without them the library has nothing to do.
bool is_set(const char* variable) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe) nothing in this process changes its environment
    return std::getenv(variable) != nullptr;
}
void tell(const std::string& assignments) {
    if (is_set("NOTIFY_SOCKET")) {
        libsystemd().notify(0, assignments.c_str());
    }
}
std::uint64_t watchdog_us() {
    std::uint64_t limit = 0;
    return is_set("WATCHDOG_USEC") && libsystemd().watchdog_enabled(0, &limit) > 0 ? limit : 0;
}
#else
void tell(const std::string& /*assignments*/) {}
std::uint64_t watchdog_us() {
    return 0;
}
#endif

} // namespace

void notify_ready() {
    tell("READY=1");
}

void notify_reloading() {
    // steady_clock is CLOCK_MONOTONIC, which systemd compares it with.
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now().time_since_epoch());
    tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count()));
}

void notify_stopping() {
    tell("STOPPING=1");
}

void notify_status(const std::string& text) {
    std::string line = text;
    std::replace(line.begin(), line.end(), '\n', ' '); // else the next line would be another fact
    tell("STATUS=" + line);
}

void notify_watchdog() {
    tell("WATCHDOG=1");
}

std::optional<std::chrono::microseconds> watchdog_limit() {
    const auto limit = watchdog_us();
    return limit > 0 ? std::optional{std::chrono::microseconds{limit}} : std::nullopt;
}

} // namespace callctl::sys
