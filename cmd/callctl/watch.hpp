// A report again and again, until a signal ends it.
#pragma once

#include "runner.hpp"

#include <chrono>
#include <functional>

namespace callctl::cmd {

enum class Frames {
    for_people,   ///< the first line says when it was made; over the last one on a terminal
    for_programs, ///< as it was drawn, below the last one
};

/// Draws at once and then every `interval`. A database that is away is told of and asked again.
/// Ends with the signal's exit code, when nobody reads any more, or with what `draw` returns where
/// that is not 0.
int watch(Runner& runner, std::chrono::milliseconds interval, Frames frames,
          const std::function<int(const Screen&)>& draw);

} // namespace callctl::cmd
