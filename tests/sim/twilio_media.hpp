// Recordings as files: `.wav`, with one channel or two.
#pragma once

#include "sim/twilio_rest.hpp"

namespace callctl::sim {

class TwilioMedia {
  public:
    TwilioMedia(World& world, const Recorder& recorder) : m_world{&world}, m_recorder{&recorder} {}

    /// \pre no refusal by TwilioRest
    [[nodiscard]] Answer answer(const Request& request, const TwilioRoute& route) const;
    /// Right after `completed`: 404 in XML, or 21501 with `Retry-After` where the fault says so.
    [[nodiscard]] static Answer not_ready(const Request& request, const Fault& fault);

  private:
    World* m_world;
    const Recorder* m_recorder;
};

} // namespace callctl::sim
