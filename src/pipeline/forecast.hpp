// What driving a call to its end will take, as far as it can be told before.
#pragma once

#include "call/call.hpp"
#include "pipeline/cost.hpp"
#include "pipeline/step.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace callctl::pipeline {

/// Of the models that are configured; nothing: it has none, which is not a price of 0.
struct Prices {
    std::optional<Price> transcript{};
    std::optional<Price> summary{};
};

struct Forecast {
    std::chrono::milliseconds audio{0}; ///< all channels together, silence included: at the most
    std::int64_t cost_micros{0};        ///< of that audio, and about what the summary costs
    bool unpriced{false};               ///< a model that is asked has no price
    int unmeasured{0};                  ///< calls whose length nobody knows: not among the audio
};

[[nodiscard]] Forecast added(const Forecast& left, const Forecast& right);

/// From `step` on, the first one; with `only` that stage alone.
[[nodiscard]] Forecast forecast(const call::Call& call, const Step& step, const Prices& prices,
                                std::optional<call::Stage> only);

} // namespace callctl::pipeline
