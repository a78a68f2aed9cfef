#include "summary/exchange.hpp"

#include "base/text.hpp"
#include "call/ai_failure.hpp"
#include "summary/prompt.hpp"
#include "summary/schema.hpp"

#include <nlohmann/json.hpp>

#include <optional>

namespace callctl::summary {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_what = "summary";

const Json* member(const Json* object, const char* key) {
    if (object == nullptr || !object->is_object()) {
        return nullptr;
    }
    const auto found = object->find(key);
    return found == object->end() ? nullptr : &*found;
}

std::string text_of(const Json* value) {
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
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

// Why a choice holds no answer. What the model wrote instead is not quoted: it speaks of the call.
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
    if (finish == "length") {
        return failure(call::Reason::bad_reply, "the answer was cut off at max tokens");
    }
    if (finish == "error") {
        return failure(call::Reason::provider_error, "the generation failed");
    }
    return std::nullopt;
}

} // namespace

base::HttpRequest summary_request(const Server& server, const Context& context,
                                  const std::string& transcript) {
    Json body;
    body["model"] = server.model;
    body["messages"] = Json::array();
    body["messages"].push_back({{"role", "system"}, {"content", instructions(context)}});
    body["messages"].push_back({{"role", "user"}, {"content", call_as_data(transcript)}});
    if (!server.max_tokens_field.empty()) {
        body[server.max_tokens_field] = server.max_tokens;
    }
    Json format;
    format["name"] = "call_summary";
    format["strict"] = true;
    format["schema"] = Json::parse(schema());
    body["response_format"] = {{"type", "json_schema"}, {"json_schema", std::move(format)}};

    base::HttpRequest request;
    request.method = "POST";
    request.url = base::joined_url(server.base_url, server.path);
    request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
    if (!server.api_key.empty()) {
        request.auth = base::HeaderAuth{"Authorization", "Bearer ", server.api_key};
    }
    request.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
    request.timeout = server.timeout;
    return request;
}

call::Outcome<Summary> read_summary(const base::HttpResponse& response) {
    if (auto failure = call::ai_failure(response, k_what)) {
        return base::fail(std::move(*failure));
    }
    const Json body =
        Json::parse(base::storable_text(response.body), nullptr, /*allow_exceptions=*/false);
    const Json* const choices = member(&body, "choices");
    if (choices == nullptr || !choices->is_array() || choices->empty()) {
        return base::fail(call::ai_bad_reply(response, k_what, "a JSON object without choices"));
    }
    const Json& choice = choices->front();
    if (auto refusal = refusal_of(response, choice)) {
        return base::fail(std::move(*refusal));
    }
    const std::string content = content_of(member(member(&choice, "message"), "content"));
    if (base::one_line(content).empty()) {
        return base::fail(call::ai_bad_reply(response, k_what, "the answer is empty"));
    }
    auto summary = checked(content);
    if (!summary) {
        return base::fail(call::ai_bad_reply(response, k_what, summary.error()));
    }
    summary->request_id = call::ai_request_id(response.headers);
    return std::move(*summary);
}

} // namespace callctl::summary
