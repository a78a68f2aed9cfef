// Twilio and the AI servers behind one door: every request in, every answer out, faults between.
#pragma once

#include "sim/ai_desk.hpp"
#include "sim/call_flow.hpp"
#include "sim/control.hpp"
#include "sim/twilio_media.hpp"
#include "sim/twilio_rest.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace callctl::sim {

/// Sends webhooks. `done` is called once, from any thread, maybe before send returns.
class Sender {
  public:
    Sender() = default;
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;
    virtual ~Sender() = default;
    virtual void send(base::HttpRequest request, Heard done) = 0;
};

class Simulator {
  public:
    using Done = std::function<void(Answer)>;

    /// All references must outlive it.
    Simulator(Options options, Clock& clock, const Library& library, Sender& sender);

    /// Any thread. `done` is called once, now or later; an answer's `delay` is over by then.
    void handle(const port::WebRequest& request, const Done& done,
                const std::shared_ptr<const MappedFile>& long_body = {});
    /// Runs what is due by the clock; says when there is something to do again.
    std::optional<base::Time> tick();
    /// Called whenever something may have become due earlier than tick() said. Set it once, first.
    void on_news(std::function<void()> news) { m_news = std::move(news); }

  private:
    /// Runs what was due and then `work` under the lock; then sends what they want sent.
    void run(const std::function<void()>& work);
    /// The same from outside: the driver hears of it.
    void act(const std::function<void()>& work);
    void flush(std::vector<Outgoing> outgoing);
    [[nodiscard]] bool quiet() const;

    Answer answer(const Request& request, const AiRoute& route, const PostedAudio* posted);
    Answer answer_twilio(const Request& request, const TwilioRoute& route);
    Answer carry_out(const Request& request, const TwilioRoute& route, bool stale);

    std::mutex m_mutex;
    std::function<void()> m_news;
    const Library* m_library;
    Sender* m_sender;
    World m_world;
    Engine m_engine;
    Callbacks m_callbacks;
    Recorder m_recorder;
    CallFlow m_flow;
    TwilioRest m_rest;
    TwilioMedia m_media;
    AiDesk m_ai;
    Control m_control;
    std::vector<Done> m_waiting_for_quiet;
};

} // namespace callctl::sim
