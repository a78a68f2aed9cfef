// The database's clock, known without asking it each time.
#pragma once

#include "base/time.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>

namespace callctl::pg {

/// From any thread. Behind the database's by the time its last answer was on its way, never behind
/// a time that was observed.
class DatabaseClock {
  public:
    /// An answer just came that was made at `time`.
    void observe(base::Time time) {
        const auto arrived = Monotonic::now();
        const std::scoped_lock lock{m_mutex};
        const bool is_fresh = m_observed && arrived - m_arrived < k_fresh;
        if (!is_fresh || time > at(arrived)) {
            m_observed = time;
            m_arrived = arrived;
        }
    }

    /// Nothing when it was observed too long ago.
    [[nodiscard]] std::optional<base::Time> now() const {
        const auto moment = Monotonic::now();
        const std::scoped_lock lock{m_mutex};
        if (!m_observed || moment - m_arrived >= k_fresh) {
            return std::nullopt;
        }
        return at(moment);
    }

  private:
    using Monotonic = std::chrono::steady_clock;
    // Clocks of computers drift apart by less than a millisecond meanwhile; after a fail-over it is
    // another clock.
    static constexpr std::chrono::seconds k_fresh{1};

    [[nodiscard]] base::Time at(Monotonic::time_point moment) const {
        return *m_observed + std::chrono::floor<std::chrono::microseconds>(moment - m_arrived);
    }

    mutable std::mutex m_mutex{};
    std::optional<base::Time> m_observed{};
    Monotonic::time_point m_arrived{};
};

} // namespace callctl::pg
