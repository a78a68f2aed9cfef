#include "sim/simulator.hpp"

#include "sim/chat.hpp"
#include "sim/fault_answer.hpp"

#include <fmt/format.h>

#include <cmath>

namespace callctl::sim {
namespace {

constexpr std::string_view k_transcriptions = "/v1/audio/transcriptions";
constexpr std::string_view k_chat = "/v1/chat/completions";

OpenAiError unknown_url(const Request& request) {
    return {.status = 404,
            .message = fmt::format("Invalid URL ({} {})", request.method, request.path)};
}

OpenAiError wrong_method(const Request& request) {
    return {.status = 405,
            .message = fmt::format("Not allowed to {} on {}", request.method, request.path)};
}

bool is_under_200(FaultKind kind) {
    return kind >= FaultKind::empty_segments && kind <= FaultKind::content_filter;
}

} // namespace

Simulator::Simulator(Options options, Clock& clock, const Library& library, Sender& sender)
    : m_library{&library}, m_sender{&sender}, m_world{std::move(options), clock.now()},
      m_engine{clock, m_world.options.time_scale}, m_callbacks{m_world, m_engine},
      m_recorder{m_world, m_engine, m_callbacks, library}, m_flow{m_world, m_engine, m_callbacks,
                                                                  m_recorder, library},
      m_rest{m_world, m_engine, m_flow, m_recorder}, m_media{m_world, m_recorder},
      m_control{m_world, m_engine, m_callbacks, m_flow, library} {}

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

void Simulator::handle(const port::WebRequest& web_request, const Done& done) {
    const Request request = read_request(web_request);
    // Listening takes time and needs no lock.
    std::optional<PostedAudio> posted;
    if (request.path == k_transcriptions && request.method == "POST") {
        posted = read_posted_audio(request, *m_library);
    }
    std::optional<Answer> answer_now;
    act([&] {
        if (request.path == "/sim/quiet") {
            m_waiting_for_quiet.push_back(done);
            return;
        }
        Answer made = posted ? answer_transcription(request, *posted) : answer(request);
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

Answer Simulator::answer(const Request& request) {
    if (request.path.starts_with("/sim/")) {
        return m_control.answer(request);
    }
    if (const auto route = route_twilio(request)) {
        Answer made = answer_twilio(request, *route);
        add_twilio_headers(made.response, m_world.ids.next("RQ"));
        return made;
    }
    Answer made;
    const std::string request_id = m_world.ids.next("req_");
    if (request.path == k_chat) {
        made = answer_chat(request, request_id);
    } else if (request.path == k_transcriptions) {
        made = error_answer(wrong_method(request));
    } else if (request.path.starts_with("/v1/models")) {
        made = answer_models(request);
    } else {
        made = error_answer(unknown_url(request));
    }
    add_openai_headers(made.response, request_id);
    return made;
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

Answer Simulator::answer_transcription(const Request& request, const PostedAudio& posted) {
    const Call* const call = m_world.call_by_ordinal(posted.recognised.call_ordinal);
    const std::string sid = call == nullptr ? "" : call->sid;
    const std::string request_id = m_world.ids.next("req_");
    const auto carry_out = [&](const Fault* fault) {
        if (const auto refused = refusal(request, posted)) {
            return error_answer(*refused);
        }
        m_world.charge({.time = m_engine.now(),
                        .what = "transcription",
                        .server = "openai",
                        .model = posted.field("model"),
                        .request_id = request_id,
                        .call_sid = sid,
                        .sha256 = posted.sha256,
                        .audio_ms = std::lround(posted.seconds.value_or(0.0) * 1000.0),
                        .seconds = billed_seconds(posted)});
        return transcription_answer(posted, m_world.settings, fault);
    };
    Answer made;
    if (const auto refused = bad_key(request, m_world.options.ai_key)) {
        made = error_answer(*refused);
    } else {
        m_world.count("transcription", sid);
        const auto fault =
            m_world.faults.strike("transcription", {.call_sid = sid,
                                                    .ordinal = posted.recognised.call_ordinal,
                                                    .target = request.target,
                                                    .body = posted.recognised.track});
        const bool within =
            fault && (is_under_200(fault->kind) || fault->kind == FaultKind::wrong_types);
        made = fault && !within
                   ? with_fault(
                         *fault, [&] { return carry_out(nullptr); },
                         [](const Fault& striking) { return error_answer(error_of(striking)); })
                   : carry_out(fault ? &*fault : nullptr);
    }
    add_openai_headers(made.response, request_id);
    return made;
}

Answer Simulator::answer_chat(const Request& request, const std::string& request_id) {
    if (request.method != "POST") {
        return error_answer(wrong_method(request));
    }
    if (const auto refused = bad_key(request, m_world.options.ai_key)) {
        return error_answer(*refused);
    }
    m_world.count("summary", "");
    const auto fault =
        m_world.faults.strike("summary", {.target = request.target, .body = request.body});
    const auto carry_out = [&](const Fault* within) {
        const auto read = read_chat(request);
        if (const auto* const error = std::get_if<OpenAiError>(&read)) {
            return error_answer(*error);
        }
        const auto& chat = std::get<ChatRequest>(read);
        Completion completion = chat_answer(chat, m_world.ids.next("chatcmpl-"), within);
        m_world.charge({.time = m_engine.now(),
                        .what = "summary",
                        .server = "openai",
                        .model = chat.model,
                        .request_id = request_id,
                        .sha256 = hex_sha256(request.body),
                        .input_tokens = completion.input_tokens,
                        .output_tokens = completion.output_tokens});
        return std::move(completion.answer);
    };
    const bool within =
        fault && (is_under_200(fault->kind) || fault->kind == FaultKind::invalid_json);
    if (!fault || within) {
        return carry_out(fault ? &*fault : nullptr);
    }
    return with_fault(
        *fault, [&] { return carry_out(nullptr); },
        [](const Fault& striking) { return error_answer(error_of(striking)); });
}

Answer Simulator::answer_models(const Request& request) {
    if (const auto refused = bad_key(request, m_world.options.ai_key)) {
        return error_answer(*refused);
    }
    m_world.count("models", "");
    const auto fault = m_world.faults.strike("models", {.target = request.target});
    if (!fault) {
        return models_answer(request);
    }
    return with_fault(
        *fault, [&] { return models_answer(request); },
        [](const Fault& striking) { return error_answer(error_of(striking)); });
}

} // namespace callctl::sim
