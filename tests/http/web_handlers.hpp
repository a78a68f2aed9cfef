// Handlers for the tests of the web server.
#pragma once

#include "port/web_handler.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace callctl::web {

/// Answers on the I/O thread with what the function returns.
class DirectHandler : public port::WebHandler {
  public:
    explicit DirectHandler(std::function<port::WebResponse(const port::WebRequest&)> answer)
        : m_answer{std::move(answer)} {}

    void handle(port::WebRequest request, Reply reply) override { reply(m_answer(request)); }

  private:
    std::function<port::WebResponse(const port::WebRequest&)> m_answer;
};

/// Keeps requests and their replies until the test asks for them.
class HoldingHandler : public port::WebHandler {
  public:
    struct Held {
        port::WebRequest request;
        Reply reply;
    };

    void handle(port::WebRequest request, Reply reply) override {
        {
            const std::scoped_lock lock{m_mutex};
            m_held.push_back({std::move(request), std::move(reply)});
        }
        m_arrived.notify_all();
    }

    /// Waits for `count` requests and hands them over.
    std::vector<Held> take(std::size_t count) {
        std::unique_lock lock{m_mutex};
        m_arrived.wait(lock, [this, count] { return m_held.size() >= count; });
        return std::exchange(m_held, {});
    }

  private:
    std::mutex m_mutex;
    std::condition_variable m_arrived;
    std::vector<Held> m_held;
};

} // namespace callctl::web
