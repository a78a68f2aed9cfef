#include "watchdog.hpp"

#include <spdlog/spdlog.h>

#include <atomic>
#include <iterator>
#include <utility>

namespace callctl::cmd {

struct Watchdog::Asked {
    Watched who;
    /// Shared with the answer, which may come late.
    std::shared_ptr<std::atomic<bool>> answered{std::make_shared<std::atomic<bool>>(true)};
    bool told{false}; ///< that it hangs
};

Watchdog::Watchdog(std::optional<std::chrono::microseconds> limit, std::vector<Watched> watched,
                   std::function<void()> tell, std::shared_ptr<spdlog::logger> logger)
    : m_tell{std::move(tell)}, m_logger{std::move(logger)} {
    for (Watched& who : watched) {
        m_asked.push_back({.who = std::move(who)});
    }
    if (limit) {
        m_thread = std::thread{[this, pause = *limit / 2] { run(pause); }};
    }
}

Watchdog::~Watchdog() {
    {
        const std::scoped_lock lock{m_mutex};
        m_stopping = true;
    }
    m_condition.notify_all();
    if (m_thread.joinable()) {
        m_thread.join();
    }
}

bool Watchdog::all_have_answered() {
    bool all = true;
    for (Asked& asked : m_asked) {
        const bool alive = *asked.answered;
        if (!alive && !std::exchange(asked.told, true)) {
            m_logger->error("hangs thread={} hint=\"systemd ends and restarts the service\"",
                            asked.who.name);
        }
        all = all && alive;
    }
    return all;
}

void Watchdog::ask_again() {
    for (Asked& asked : m_asked) {
        if (asked.answered->exchange(false)) {
            asked.told = false;
        }
        asked.who.ask([answered = asked.answered] { *answered = true; });
    }
}

void Watchdog::run(std::chrono::microseconds pause) {
    std::unique_lock lock{m_mutex};
    while (!m_stopping) {
        lock.unlock();
        if (all_have_answered()) {
            m_tell();
        }
        ask_again();
        lock.lock();
        m_condition.wait_for(lock, pause, [this] { return m_stopping; });
    }
}

} // namespace callctl::cmd
