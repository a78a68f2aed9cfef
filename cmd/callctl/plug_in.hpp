// The answer of `status --check`, as monitoring plug-ins give it.
#pragma once

#include "app/health.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace callctl::cmd {

/// One line: the verdict and why, then what was measured with the thresholds, as in
/// `CALLCTL OK - nothing is stuck, ... | stuck=0;0;50;0 ...`.
[[nodiscard]] std::string plug_in_line(const app::Vitals& vitals,
                                       const app::Thresholds& thresholds);

/// Tells `on_overdue`, on a thread of its own, when it has lived for `limit`.
class Deadline {
  public:
    Deadline(std::chrono::milliseconds limit, std::function<void()> on_overdue);
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    /// `on_overdue` is not running any more when this returns.
    ~Deadline();

  private:
    std::mutex m_mutex{};
    std::condition_variable m_condition{};
    bool m_met{false};
    std::thread m_thread;
};

} // namespace callctl::cmd
