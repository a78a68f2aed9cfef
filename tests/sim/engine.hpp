// The order of things: what happens when, and what is sent out meanwhile. No thread, no lock, no
// sleep: a driver says when to look at the clock.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "sim/clock.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace callctl::sim {

using Heard = std::function<void(const base::Result<base::HttpResponse>&)>;

/// A request that is to be sent, and who wants to hear of its answer.
struct Outgoing {
    base::HttpRequest request;
    Heard heard;
};

class Engine {
  public:
    using Action = std::function<void()>;

    Engine(Clock& clock, double time_scale);

    /// The time of the event in hand, not of the moment at which somebody got round to it.
    [[nodiscard]] base::Time now() const { return m_now; }
    /// Lengths within a call shrink by the time scale, ...
    void after(std::chrono::milliseconds nominal, Action action);
    /// ... those of HTTP do not: the other side's clock is the real one.
    void after_wall(std::chrono::milliseconds wall, Action action);
    /// How much of a call's own time lies between two moments.
    [[nodiscard]] std::chrono::milliseconds nominal(base::Time from, base::Time until) const;
    void send(base::HttpRequest request, Heard heard);

    /// Runs all that is due, in its order, and sets now() to the clock's time.
    void run_due();
    [[nodiscard]] std::optional<base::Time> next_due() const;
    [[nodiscard]] std::vector<Outgoing> take_outgoing() { return std::exchange(m_outgoing, {}); }
    /// Forgets every event (a reset).
    void clear();

  private:
    Clock* m_clock;
    double m_time_scale;
    base::Time m_now;
    std::uint64_t m_count{0};
    std::map<std::pair<base::Time, std::uint64_t>, Action> m_events;
    std::vector<Outgoing> m_outgoing;
};

} // namespace callctl::sim
