// The simulator's clock: the machine's own, or one that a test moves.
#pragma once

#include "base/time.hpp"

#include <chrono>

namespace callctl::sim {

class Clock {
  public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;
    [[nodiscard]] virtual base::Time now() = 0;
};

class WallClock : public Clock {
  public:
    [[nodiscard]] base::Time now() override {
        return std::chrono::time_point_cast<base::Time::duration>(std::chrono::system_clock::now());
    }
};

/// Stands still until it is moved.
class SteppedClock : public Clock {
  public:
    explicit SteppedClock(base::Time start) : m_now{start} {}
    [[nodiscard]] base::Time now() override { return m_now; }
    void move_to(base::Time time) { m_now = time; }

  private:
    base::Time m_now;
};

} // namespace callctl::sim
