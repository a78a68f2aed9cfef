// What monitoring is told about a process, whatever it is for.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstdint>

namespace callctl::port {

struct ProcessFigures {
    std::chrono::milliseconds cpu{}; ///< of all threads, user and system together
    std::int64_t resident_bytes{0};
    std::int64_t virtual_bytes{0};
    std::int64_t open_files{0};
    std::int64_t most_files{0}; ///< that it may have open
    std::int64_t threads{0};
    base::Time started_at{};
};

} // namespace callctl::port
