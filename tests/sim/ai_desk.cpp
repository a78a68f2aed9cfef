#include "sim/ai_desk.hpp"

#include "sim/ai_headers.hpp"
#include "sim/ai_key.hpp"
#include "sim/ai_models.hpp"
#include "sim/anthropic.hpp"
#include "sim/chat.hpp"
#include "sim/deepgram.hpp"
#include "sim/digest.hpp"
#include "sim/transcription.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace callctl::sim {
namespace {

// Is the model's own doing, not that of the line or of the server around it.
bool is_of_the_model(FaultKind kind, std::string_view where) {
    return kind == FaultKind::wrong_types ||
           (kind >= FaultKind::empty_segments && kind <= FaultKind::content_filter) ||
           (kind == FaultKind::invalid_json && where == "summary");
}

AiError unknown_url(const Request& request, const AiRoute& route) {
    if (route.server == AiServer::azure) {
        return {.status = 404, .message = "Resource not found"};
    }
    return {.status = 404,
            .message = fmt::format("Invalid URL ({} {})", request.method, route.path)};
}

AiError wrong_method(const Request& request, const AiRoute& route) {
    return {.status = 405,
            .message = fmt::format("Not allowed to {} on {}", request.method, route.path)};
}

// Azure's older paths need the version of their interface.
bool lacks_version(const Request& request, const AiRoute& route) {
    return route.path.starts_with("/openai/deployments") &&
           value_of(request.query, "api-version").value_or("").empty();
}

bool is_reading(AiPlace place) {
    return place == AiPlace::models || place == AiPlace::health;
}

std::string_view prefix_of_ids(AiServer server) {
    return server == AiServer::anthropic ? "req_011" : "req_";
}

} // namespace

bool AiDesk::wants_key(AiServer server) const {
    const bool own = server == AiServer::speaches || server == AiServer::vllm ||
                     server == AiServer::localai || server == AiServer::llamacpp;
    return !own || m_world->settings.own_servers_have_keys;
}

Answer AiDesk::answer(const Request& request, const AiRoute& route, const PostedAudio* posted) {
    const std::string id = route.server == AiServer::deepgram
                               ? m_world->ids.next_uuid()
                               : m_world->ids.next(prefix_of_ids(route.server));
    const Asked asked{route, id};
    Answer made = let_in(request, asked, posted);
    add_ai_headers(made.response, asked);
    return made;
}

Answer AiDesk::let_in(const Request& request, const Asked& asked, const PostedAudio* posted) {
    const AiRoute& route = asked.route;
    if (route.place == AiPlace::nowhere || lacks_version(request, route)) {
        return error_answer(unknown_url(request, route), asked);
    }
    if (route.place == AiPlace::health) {
        return json_answer({{"status", "ok"}});
    }
    if (request.method != (is_reading(route.place) ? "GET" : "POST")) {
        return error_answer(wrong_method(request, route), asked);
    }
    if (wants_key(route.server)) {
        if (const auto refused = bad_key(request, route.server, m_world->options.ai_key)) {
            return error_answer(*refused, asked);
        }
    }
    if (route.place == AiPlace::models) {
        m_world->count("models", "");
        return with_faults("models", {.target = request.target}, asked,
                           [&](const Fault* /*fault*/) { return models_answer(asked); });
    }
    return posted != nullptr ? transcribe(request, asked, *posted) : complete(request, asked);
}

Answer AiDesk::with_faults(std::string_view where, const Subject& subject, const Asked& asked,
                           const CarryOut& carry_out) {
    const auto fault = m_world->faults.strike(where, subject);
    if (!fault) {
        return carry_out(nullptr);
    }
    if (is_of_the_model(fault->kind, where)) {
        return carry_out(&*fault);
    }
    return with_fault(
        *fault, [&] { return carry_out(nullptr); },
        [&](const Fault& striking) {
            return error_answer(error_of(striking, asked.route.server), asked);
        });
}

Answer AiDesk::transcribe(const Request& request, const Asked& asked, const PostedAudio& posted) {
    const AiRoute& route = asked.route;
    const bool deepgram = route.server == AiServer::deepgram;
    const Recognised& heard = posted.heard();
    const Call* const call = m_world->call_by_ordinal(heard.call_ordinal);
    const std::string sid = call == nullptr ? "" : call->sid;
    m_world->count("transcription", sid);
    const auto carry_out = [&](const Fault* fault) {
        const auto refused =
            deepgram ? deepgram_refusal(request, posted) : refusal(request, posted, route);
        if (refused) {
            return error_answer(*refused, asked);
        }
        m_world->charge({.time = m_engine->now(),
                         .what = "transcription",
                         .server = std::string{to_string(route.server)},
                         .model = deepgram ? deepgram_model(request) : model_of(posted, route),
                         .request_id = asked.request_id,
                         .call_sid = sid,
                         .sha256 = posted.sha256,
                         .audio_ms = std::lround(posted.length() * 1000.0),
                         .seconds = billed_seconds(posted, route.server)});
        return deepgram ? deepgram_answer(request, posted, asked.request_id, fault)
                        : transcription_answer(posted, route, m_world->settings, fault);
    };
    return with_faults("transcription",
                       {.call_sid = sid,
                        .ordinal = heard.call_ordinal,
                        .target = request.target,
                        .body = heard.track},
                       asked, carry_out);
}

Answer AiDesk::complete(const Request& request, const Asked& asked) {
    m_world->count("summary", "");
    return with_faults("summary", {.target = request.target, .body = request.body}, asked,
                       [&](const Fault* fault) { return completion(request, asked, fault); });
}

Answer AiDesk::completion(const Request& request, const Asked& asked, const Fault* fault) {
    const bool messages = asked.route.place == AiPlace::messages;
    const auto read = messages ? read_messages(request, m_world->settings)
                               : read_chat(request, asked.route, m_world->settings);
    if (const auto* const error = std::get_if<AiError>(&read)) {
        return error_answer(*error, asked);
    }
    const auto& chat = std::get<ChatRequest>(read);
    const Completion said = completed(chat, fault);
    m_world->charge({.time = m_engine->now(),
                     .what = "summary",
                     .server = std::string{to_string(asked.route.server)},
                     .model = chat.model,
                     .request_id = asked.request_id,
                     .sha256 = hex_sha256(request.body),
                     .input_tokens = said.input_tokens,
                     .output_tokens = said.output_tokens});
    return messages ? messages_answer(chat, said, m_world->ids.next("msg_"))
                    : chat_answer(chat, said, m_world->ids.next("chatcmpl-"));
}

} // namespace callctl::sim
