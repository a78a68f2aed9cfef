// What the kernel says of this process, for monitoring.
#pragma once

#include "port/process_figures.hpp"

namespace callctl::sys {

/// From /proc (proc(5)); what cannot be read there is 0.
[[nodiscard]] port::ProcessFigures process_figures();

} // namespace callctl::sys
