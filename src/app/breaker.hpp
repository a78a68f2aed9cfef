// The providers' circuit breakers, which all hosts share through the database.
#pragma once

#include "base/time.hpp"
#include "call/failure.hpp"
#include "pipeline/policy.hpp"
#include "port/call_store.hpp"

#include <optional>
#include <span>
#include <vector>

namespace callctl::app {

class Breaker {
  public:
    /// `store` must outlive this.
    Breaker(port::CallStore& store, const pipeline::Policy& policy)
        : m_store{store}, m_policy{policy} {}
    Breaker(const Breaker&) = delete;
    Breaker& operator=(const Breaker&) = delete;
    /// A probe of which nothing was said is given back, if that can be done now.
    ~Breaker();

    /// When one of the providers may be asked again; nothing when all may be asked now. Of those
    /// that are half-open the caller is then the one who tries, and says what came of it.
    [[nodiscard]] std::optional<base::Time> closed_until(std::span<const call::Provider> providers,
                                                         base::Time now);
    /// When one of the providers may be asked again, for who only looks: he is not the one who
    /// tries, and says nothing of what came of it.
    [[nodiscard]] std::optional<base::Time>
    seen_closed_until(std::span<const call::Provider> providers, base::Time now);
    /// Providers that are closed or half-open.
    [[nodiscard]] std::vector<call::Provider> troubled();
    /// All of them worked for a request that began at `asked`.
    void note_success(std::span<const call::Provider> providers, base::Time asked);
    /// None of them was asked after all: whoever comes next may try.
    void note_nothing(std::span<const call::Provider> providers = call::k_providers);
    /// How often in a row the provider had failed before. Others that were to be asked with it, and
    /// of which it proves nothing, may be tried by whoever comes next.
    int note_failure(call::Provider provider, const call::Failure& failure, base::Time asked);

  private:
    struct Probe {
        call::Provider provider{};
        base::Time until{};
    };
    std::optional<base::Time> probe_ended(call::Provider provider);

    port::CallStore& m_store;
    pipeline::Policy m_policy;
    std::vector<Probe> m_probes{}; ///< that are ours
};

} // namespace callctl::app
