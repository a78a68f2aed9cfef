// What happens to whom and when: drawn from one seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace callctl::chaos {

enum class Event {
    kill,             ///< -9 of a host's processes, which start again after a moment
    pause,            ///< SIGSTOP for longer than a lease
    stop,             ///< SIGTERM, and a new start
    restart_database, ///< as for new settings
    crash_database,   ///< immediate stop, and a new start
    fail_over,        ///< the primary is gone, the standby takes over
    cut,              ///< a host's connections to the database break, and no new ones come
    black_hole,       ///< what a host sends to the database arrives late
    provider_fault,   ///< an outage or a bad day of Twilio's or an AI server's
    clock_shift,      ///< a host starts again with its clock an hour or two off
};

[[nodiscard]] std::string_view to_string(Event event);

struct Planned {
    std::chrono::milliseconds at{0}; ///< since the start
    Event event{};
    int host{0};          ///< where the event strikes one
    std::uint32_t die{0}; ///< for what else the event leaves open
};

/// In the order of their times: each kind at least once in the first minute and a half, then as
/// they come. The last ones leave half a minute for things to end by themselves.
[[nodiscard]] std::vector<Planned> plan_of(std::uint32_t seed, std::chrono::seconds duration,
                                           int hosts);

} // namespace callctl::chaos
