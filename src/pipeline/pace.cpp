#include "pipeline/pace.hpp"

#include <algorithm>

namespace callctl::pipeline {
namespace {

using namespace std::chrono_literals;

// Of a minute's requests: spread evenly, and saved up for a burst after a quiet time.
constexpr std::chrono::microseconds k_minute = 1min;
constexpr std::int64_t k_evenly_percent = 97;
constexpr int k_burst_divisor = 50;

} // namespace

call::Pace pace_of(int requests_per_minute) {
    return {.interval = k_minute * 100 / (k_evenly_percent * requests_per_minute),
            .depth = std::max(1, requests_per_minute / k_burst_divisor)};
}

} // namespace callctl::pipeline
