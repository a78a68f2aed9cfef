// How often the thread that looks for work does so.
#pragma once

#include <algorithm>
#include <chrono>

namespace callctl::app {

/// With nothing to wait for: another host may have left something due.
inline constexpr std::chrono::milliseconds k_poll{1'000};
/// However long a look takes.
inline constexpr std::chrono::milliseconds k_longest_poll{30'000};

/// How long to sleep before the next look. It walks over all that is due and cannot be taken, as
/// behind a closed provider, which is a second's work at a million calls: looking takes no more
/// than a twentieth of the time.
constexpr std::chrono::milliseconds until_next_look(std::chrono::milliseconds until_next_due,
                                                    std::chrono::nanoseconds last_look) {
    const auto poll = std::chrono::duration_cast<std::chrono::milliseconds>(20 * last_look);
    return std::min(until_next_due, std::clamp(poll, k_poll, k_longest_poll));
}

} // namespace callctl::app
