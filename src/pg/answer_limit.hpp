// An end to waiting for a server that has taken a statement and never answers.
#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

namespace callctl::pg {

/// libpq waits for an answer without end. statement_timeout is the server's, and useless where the
/// server hangs or the connection is half open behind a proxy that keeps it alive (for the rest
/// there are tcp_user_timeout and keepalives; PostgreSQL, 34.1.2). What waits longer than the limit
/// has its socket shut down: libpq then finds the connection lost.
class AnswerLimit {
  public:
    explicit AnswerLimit(std::chrono::milliseconds limit);
    AnswerLimit(const AnswerLimit&) = delete;
    AnswerLimit& operator=(const AnswerLimit&) = delete;
    /// \pre nobody waits
    ~AnswerLimit();

    struct Waiting {
        int socket{-1}; ///< -1 once it was shut down
        std::chrono::steady_clock::time_point end{};
    };
    /// While it lives, somebody waits for an answer on the socket.
    class Wait {
      public:
        /// `limit` may be null: no limit.
        Wait(AnswerLimit* limit, int socket);
        Wait(const Wait&) = delete;
        Wait& operator=(const Wait&) = delete;
        ~Wait();

      private:
        AnswerLimit* m_limit;
        std::list<Waiting>::iterator m_entry{};
    };

  private:
    void run();

    std::chrono::milliseconds m_limit;
    std::mutex m_mutex{};
    std::condition_variable m_changed{};
    std::list<Waiting> m_waiting{}; ///< the next end first, since all wait equally long
    bool m_ending{false};
    std::thread m_thread{};
};

} // namespace callctl::pg
