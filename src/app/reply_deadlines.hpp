// Answers that must be given in time, whatever the work behind them is waiting for.
#pragma once

#include "port/web_handler.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace callctl::app {

/// One thread that answers for those who are late; all have the same time.
class ReplyDeadlines {
  public:
    using Reply = port::WebHandler::Reply;
    /// Makes the answer of the late; on the thread of this, only when it is needed.
    using Late = std::function<port::WebResponse()>;

    explicit ReplyDeadlines(std::chrono::milliseconds patience);
    ReplyDeadlines(const ReplyDeadlines&) = delete;
    ReplyDeadlines& operator=(const ReplyDeadlines&) = delete;
    /// Nobody is called any more, or answered but by himself.
    ~ReplyDeadlines();

    /// Calls `late` once the patience is over, on the thread of this, which it must not hold up;
    /// whether anything is late then, is its own affair.
    void watch(std::function<void()> late);
    /// A reply for `reply` to be used within the patience: after it `late` is sent instead, and
    /// what comes then is dropped. It may outlive this.
    [[nodiscard]] Reply guarded(Reply reply, Late late);

  private:
    struct Pending {
        std::chrono::steady_clock::time_point until;
        std::function<void()> late;
    };
    void run();

    std::chrono::milliseconds m_patience;
    std::mutex m_mutex{};
    std::condition_variable m_condition{};
    std::deque<Pending> m_pending{}; ///< the next deadline first
    bool m_stopping{false};
    std::thread m_thread{};
};

} // namespace callctl::app
