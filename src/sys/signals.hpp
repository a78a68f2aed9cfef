// SIGINT, SIGTERM and SIGHUP as events on a normal thread.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

namespace callctl::sys {

/// From construction to destruction these are blocked in this thread and in those that it starts
/// later: to be made before any other thread. SIGPIPE is ignored, for good.
///
/// The first signal is remembered and told to `on_stop`, on a thread of its own where everything is
/// allowed but throwing. A second SIGINT ends the process at once, as the person at the terminal
/// expects; so does the first signal when this still lives after `longest_stop`, once `on_overdue`
/// has said so: something hangs that cannot be asked to stop, such as a database that answers no
/// more. Nothing durable is lost by either.
///
/// SIGHUP, as when its terminal hangs up, asks for a stop as the others do, or is ignored where it
/// was (nohup); unless somebody has asked for it by on_hangup().
class Signals {
  public:
    /// Of the 5 s that a stop may take; the rest is for the end of the process.
    static constexpr std::chrono::milliseconds k_longest_stop{4'800};

    explicit Signals(std::function<void(int signal)> on_stop, std::function<void()> on_overdue = {},
                     std::chrono::milliseconds longest_stop = k_longest_stop);
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    /// On the thread that constructed it, whose signal mask is restored.
    ~Signals();

    /// `listener` is told of each SIGHUP from now on, on that thread; an empty one ends it, and is
    /// not running any more when this returns. Not to be called by the listener.
    void on_hangup(std::function<void()> listener);

    /// The signal that asked for a stop, once one has come, else 0. A shell's exit code for it is
    /// 128 more.
    [[nodiscard]] int received() const { return m_received; }

  private:
    void run();
    void stop_asked_by(int signal);
    void hung_up();
    [[nodiscard]] int time_left() const;

    std::function<void(int)> m_on_stop;
    std::function<void()> m_on_overdue;
    std::chrono::milliseconds m_longest_stop;
    std::optional<std::chrono::steady_clock::time_point> m_overdue_at{};
    std::mutex m_hangup_mutex{};
    std::function<void()> m_on_hangup{};
    bool m_ignores_hangup; ///< and did so before this was made: a blocked signal comes all the same
    sigset_t m_former_mask{};
    int m_signals{-1}; ///< signalfd
    int m_end;         ///< eventfd, written to end the thread
    std::atomic<int> m_received{0};
    std::thread m_thread{};
};

} // namespace callctl::sys
