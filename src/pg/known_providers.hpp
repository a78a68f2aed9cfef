// The providers' breakers, known for a moment without asking.
#pragma once

#include "port/call_report.hpp"
#include "port/call_store.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace callctl::pg {

/// From any thread. What another host has changed is seen after `known_for` at the latest: a
/// request that is sent meanwhile might as well have been sent before.
class KnownProviders {
  public:
    explicit KnownProviders(std::chrono::milliseconds known_for) : m_known_for{known_for} {}

    [[nodiscard]] std::optional<std::vector<port::ProviderState>> get() const {
        const std::scoped_lock lock{m_mutex};
        const bool is_fresh = Monotonic::now() - m_kept_at < m_known_for;
        return is_fresh ? m_states : std::nullopt;
    }
    /// How often something was forgotten; to be had before what is kept is read.
    [[nodiscard]] std::uint64_t changes() const {
        const std::scoped_lock lock{m_mutex};
        return m_changes;
    }
    /// Unless something has changed since `changes`.
    void keep(std::vector<port::ProviderState> states, std::uint64_t changes) {
        const std::scoped_lock lock{m_mutex};
        if (changes == m_changes) {
            m_states = std::move(states);
            m_kept_at = Monotonic::now();
        }
    }
    /// This process has changed something.
    void forget() {
        const std::scoped_lock lock{m_mutex};
        m_states.reset();
        ++m_changes;
    }

  private:
    using Monotonic = std::chrono::steady_clock;

    std::chrono::milliseconds m_known_for;
    mutable std::mutex m_mutex{};
    std::optional<std::vector<port::ProviderState>> m_states{};
    Monotonic::time_point m_kept_at{};
    std::uint64_t m_changes{0};
};

} // namespace callctl::pg
