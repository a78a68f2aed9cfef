// The database's clock, known without asking it each time.
#pragma once

#include "base/time.hpp"
#include "port/call_store.hpp"
#include "port/clock.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace callctl::app {

/// The local clock plus its distance from the database's, measured now and then. Good enough to
/// stamp a delivery; what is compared and scheduled is the database's own now().
class DatabaseTime {
  public:
    /// How often the distance should be measured again.
    static constexpr std::chrono::milliseconds k_refresh{10'000};

    /// References must outlive this.
    DatabaseTime(port::CallStore& store, port::Clock& clock) : m_store{store}, m_clock{clock} {}

    /// Measures. Throws what the store throws.
    void refresh();
    /// The same, keeping the last distance when the database does not answer: then false.
    bool try_refresh();
    /// From any thread.
    [[nodiscard]] base::Time now() const;

  private:
    port::CallStore& m_store;
    port::Clock& m_clock;
    std::atomic<std::int64_t> m_offset_us{0};
};

} // namespace callctl::app
