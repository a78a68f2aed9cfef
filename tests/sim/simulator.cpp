#include "sim/simulator.hpp"

#include "sim/fault_answer.hpp"

namespace callctl::sim {

Simulator::Simulator(Options options, Clock& clock, const Library& library, Sender& sender)
    : m_library{&library}, m_sender{&sender}, m_world{std::move(options), clock.now()},
      m_engine{clock, m_world.options.time_scale}, m_callbacks{m_world, m_engine},
      m_recorder{m_world, m_engine, m_callbacks, library}, m_flow{m_world, m_engine, m_callbacks,
                                                                  m_recorder, library},
      m_rest{m_world, m_engine, m_flow, m_recorder}, m_media{m_world, m_recorder},
      m_ai{m_world, m_engine}, m_control{m_world, m_engine, m_callbacks, m_flow, library} {}

void Simulator::run(const std::function<void()>& work) {
    std::vector<Outgoing> outgoing;
    std::vector<Done> quiet_ones;
    {
        const std::scoped_lock lock{m_mutex};
        m_engine.run_due();
        work();
        outgoing = m_engine.take_outgoing();
        if (outgoing.empty() && quiet()) {
            quiet_ones = std::exchange(m_waiting_for_quiet, {});
        }
    }
    for (const Done& done : quiet_ones) {
        done({.response = {.status = 200, .content_type = "application/json", .body = "{}"}});
    }
    flush(std::move(outgoing));
}

void Simulator::act(const std::function<void()>& work) {
    run(work);
    if (m_news) {
        m_news();
    }
}

void Simulator::flush(std::vector<Outgoing> outgoing) {
    for (Outgoing& next : outgoing) {
        m_sender->send(std::move(next.request),
                       [this, heard = std::move(next.heard)](const auto& result) {
                           act([&] { heard(result); });
                       });
    }
}

// Nobody talks, nothing is processed, no webhook is on its way.
bool Simulator::quiet() const {
    for (const auto& [sid, call] : m_world.calls) {
        if (!is_over(call.status)) {
            return false;
        }
    }
    for (const auto& [sid, recording] : m_world.recordings) {
        if (recording.status < RecordingStatus::completed) {
            return false;
        }
    }
    return m_callbacks.under_way() == 0;
}

std::optional<base::Time> Simulator::tick() {
    run([] {});
    const std::scoped_lock lock{m_mutex};
    return m_engine.next_due();
}

void Simulator::handle(const port::WebRequest& web_request, const Done& done,
                       const std::shared_ptr<const MappedFile>& long_body) {
    const Request request = read_request(web_request, long_body);
    const AiRoute route = ai_route(request);
    // Listening takes time and needs no lock.
    std::optional<PostedAudio> posted;
    if (route.place == AiPlace::transcription && request.method == "POST") {
        posted = read_posted_audio(request, route, *m_library);
    }
    std::optional<Answer> answer_now;
    act([&] {
        if (request.path == "/sim/quiet") {
            m_waiting_for_quiet.push_back(done);
            return;
        }
        Answer made = answer(request, route, posted ? &*posted : nullptr);
        if (made.delay.count() == 0) {
            answer_now = std::move(made);
            return;
        }
        const auto delay = made.delay;
        m_engine.after_wall(delay, [done, made = std::move(made)] { done(made); });
    });
    if (answer_now) {
        done(std::move(*answer_now));
    }
}

Answer Simulator::answer(const Request& request, const AiRoute& ai_route,
                         const PostedAudio* posted) {
    if (request.path.starts_with("/sim/")) {
        return m_control.answer(request);
    }
    if (const auto route = route_twilio(request)) {
        Answer made = answer_twilio(request, *route);
        add_twilio_headers(made.response, m_world.ids.next("RQ"));
        return made;
    }
    return m_ai.answer(request, ai_route, posted);
}

Answer Simulator::carry_out(const Request& request, const TwilioRoute& route, bool stale) {
    return route.place == "media" ? m_media.answer(request, route)
                                  : m_rest.answer(request, route, stale);
}

Answer Simulator::answer_twilio(const Request& request, const TwilioRoute& route) {
    if (const auto refused = m_rest.refusal(request, route)) {
        return error_answer(*refused, route.format);
    }
    const Recording* const recording = m_world.find_recording(route.recording_sid);
    const std::string sid = recording == nullptr ? route.call_sid : recording->call_sid;
    const Call* const call = m_world.find_call(sid);
    m_world.count(route.place, sid);
    const auto fault =
        m_world.faults.strike(route.place, {.call_sid = sid,
                                            .ordinal = call == nullptr ? 0 : call->ordinal,
                                            .target = request.target,
                                            .body = request.body});
    if (!fault) {
        return carry_out(request, route, false);
    }
    if (fault->kind == FaultKind::stale) {
        return carry_out(request, route, true);
    }
    if (fault->kind == FaultKind::not_ready) {
        return TwilioMedia::not_ready(request, *fault);
    }
    if (fault->kind == FaultKind::redirect) {
        return {.response = {.status = fault->status == 0 ? 302 : fault->status,
                             .headers = {{"Location", fault->body}}}};
    }
    return with_fault(
        *fault, [&] { return carry_out(request, route, false); },
        [&](const Fault& striking) {
            return twilio_refusal(striking, route.format == Format::json);
        });
}

} // namespace callctl::sim
