#include "app/reply_deadlines.hpp"

#include <utility>

namespace callctl::app {

struct ReplyDeadlines::Pending {
    using Clock = std::chrono::steady_clock;

    Clock::time_point until;
    std::mutex mutex{};
    Reply reply; ///< empty once it was used
    Late late;

    [[nodiscard]] Reply take() {
        const std::scoped_lock lock{mutex};
        return std::exchange(reply, nullptr);
    }
};

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

ReplyDeadlines::Reply ReplyDeadlines::guarded(Reply reply, Late late) {
    const auto pending = std::make_shared<Pending>();
    pending->until = Pending::Clock::now() + m_patience;
    pending->reply = std::move(reply);
    pending->late = std::move(late);
    {
        const std::scoped_lock lock{m_mutex};
        m_pending.push_back(pending);
    }
    m_condition.notify_all();
    return [pending](port::WebResponse response) {
        if (const Reply first = pending->take()) {
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
        const auto next = m_pending.front();
        if (Pending::Clock::now() < next->until) {
            m_condition.wait_until(lock, next->until);
            continue;
        }
        m_pending.pop_front();
        lock.unlock();
        if (const Reply reply = next->take()) {
            reply(next->late());
        }
        lock.lock();
    }
}

} // namespace callctl::app
