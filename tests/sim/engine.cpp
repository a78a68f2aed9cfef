#include "sim/engine.hpp"

#include <algorithm>

namespace callctl::sim {

Engine::Engine(Clock& clock, double time_scale)
    : m_clock{&clock}, m_time_scale{time_scale}, m_now{clock.now()} {}

void Engine::after(std::chrono::milliseconds nominal, Action action) {
    const std::chrono::duration<double, std::milli> wall{static_cast<double>(nominal.count()) /
                                                         m_time_scale};
    const auto due = m_now + std::chrono::duration_cast<base::Time::duration>(wall);
    m_events.emplace(std::pair{due, ++m_count}, std::move(action));
}

void Engine::after_wall(std::chrono::milliseconds wall, Action action) {
    m_events.emplace(std::pair{m_now + wall, ++m_count}, std::move(action));
}

std::chrono::milliseconds Engine::nominal(base::Time from, base::Time until) const {
    const std::chrono::duration<double, std::milli> wall{until - from};
    return std::chrono::round<std::chrono::milliseconds>(wall * m_time_scale);
}

void Engine::send(base::HttpRequest request, Heard heard) {
    m_outgoing.push_back({std::move(request), std::move(heard)});
}

void Engine::run_due() {
    const base::Time wall = m_clock->now();
    while (!m_events.empty() && m_events.begin()->first.first <= wall) {
        auto event = m_events.extract(m_events.begin());
        m_now = std::max(m_now, event.key().first);
        event.mapped()();
    }
    m_now = std::max(m_now, wall);
}

std::optional<base::Time> Engine::next_due() const {
    if (m_events.empty()) {
        return std::nullopt;
    }
    return m_events.begin()->first.first;
}

void Engine::clear() {
    m_events.clear();
    m_outgoing.clear();
}

} // namespace callctl::sim
