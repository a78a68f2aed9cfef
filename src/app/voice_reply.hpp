// The answer that a caller waits for, once all that it hangs on has spoken.
#pragma once

#include "port/web_handler.hpp"

#include <functional>
#include <mutex>
#include <optional>

namespace callctl::app {

/// Sent as soon as it is known how the call goes on and what the commit says, or that the commit is
/// late. From any thread, in any order; whoever comes when it is sent changes nothing.
class VoiceReply {
  public:
    /// Makes the answer; whether the call is being recorded already, only the commit knows. Called
    /// once, on the thread that completes the reply.
    using Answer = std::function<port::WebResponse(bool is_recorded)>;

    explicit VoiceReply(port::WebHandler::Reply reply) : m_reply{std::move(reply)} {}

    void answer_with(Answer answer);
    /// Also when it was late: while the answer is still out, what it knows counts.
    void commit_told(bool is_recorded);
    /// It is not waited for any longer, and its call taken for one that nobody records. Where it
    /// has not spoken before, `say_so` is called first, and must not call this.
    void commit_is_late(const std::function<void()>& say_so);

  private:
    void send_when_complete(std::unique_lock<std::mutex> lock);

    std::mutex m_mutex{};
    port::WebHandler::Reply m_reply; ///< empty once it was used
    Answer m_answer{};
    std::optional<bool> m_is_recorded{};
};

} // namespace callctl::app
