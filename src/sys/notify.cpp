#include "sys/notify.hpp"

#ifdef CALLCTL_WITH_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

namespace callctl::sys {
namespace {

#ifdef CALLCTL_WITH_SYSTEMD
void tell(const char* assignment) {
    sd_notify(0, assignment);
}
#else
void tell(const char* /*assignment*/) {}
#endif

} // namespace

void notify_ready() {
    tell("READY=1");
}

void notify_stopping() {
    tell("STOPPING=1");
}

} // namespace callctl::sys
