#include "sys/notify.hpp"

#include <algorithm>
#include <string>

#ifdef CALLCTL_WITH_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

namespace callctl::sys {
namespace {

#ifdef CALLCTL_WITH_SYSTEMD
constexpr bool k_can_notify = true;
void tell(const std::string& assignments) {
    sd_notify(0, assignments.c_str());
}
#else
constexpr bool k_can_notify = false;
void tell(const std::string& /*assignments*/) {}
#endif

} // namespace

bool can_notify() {
    return k_can_notify;
}

void notify_ready() {
    tell("READY=1");
}

void notify_stopping() {
    tell("STOPPING=1");
}

void notify_status(std::string_view text) {
    std::string line{text};
    std::ranges::replace(line, '\n', ' '); // a new line would be a new assignment
    tell("STATUS=" + line);
}

} // namespace callctl::sys
