// The local clocks. Times that are stored or compared with stored ones come from the database.
#pragma once

#include "base/time.hpp"

#include <chrono>

namespace callctl::port {

class Clock {
  public:
    using Monotonic = std::chrono::steady_clock::time_point;

    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    [[nodiscard]] virtual Monotonic monotonic() = 0;
    /// This host's wall clock; it may be wrong, so it is only ever compared with itself.
    [[nodiscard]] virtual base::Time wall() = 0;
    /// Waits; false when a stop was asked for before the time was over.
    [[nodiscard]] virtual bool wait(std::chrono::milliseconds duration) = 0;
    /// A stop was asked for: finish or hand back, begin nothing new.
    [[nodiscard]] virtual bool stopping() const = 0;
};

} // namespace callctl::port
