#include "app/reply_deadlines.hpp"

#include <memory>
#include <utility>

namespace callctl::app {
namespace {

using Clock = std::chrono::steady_clock;

// Used by the first of two.
class OneReply {
  public:
    explicit OneReply(ReplyDeadlines::Reply reply) : m_reply{std::move(reply)} {}

    /// Empty once it was taken.
    [[nodiscard]] ReplyDeadlines::Reply take() {
        const std::scoped_lock lock{m_mutex};
        return std::exchange(m_reply, nullptr);
    }

  private:
    std::mutex m_mutex{};
    ReplyDeadlines::Reply m_reply;
};

} // namespace

ReplyDeadlines::ReplyDeadlines(std::chrono::milliseconds patience)
    : m_patience{patience}, m_thread{[this] { run(); }} {}

ReplyDeadlines::~ReplyDeadlines() {
    {
        const std::scoped_lock lock{m_mutex};
        m_stopping = true;
    }
    m_condition.notify_all();
    m_thread.join();
}

void ReplyDeadlines::watch(std::function<void()> late) {
    {
        const std::scoped_lock lock{m_mutex};
        m_pending.push_back({Clock::now() + m_patience, std::move(late)});
    }
    m_condition.notify_all();
}

ReplyDeadlines::Reply ReplyDeadlines::guarded(Reply reply, Late late) {
    const auto one = std::make_shared<OneReply>(std::move(reply));
    watch([one, late = std::move(late)] {
        if (const Reply first = one->take()) {
            first(late());
        }
    });
    return [one](port::WebResponse response) {
        if (const Reply first = one->take()) {
            first(std::move(response));
        }
    };
}

void ReplyDeadlines::run() {
    std::unique_lock lock{m_mutex};
    while (!m_stopping) {
        if (m_pending.empty()) {
            m_condition.wait(lock);
            continue;
        }
        if (const auto until = m_pending.front().until; Clock::now() < until) {
            m_condition.wait_until(lock, until);
            continue;
        }
        {
            const Pending next = std::move(m_pending.front());
            m_pending.pop_front();
            lock.unlock();
            next.late();
        }
        lock.lock();
    }
}

} // namespace callctl::app
