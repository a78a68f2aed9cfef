// The real clock, and waiting that a signal ends.
#pragma once

#include "port/clock.hpp"

#include <condition_variable>
#include <mutex>

namespace callctl::sys {

class SystemClock : public port::Clock {
  public:
    [[nodiscard]] Monotonic monotonic() override;
    [[nodiscard]] base::Time wall() override;
    [[nodiscard]] bool wait(std::chrono::milliseconds duration) override;
    [[nodiscard]] bool stopping() const override;
    /// Ends every wait; from any thread (not from a signal handler: see signals.hpp).
    void stop();

  private:
    mutable std::mutex m_mutex;
    std::condition_variable m_condition;
    bool m_stopping{false};
};

} // namespace callctl::sys
