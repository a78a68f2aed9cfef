// Webhooks on their way: signed, retried as Twilio does it, and held up by faults.
#pragma once

#include "sim/callback_url.hpp"
#include "sim/engine.hpp"
#include "sim/message.hpp"
#include "sim/world.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace callctl::sim {

struct Notice {
    std::string kind{}; ///< place of faults without `callback.`: `recording.completed`
    std::string call_sid{};
    std::string recording_sid{};
    Subscription to{};
    Fields fields{}; ///< in Twilio's order
    Heard heard{};   ///< told once, of the last attempt
};

class Callbacks {
  public:
    Callbacks(World& world, Engine& engine) : m_world{&world}, m_engine{&engine} {}

    void send(Notice notice);
    /// Webhooks that have not been answered or given up.
    [[nodiscard]] int under_way() const { return m_under_way; }
    void clear();

  private:
    struct Flight;
    using FlightPtr = std::shared_ptr<Flight>;

    void depart(const FlightPtr& flight, const Fault* fault);
    void attempt(const FlightPtr& flight);
    void landed(const FlightPtr& flight, const base::Result<base::HttpResponse>& result);
    [[nodiscard]] bool redirected(const FlightPtr& flight, const base::HttpResponse& response);
    void finish(const FlightPtr& flight, const base::Result<base::HttpResponse>& result);
    [[nodiscard]] std::vector<FlightPtr> take_held(const std::string& call_sid);
    void let_go(const std::vector<FlightPtr>& held);
    void note_failure(const Flight& flight, const base::Result<base::HttpResponse>& result);
    [[nodiscard]] base::HttpRequest request_of(const Flight& flight) const;

    World* m_world;
    Engine* m_engine;
    int m_under_way{0};
    std::map<std::string, std::vector<FlightPtr>> m_held;
};

} // namespace callctl::sim
