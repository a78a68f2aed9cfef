// What a provider's work costs, by the prices of the configuration.
#pragma once

#include <chrono>
#include <cstdint>

namespace callctl::pipeline {

/// Of one model, in millionths of whatever the prices are in; 0 where there is none.
struct Price {
    std::int64_t audio_minute_micros{0};
    std::int64_t input_million_micros{0};  ///< of a million tokens that are sent
    std::int64_t output_million_micros{0}; ///< of a million tokens that come back

    friend bool operator==(const Price&, const Price&) = default;
};

/// In millionths, rounded up; at most what 64 bits hold. \pre nothing is negative
[[nodiscard]] std::int64_t audio_cost(const Price& price, std::chrono::milliseconds billed);
[[nodiscard]] std::int64_t added(std::int64_t left, std::int64_t right);
[[nodiscard]] std::int64_t token_cost(const Price& price, std::int64_t input, std::int64_t output);

} // namespace callctl::pipeline
