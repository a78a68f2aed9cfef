// Whether a thread hangs by its own fault.
#pragma once

#include <atomic>
#include <chrono>

namespace callctl::app {

/// How long a thread has been at work in which it should wait for nobody.
class OwnWork {
  public:
    using Clock = std::chrono::steady_clock;

    /// From its construction to its destruction the thread is at such work. One at a time.
    class Span {
      public:
        explicit Span(OwnWork& work) : m_work{work} {
            m_work.m_since = Clock::now().time_since_epoch();
        }
        Span(const Span&) = delete;
        Span& operator=(const Span&) = delete;
        ~Span() { m_work.m_since = Clock::duration::zero(); }

      private:
        OwnWork& m_work;
    };

    /// Zero while it is not; from any thread.
    [[nodiscard]] Clock::duration lasts() const {
        const Clock::duration since = m_since;
        return since == Clock::duration::zero() ? since : Clock::now().time_since_epoch() - since;
    }

  private:
    std::atomic<Clock::duration> m_since{Clock::duration::zero()};
};

} // namespace callctl::app
