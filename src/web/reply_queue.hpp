// The way back of an answer: from whatever thread has it to the I/O thread that sends it.
#pragma once

#include "port/web_handler.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace callctl::web {

/// One request that waits for its answer. The first answer counts, from whatever thread; the server
/// may be gone by then.
class Exchange {
  public:
    /// `on_ready` runs on the I/O thread, when the answer can be taken.
    explicit Exchange(std::function<void()> on_ready) : m_on_ready{std::move(on_ready)} {}

    /// False when it was answered before.
    bool answer(port::WebResponse response);
    [[nodiscard]] bool ready() const { return m_ready.load(std::memory_order_acquire); }
    /// \pre ready(); once, on the I/O thread.
    [[nodiscard]] port::WebResponse take() { return std::move(m_response); }
    void wake() const { m_on_ready(); }

  private:
    std::function<void()> m_on_ready;
    std::atomic<bool> m_claimed{false};
    std::atomic<bool> m_ready{false};
    port::WebResponse m_response;
};

/// Answered exchanges on their way to the I/O thread. The answers of one group commit come in a
/// burst: the thread is woken once for all that it has not yet fetched. Shared by the server and by
/// every Reply that is still out, so that a late one finds it closed instead of gone.
class ReplyQueue : public std::enable_shared_from_this<ReplyQueue> {
  public:
    /// `wake` asks the I/O thread to fetch; it is not called any more once close() has returned.
    explicit ReplyQueue(std::function<void()> wake) : m_wake{std::move(wake)} {}

    /// What the handler gets. When its last copy dies unused the answer is 500 at once.
    [[nodiscard]] port::WebHandler::Reply reply_to(std::shared_ptr<Exchange> exchange);
    [[nodiscard]] std::vector<std::shared_ptr<Exchange>> fetch();
    void close();

  private:
    class Ticket;

    void push(std::shared_ptr<Exchange> exchange);

    std::mutex m_mutex;
    std::function<void()> m_wake;
    bool m_closed{false};
    std::vector<std::shared_ptr<Exchange>> m_answered;
};

} // namespace callctl::web
