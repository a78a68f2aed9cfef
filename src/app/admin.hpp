// The admin pages: alive, ready, and figures for Prometheus. For loopback, never for Twilio.
#pragma once

#include "app/reply_deadlines.hpp"
#include "port/call_store.hpp"
#include "port/web_handler.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace callctl::app {

/// `GET /healthz` 200 while the process runs; `GET /readyz` 200 while the database answers with our
/// schema, else 503; `GET /metrics` in Prometheus' text form. The database is asked on a thread of
/// this: after `patience` /readyz is a 503 and /metrics says what is known without it, as it does
/// while the database is away; /healthz waits for nothing.
class AdminHandler : public port::WebHandler {
  public:
    static constexpr std::chrono::milliseconds k_patience{2'000};

    /// `own`: what is known without the database, in Prometheus' text form; called from any thread.
    /// It and `store` must outlive this.
    AdminHandler(port::CallStore& store, std::function<std::string()> own,
                 std::chrono::milliseconds patience = k_patience);
    AdminHandler(const AdminHandler&) = delete;
    AdminHandler& operator=(const AdminHandler&) = delete;
    /// Waits for the database, if it is being asked.
    ~AdminHandler() override;

    void handle(port::WebRequest request, Reply reply) override;

  private:
    /// A page that needs the database, and what is sent where that does not help.
    struct Question {
        std::function<port::WebResponse()> answer;
        std::function<port::WebResponse(const std::string& why)> without;
        Reply reply;
    };

    void ask(Question question);
    void run();
    [[nodiscard]] port::WebResponse ready() const;
    [[nodiscard]] port::WebResponse metrics(const std::optional<port::Figures>& figures) const;

    port::CallStore& m_store;
    std::function<std::string()> m_own;
    ReplyDeadlines m_deadlines;
    std::mutex m_mutex{};
    std::condition_variable m_condition{};
    std::deque<Question> m_questions{};
    bool m_stopping{false};
    std::thread m_thread{};
};

} // namespace callctl::app
