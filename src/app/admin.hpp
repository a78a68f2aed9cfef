// The admin pages: alive, ready, and figures for Prometheus. For loopback, never for Twilio.
#pragma once

#include "app/reply_deadlines.hpp"
#include "port/call_store.hpp"
#include "port/web_handler.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace callctl::app {

/// `GET /healthz` 200 while the process runs; `GET /readyz` 200 while the database answers with our
/// schema, else 503; `GET /metrics` in Prometheus' text form. The database is asked on a thread of
/// this: a page that it keeps waiting is a 503 after `patience`, and /healthz waits for nothing.
class AdminHandler : public port::WebHandler {
  public:
    static constexpr std::chrono::milliseconds k_patience{2'000};

    /// `store` must outlive this.
    explicit AdminHandler(port::CallStore& store, std::chrono::milliseconds patience = k_patience);
    AdminHandler(const AdminHandler&) = delete;
    AdminHandler& operator=(const AdminHandler&) = delete;
    /// Waits for the database, if it is being asked.
    ~AdminHandler() override;

    void handle(port::WebRequest request, Reply reply) override;

  private:
    struct Question {
        port::WebResponse (AdminHandler::*answer)() const;
        Reply reply;
    };

    void ask(Question question);
    void run();
    [[nodiscard]] port::WebResponse ready() const;
    [[nodiscard]] port::WebResponse metrics() const;

    port::CallStore& m_store;
    ReplyDeadlines m_deadlines;
    std::mutex m_mutex{};
    std::condition_variable m_condition{};
    std::deque<Question> m_questions{};
    bool m_stopping{false};
    std::thread m_thread{};
};

} // namespace callctl::app
