// Twilio's REST API of 2010-04-01, as far as recordings of calls go.
#pragma once

#include "sim/call_flow.hpp"
#include "sim/twilio_answer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace callctl::sim {

/// What a path of the API names.
struct TwilioRoute {
    std::string place{}; ///< of faults: `twilio.create_recording`; empty: no such path
    std::string account{};
    std::string call_sid{};
    std::string recording_sid{};
    std::string extension{}; ///< `json`, `wav`, ... or empty
    Format format{Format::xml};
    bool wrong_method{false};
};

/// Nothing for paths that are not Twilio's at all.
[[nodiscard]] std::optional<TwilioRoute> route_twilio(const Request& request);

class TwilioRest {
  public:
    TwilioRest(World& world, Engine& engine, CallFlow& flow, Recorder& recorder)
        : m_world{&world}, m_engine{&engine}, m_flow{&flow}, m_recorder{&recorder} {}

    /// Who asks, and whether there is such a thing: nothing when all is well.
    [[nodiscard]] std::optional<ApiError> refusal(const Request& request,
                                                  const TwilioRoute& route) const;
    /// \pre no refusal
    [[nodiscard]] Answer answer(const Request& request, const TwilioRoute& route, bool stale);

  private:
    using Reply = std::variant<Answer, ApiError>;

    Reply reply(const Request& request, const TwilioRoute& route, bool stale);
    Reply create_call(const Request& request, const TwilioRoute& route);
    Reply update_call(const Request& request, const TwilioRoute& route, Call& call);
    Reply list_calls(const Request& request, const TwilioRoute& route, bool stale);
    Reply create_recording(const Request& request, const TwilioRoute& route, Call& call);
    Reply update_recording(const Request& request, const TwilioRoute& route, const Call& call);
    Reply list_recordings(const Request& request, const TwilioRoute& route);
    Reply delete_recording(Recording& recording);
    [[nodiscard]] Recording* visible_recording(const Request& request,
                                               const TwilioRoute& route) const;

    World* m_world;
    Engine* m_engine;
    CallFlow* m_flow;
    Recorder* m_recorder;
};

} // namespace callctl::sim
