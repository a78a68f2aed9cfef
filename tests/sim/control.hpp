// The simulator's own API under `/sim/`: placing calls, setting faults, looking behind the scenes.
#pragma once

#include "sim/call_flow.hpp"
#include "sim/message.hpp"

namespace callctl::sim {

class Control {
  public:
    Control(World& world, Engine& engine, Callbacks& callbacks, CallFlow& flow,
            const Library& library)
        : m_world{&world}, m_engine{&engine},
          m_callbacks{&callbacks}, m_flow{&flow}, m_library{&library} {}

    /// Unknown fields are refused with 400, so that a misspelt switch is not taken for a set one.
    [[nodiscard]] Answer answer(const Request& request);

  private:
    Answer answer_faults(const Request& request);
    Answer add_faults(const Request& request);
    Answer answer_calls(const Request& request);
    [[nodiscard]] Answer answer_recordings(const Request& request) const;
    Answer place_call(const Request& request);
    Answer add_plan(const Request& request);
    Answer change_settings(const Request& request);
    Answer reset();
    [[nodiscard]] Answer state() const;
    [[nodiscard]] Answer bills(const Request& request) const;
    [[nodiscard]] Answer dialogues() const;

    World* m_world;
    Engine* m_engine;
    Callbacks* m_callbacks;
    CallFlow* m_flow;
    const Library* m_library;
};

} // namespace callctl::sim
