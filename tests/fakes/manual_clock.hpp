// A clock that stands still until a test, or somebody's waiting, moves it.
#pragma once

#include "port/clock.hpp"

#include <functional>
#include <mutex>
#include <vector>

namespace callctl::fakes {

class ManualClock : public port::Clock {
  public:
    [[nodiscard]] Monotonic monotonic() override;
    /// Moves with the monotonic clock, from 2026-01-01T00:00:00Z.
    [[nodiscard]] base::Time wall() override;
    /// Never blocks: the time passes at once, and `on_wait` is told of it.
    [[nodiscard]] bool wait(std::chrono::milliseconds duration) override;
    [[nodiscard]] bool stopping() const override;

    void advance(std::chrono::milliseconds duration);
    void stop();
    /// Called in each wait after the time has passed, outside the lock: to move a store's clock
    /// along.
    void on_wait(std::function<void(std::chrono::milliseconds)> callback);
    [[nodiscard]] std::vector<std::chrono::milliseconds> waits() const;

  private:
    mutable std::mutex m_mutex;
    std::chrono::milliseconds m_passed{0};
    bool m_stopping{false};
    std::function<void(std::chrono::milliseconds)> m_on_wait;
    std::vector<std::chrono::milliseconds> m_waits;
};

} // namespace callctl::fakes
