// Requests at a constant rate, whether they are answered or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace callctl::bench {

struct RatePlan {
    std::string file{};    ///< requests one after the other
    std::size_t length{0}; ///< of each
    std::uint16_t port{0};
    double rate{0}; ///< a second
    double seconds{0};
    std::size_t connections{0};
};

struct RateReport {
    std::size_t sent{0};
    std::size_t accepted{0};            ///< answered 2xx
    std::vector<double> milliseconds{}; ///< of those, sorted
};

/// Each request has its moment, and its latency runs from there, also while it waits for a
/// connection to become free: what a slow answer does to those behind it is counted. Throws
/// std::runtime_error when the file has too few requests, and when nobody listens.
[[nodiscard]] RateReport send_at_rate(const RatePlan& plan);

} // namespace callctl::bench
