// Tells systemd's watchdog that the server is alive, for as long as it is.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace spdlog {
class logger;
}

namespace callctl::cmd {

/// Something that may hang.
struct Watched {
    std::string name;
    /// Has `answered` called soon, from whatever thread, if it is alive. It may be called after the
    /// end of the watchdog.
    std::function<void(std::function<void()> answered)> ask;
};

/// Asks all every half of the limit, on a thread of its own. systemd is told when all have answered
/// since the last time; who has not is logged, once, and systemd kills the process when it goes on.
class Watchdog {
  public:
    /// Nothing happens without a limit (outside of a unit with `WatchdogSec=`). `tell` is called on
    /// the thread of this.
    Watchdog(std::optional<std::chrono::microseconds> limit, std::vector<Watched> watched,
             std::function<void()> tell, std::shared_ptr<spdlog::logger> logger);
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
    ~Watchdog();

  private:
    struct Asked;
    void run(std::chrono::microseconds pause);
    [[nodiscard]] bool all_have_answered();
    void ask_again();

    std::vector<Asked> m_asked;
    std::function<void()> m_tell;
    std::shared_ptr<spdlog::logger> m_logger;
    std::mutex m_mutex{};
    std::condition_variable m_condition{};
    bool m_stopping{false};
    std::thread m_thread{};
};

} // namespace callctl::cmd
