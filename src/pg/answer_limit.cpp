#include "pg/answer_limit.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

namespace callctl::pg {

AnswerLimit::AnswerLimit(std::chrono::milliseconds limit)
    : m_limit{limit}, m_thread{[this] { run(); }} {}

AnswerLimit::~AnswerLimit() {
    {
        const std::scoped_lock lock{m_mutex};
        m_ending = true;
    }
    m_changed.notify_one();
    m_thread.join();
}

AnswerLimit::Wait::Wait(AnswerLimit* limit, int socket) : m_limit{limit} {
    if (m_limit != nullptr) {
        const auto end = std::chrono::steady_clock::now() + m_limit->m_limit;
        const std::scoped_lock lock{m_limit->m_mutex};
        m_entry = m_limit->m_waiting.insert(m_limit->m_waiting.end(), {socket, end});
    }
}

AnswerLimit::Wait::~Wait() {
    if (m_limit != nullptr) {
        const std::scoped_lock lock{m_limit->m_mutex};
        m_limit->m_waiting.erase(m_entry);
    }
}

// Statements come by the thousand and hardly ever wait: none of them wakes this thread, which looks
// four times within the limit.
void AnswerLimit::run() {
    const auto pause = std::max(m_limit / 4, std::chrono::milliseconds{1});
    std::unique_lock lock{m_mutex};
    while (!m_changed.wait_for(lock, pause, [this] { return m_ending; })) {
        const auto now = std::chrono::steady_clock::now();
        for (Waiting& waiting : m_waiting) {
            if (waiting.end > now) {
                break;
            }
            // Once: libpq then closes it, and its number may be another's before the wait ends.
            ::shutdown(std::exchange(waiting.socket, -1), SHUT_RDWR);
        }
    }
}

} // namespace callctl::pg
