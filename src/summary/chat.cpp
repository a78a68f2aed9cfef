#include "summary/chat.hpp"

#include "call/ai_failure.hpp"
#include "summary/json.hpp"
#include "summary/schema.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace callctl::summary {
namespace {

using Json = nlohmann::ordered_json;

Json form_of(AnswerForm form) {
    if (form == AnswerForm::json_object) {
        return {{"type", "json_object"}};
    }
    Json named;
    named["name"] = "call_summary";
    named["strict"] = true;
    named["schema"] = Json::parse(schema());
    return {{"type", "json_schema"}, {"json_schema", std::move(named)}};
}

// A string, or parts of which those of type `text` count.
std::string content_of(const Json* content) {
    if (content == nullptr || !content->is_array()) {
        return text_of(content);
    }
    std::string text;
    for (const Json& part : *content) {
        text += text_of(member(&part, "text"));
    }
    return text;
}

// Why a choice holds no answer.
std::optional<call::Failure> refusal_of(const base::HttpResponse& response, const Json& choice) {
    const std::string finish = text_of(member(&choice, "finish_reason"));
    const auto failure = [&response](call::Reason reason, std::string_view problem) {
        call::Failure made = call::ai_bad_reply(response, k_what, problem);
        made.reason = reason;
        return made;
    };
    if (!text_of(member(member(&choice, "message"), "refusal")).empty()) {
        return failure(call::Reason::refused, "the model refused");
    }
    if (finish == "content_filter") {
        return failure(call::Reason::refused, "stopped by the provider's content filter");
    }
    if (finish == "error") {
        return failure(call::Reason::provider_error, "the generation failed");
    }
    return std::nullopt;
}

} // namespace

std::string chat_body(const Server& server, const Question& question) {
    Json body;
    body["model"] = server.model;
    body["messages"] = Json::array();
    body["messages"].push_back({{"role", "system"}, {"content", question.instructions}});
    body["messages"].push_back({{"role", "user"}, {"content", question.data}});
    if (!server.max_tokens_field.empty()) {
        body[server.max_tokens_field] = server.max_tokens;
    }
    if (server.temperature) {
        body["temperature"] = *server.temperature;
    }
    if (!server.reasoning_effort.empty()) {
        body["reasoning_effort"] = server.reasoning_effort;
    }
    if (server.answer_form != AnswerForm::none) {
        body["response_format"] = form_of(server.answer_form);
    }
    return dumped(body);
}

call::Outcome<Answer> read_chat(const base::HttpResponse& response) {
    const Json body = parsed(response.body);
    const Json* const choices = member(&body, "choices");
    if (choices == nullptr || !choices->is_array() || choices->empty()) {
        return base::fail(call::ai_bad_reply(response, k_what, "a JSON object without choices"));
    }
    const Json& choice = choices->front();
    if (auto refusal = refusal_of(response, choice)) {
        return base::fail(std::move(*refusal));
    }
    const bool cut = text_of(member(&choice, "finish_reason")) == "length";
    return Answer{.text = content_of(member(member(&choice, "message"), "content")),
                  .ending = cut ? Ending::cut_off : Ending::whole};
}

} // namespace callctl::summary
