// How many files and sockets this process may have open.
#pragma once

#include <cstddef>

namespace callctl::sys {

/// Raises the limit to `wanted`, or as far as it goes. Returns what holds then; a limit that was
/// higher stays. (It is 1024 for most services, for the sake of programs that call select(2).)
[[nodiscard]] std::size_t raise_file_limit(std::size_t wanted);

} // namespace callctl::sys
