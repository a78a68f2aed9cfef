// Keeps the requests of all hosts together within a provider's limit.
#pragma once

#include "pipeline/policy.hpp"
#include "port/call_store.hpp"
#include "port/clock.hpp"

#include <chrono>
#include <optional>

namespace callctl::app {

class RequestPacer {
  public:
    /// Both references must outlive this.
    RequestPacer(port::CallStore& store, port::Clock& clock, const pipeline::Policy& policy);

    /// Waits until the next request may be sent, behind those of other workers; not at all where
    /// there is no limit. False: a stop was asked for meanwhile, or it would take longer than 3
    /// minutes, so that the call is better given back. Throws what the store throws.
    /// Callable from any thread.
    [[nodiscard]] bool wait_for_turn(call::Provider provider);

    /// How long nothing is asked of the provider yet, where that was found out after `since`, when
    /// it was decided to ask; whoever tries a half-open provider has decided later than that. Also
    /// nothing where it cannot be known now. Callable from any thread.
    [[nodiscard]] std::optional<std::chrono::milliseconds> closed_since(call::Provider provider,
                                                                        base::Time since);

  private:
    port::CallStore& m_store;
    port::Clock& m_clock;
    pipeline::Policy m_policy;
};

} // namespace callctl::app
