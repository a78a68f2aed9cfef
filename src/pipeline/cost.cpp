#include "pipeline/cost.hpp"

#include <limits>

namespace callctl::pipeline {
namespace {

constexpr std::int64_t k_minute_ms = 60'000;
constexpr std::int64_t k_million = 1'000'000;
constexpr std::int64_t k_most = std::numeric_limits<std::int64_t>::max();

__extension__ using Wide = __int128; // two 64-bit numbers multiplied

std::int64_t share(std::int64_t price, std::int64_t amount, std::int64_t per) {
    const Wide cost = (static_cast<Wide>(price) * amount + per - 1) / per;
    return cost > k_most ? k_most : static_cast<std::int64_t>(cost);
}

} // namespace

std::int64_t audio_cost(const Price& price, std::chrono::milliseconds billed) {
    return share(price.audio_minute_micros, billed.count(), k_minute_ms);
}

std::int64_t added(std::int64_t left, std::int64_t right) {
    return left > k_most - right ? k_most : left + right;
}

std::int64_t token_cost(const Price& price, std::int64_t input, std::int64_t output) {
    return added(share(price.input_million_micros, input, k_million),
                 share(price.output_million_micros, output, k_million));
}

} // namespace callctl::pipeline
