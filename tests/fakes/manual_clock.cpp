#include "fakes/manual_clock.hpp"

#include <utility>

namespace callctl::fakes {

port::Clock::Monotonic ManualClock::monotonic() {
    const std::scoped_lock lock{m_mutex};
    return Monotonic{std::chrono::hours{1}} + m_passed;
}

base::Time ManualClock::wall() {
    const std::scoped_lock lock{m_mutex};
    return base::Time{std::chrono::seconds{1'767'225'600}} + m_passed;
}

bool ManualClock::wait(std::chrono::milliseconds duration) {
    std::function<void(std::chrono::milliseconds)> callback;
    {
        const std::scoped_lock lock{m_mutex};
        m_waits.push_back(duration);
        if (m_stopping) {
            return false;
        }
        m_passed += duration;
        callback = m_on_wait;
    }
    if (callback) {
        callback(duration);
    }
    return !stopping();
}

bool ManualClock::stopping() const {
    const std::scoped_lock lock{m_mutex};
    return m_stopping;
}

void ManualClock::advance(std::chrono::milliseconds duration) {
    const std::scoped_lock lock{m_mutex};
    m_passed += duration;
}

void ManualClock::stop() {
    const std::scoped_lock lock{m_mutex};
    m_stopping = true;
}

void ManualClock::on_wait(std::function<void(std::chrono::milliseconds)> callback) {
    const std::scoped_lock lock{m_mutex};
    m_on_wait = std::move(callback);
}

std::vector<std::chrono::milliseconds> ManualClock::waits() const {
    const std::scoped_lock lock{m_mutex};
    return m_waits;
}

} // namespace callctl::fakes
