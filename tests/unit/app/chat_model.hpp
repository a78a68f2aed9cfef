// A model behind chat completions, played by a script: it answers what it is asked and keeps count.
#pragma once

#include "unit/app/quiet_logger.hpp"

#include "app/summarise.hpp"
#include "fakes/memory_piece_shelf.hpp"
#include "fakes/scripted_http_client.hpp"
#include "summary/preset.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace callctl::app {

using Json = nlohmann::json;

inline const std::string k_route = "/chat/completions";

[[nodiscard]] inline std::string answer_about(const std::string& topic) {
    return Json{{"language", "en"},
                {"topic", topic},
                {"outcome", ""},
                {"agreed", Json::array()},
                {"follow_ups", Json::array()},
                {"sentiment", "neutral"},
                {"customer_name", nullptr}}
        .dump();
}

[[nodiscard]] inline base::HttpResponse chat_reply(const std::string& content,
                                                   const std::string& finish = "stop") {
    return fakes::http_response(
        200, Json{{"choices",
                   Json::array({{{"message", {{"content", content}}}, {"finish_reason", finish}}})},
                  {"usage", {{"prompt_tokens", 100}, {"completion_tokens", 10}}}}
                 .dump());
}

[[nodiscard]] inline base::HttpResponse chat_error(int status, const Json& error) {
    return fakes::http_response(status, Json{{"error", error}}.dump());
}

[[nodiscard]] inline Json body_of(const base::HttpRequest& request) {
    return Json::parse(std::get<std::string>(request.body));
}

[[nodiscard]] inline std::string instructions_of(const base::HttpRequest& request) {
    return body_of(request).at("messages").at(0).at("content");
}

/// What the user message holds.
[[nodiscard]] inline Json data_of(const base::HttpRequest& request) {
    return Json::parse(body_of(request).at("messages").at(1).at("content").get<std::string>());
}

/// Answers a part by its number, parts and a whole by those names.
[[nodiscard]] inline fakes::ScriptedHttpClient::Answer answer_to(const base::HttpRequest& request) {
    const Json data = data_of(request);
    if (data.contains("part")) {
        return chat_reply(answer_about("part " + data.at("part").dump()));
    }
    return chat_reply(answer_about(data.contains("parts") ? "all parts" : "whole"));
}

[[nodiscard]] inline call::Call call_with(const std::string& transcript) {
    call::Call call{.sid = base::CallSid::parse("CA0123456789abcdef0123456789abcdef").value()};
    call.transcript = transcript;
    return call;
}

/// A job's surroundings. Nothing is answered until a test says what.
struct ChatModel {
    static summary::Server with_context(int tokens) {
        summary::Server server = *summary::preset("openai");
        server.model = "some-model";
        server.context_tokens = tokens;
        return server;
    }

    explicit ChatModel(int context_tokens = 100'000)
        : server{with_context(context_tokens), log.logger} {}

    [[nodiscard]] call::Outcome<call::Artefact> summarise(const std::string& transcript) {
        return summarise(call_with(transcript));
    }

    [[nodiscard]] call::Outcome<call::Artefact> summarise(const call::Call& call) {
        SummariseJob job{http, server, shelf, context, price};
        auto artefact = job.run(call);
        tokens = job.tokens();
        cost_micros = job.cost_micros();
        return artefact;
    }

    [[nodiscard]] std::size_t asked() const { return http.requests().size(); }

    KeptLog log{};
    fakes::ScriptedHttpClient http{};
    fakes::MemoryPieceShelf shelf{};
    SummaryServer server;
    summary::Context context{};
    pipeline::Price price{};
    summary::Tokens tokens{}; ///< of the last job
    std::int64_t cost_micros{0};
};

} // namespace callctl::app
