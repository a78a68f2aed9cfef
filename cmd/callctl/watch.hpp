// A report again and again, until a signal ends it.
#pragma once

#include "runner.hpp"

#include <chrono>
#include <functional>

namespace callctl::cmd {

/// A frame's first line says when it was made and when the next one comes.
enum class FrameHead { shown, hidden };

/// Draws at once and then every `interval`: over the last frame on a terminal, below it elsewhere.
/// A database that is away is told of and asked again. Ends with the signal's exit code, when
/// nobody reads any more, or with what `draw` returns where that is not 0.
int watch(Runner& runner, std::chrono::milliseconds interval, FrameHead head,
          const std::function<int(const Screen&)>& draw);

} // namespace callctl::cmd
