// Carries out a step that asks somebody. One implementation asks the providers, tests have others.
#pragma once

#include "base/time.hpp"
#include "call/call.hpp"
#include "call/provider.hpp"
#include "pipeline/outcome.hpp"
#include "pipeline/step.hpp"
#include "port/piece_shelf.hpp"

#include <functional>
#include <vector>

namespace callctl::app {

struct StepResult {
    call::Outcome<pipeline::Learnt> outcome;
    pipeline::Usage usage{};
    /// Of the step's, those to which no request was sent: nothing is known of them.
    std::vector<call::Provider> unasked{};
};

/// Told of a provider that has done its part of a step while the rest of it goes on, in the thread
/// that runs it.
using PartDone = std::function<void(call::Provider)>;

class StepRunner {
  public:
    StepRunner() = default;
    StepRunner(const StepRunner&) = delete;
    StepRunner& operator=(const StepRunner&) = delete;
    virtual ~StepRunner() = default;

    /// \pre pipeline::providers_of(step) names somebody. `now` is the database's time; `shelf`
    /// holds what was paid for before. Callable from any thread; a provider's misbehaviour is a
    /// Failure, never an exception.
    [[nodiscard]] virtual StepResult run(const pipeline::Step& step, const call::Call& call,
                                         base::Time now, port::PieceShelf& shelf,
                                         const PartDone& done) = 0;
};

} // namespace callctl::app
