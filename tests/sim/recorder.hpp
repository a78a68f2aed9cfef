// Recordings: from `in-progress` to a file, or to none.
#pragma once

#include "sim/callbacks.hpp"
#include "sim/engine.hpp"
#include "sim/library.hpp"
#include "sim/message.hpp"
#include "sim/world.hpp"

#include <string>
#include <string_view>

namespace callctl::sim {

class Recorder {
  public:
    Recorder(World& world, Engine& engine, Callbacks& callbacks, const Library& library)
        : m_world{&world}, m_engine{&engine}, m_callbacks{&callbacks}, m_library{&library} {}

    Recording& start(Call& call, const RecordingOrder& order);
    /// Only what is running can be stopped; the rest is left alone.
    void stop(Recording& recording);
    void stop_all(const Call& call);
    [[nodiscard]] Recording* running(const Call& call, std::string_view source) const;
    [[nodiscard]] int running_count(const Call& call) const;

    /// The file with that many channels, made while it is read. \pre the recording is completed
    [[nodiscard]] LongBody media(const Recording& recording, int channels) const;

  private:
    void finish(Recording& recording);
    void notify(const Recording& recording, RecordingStatus status);
    [[nodiscard]] milliseconds position(const Call& call) const;
    void trim_silence(Recording& recording, const Call& call) const;
    [[nodiscard]] const Performance& performance(const Call& call) const;
    [[nodiscard]] bool sounds(const Call& call, milliseconds from, milliseconds until) const;

    World* m_world;
    Engine* m_engine;
    Callbacks* m_callbacks;
    const Library* m_library;
};

} // namespace callctl::sim
