#include "sys/clock.hpp"

namespace callctl::sys {

port::Clock::Monotonic SystemClock::monotonic() {
    return std::chrono::steady_clock::now();
}

base::Time SystemClock::wall() {
    return std::chrono::time_point_cast<base::Time::duration>(std::chrono::system_clock::now());
}

bool SystemClock::wait(std::chrono::milliseconds duration) {
    std::unique_lock lock{m_mutex};
    return !m_condition.wait_for(lock, duration, [this] { return m_stopping; });
}

bool SystemClock::stopping() const {
    const std::scoped_lock lock{m_mutex};
    return m_stopping;
}

void SystemClock::stop() {
    {
        const std::scoped_lock lock{m_mutex};
        m_stopping = true;
    }
    m_condition.notify_all();
}

} // namespace callctl::sys
