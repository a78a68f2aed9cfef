#include "summary/anthropic.hpp"

#include "call/ai_failure.hpp"
#include "summary/json.hpp"
#include "summary/schema.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>

namespace callctl::summary {
namespace {

using Json = nlohmann::ordered_json;

// Blocks of other types, as of thinking, are no part of the answer.
std::string content_of(const Json& blocks) {
    std::string text;
    for (const Json& block : blocks) {
        if (text_of(member(&block, "type")) == "text") {
            text += text_of(member(&block, "text"));
        }
    }
    return text;
}

// Why a message holds no answer.
std::optional<call::Failure> refusal_of(const base::HttpResponse& response,
                                        const std::string& stop) {
    if (stop == "refusal") {
        call::Failure failure = call::ai_bad_reply(response, k_what, "the model refused");
        failure.reason = call::Reason::refused;
        return failure;
    }
    if (stop == "model_context_window_exceeded") {
        call::Failure failure =
            call::ai_bad_reply(response, k_what, "the model's context was not enough");
        failure.reason = call::Reason::too_large;
        failure.remedy = call::Remedy::summarise_in_parts;
        return failure;
    }
    if (stop == "tool_use" || stop == "pause_turn") {
        return call::ai_bad_reply(response, k_what,
                                  fmt::format("stopped for {}, which nobody asked for", stop));
    }
    return std::nullopt;
}

} // namespace

std::string anthropic_body(const Server& server, const Question& question) {
    Json body;
    body["model"] = server.model;
    body["max_tokens"] = server.max_tokens;
    body["system"] = question.instructions;
    body["messages"] = Json::array();
    body["messages"].push_back({{"role", "user"}, {"content", question.data}});
    if (server.temperature) {
        body["temperature"] = *server.temperature;
    }
    if (server.answer_form == AnswerForm::json_schema) {
        Json format;
        format["type"] = "json_schema";
        format["schema"] = Json::parse(schema());
        body["output_config"] = {{"format", std::move(format)}};
    }
    return dumped(body);
}

call::Outcome<Answer> read_anthropic(const base::HttpResponse& response) {
    const Json body = parsed(response.body);
    const Json* const content = member(&body, "content");
    const std::string stop = text_of(member(&body, "stop_reason"));
    if (auto refusal = refusal_of(response, stop)) {
        return base::fail(std::move(*refusal));
    }
    if (content == nullptr || !content->is_array()) {
        return base::fail(call::ai_bad_reply(response, k_what, "a JSON object without content"));
    }
    return Answer{.text = content_of(*content),
                  .ending = stop == "max_tokens" ? Ending::cut_off : Ending::whole};
}

} // namespace callctl::summary
