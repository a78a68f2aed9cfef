#include "app/voice_reply.hpp"

#include <utility>

namespace callctl::app {

void VoiceReply::answer_with(Answer answer) {
    std::unique_lock lock{m_mutex};
    m_answer = std::move(answer);
    send_when_complete(std::move(lock));
}

void VoiceReply::commit_told(bool is_recorded) {
    std::unique_lock lock{m_mutex};
    m_is_recorded = is_recorded;
    send_when_complete(std::move(lock));
}

void VoiceReply::commit_is_late(const std::function<void()>& say_so) {
    std::unique_lock lock{m_mutex};
    if (m_is_recorded) {
        return;
    }
    say_so();
    m_is_recorded = false;
    send_when_complete(std::move(lock));
}

void VoiceReply::send_when_complete(std::unique_lock<std::mutex> lock) {
    if (!m_reply || !m_answer || !m_is_recorded) {
        return;
    }
    const auto reply = std::exchange(m_reply, nullptr);
    const auto answer = std::exchange(m_answer, nullptr);
    const bool is_recorded = *m_is_recorded;
    lock.unlock();
    reply(answer(is_recorded));
}

} // namespace callctl::app
