#include "sim/anthropic.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace callctl::sim {
namespace {

constexpr std::array<std::string_view, 16> k_members{
    "model",          "messages",     "max_tokens",    "system",   "temperature", "metadata",
    "stop_sequences", "stream",       "thinking",      "tools",    "tool_choice", "top_k",
    "top_p",          "service_tier", "output_config", "container"};

constexpr std::size_t k_most_bytes_of_messages = 32UL << 20U;

AiError unfit(std::string message) {
    return {.message = std::move(message)};
}

// A text, or a list of blocks with a text each.
std::optional<std::string> text_in(const Json& content) {
    if (content.is_string()) {
        return content.get<std::string>();
    }
    if (!content.is_array()) {
        return std::nullopt;
    }
    std::string text;
    for (const Json& block : content) {
        const Json words = block.is_object() ? block.value("text", Json()) : Json();
        if (!words.is_string() || block.value("type", Json()) != "text") {
            return std::nullopt;
        }
        text += words.get<std::string>();
    }
    return text;
}

std::optional<AiError> bad_members(const Json& body) {
    for (const auto& [name, value] : body.items()) {
        if (std::ranges::find(k_members, name) == k_members.end()) {
            return unfit(fmt::format("{}: Extra inputs are not permitted", name));
        }
    }
    for (const char* const name : {"model", "max_tokens", "messages"}) {
        if (!body.contains(name)) {
            return unfit(fmt::format("{}: Field required", name));
        }
    }
    const Json& budget = body.at("max_tokens");
    if (!budget.is_number_integer() || budget < 1) {
        return unfit("max_tokens: Input should be greater than or equal to 1");
    }
    const Json temperature = body.value("temperature", Json(1.0));
    if (!temperature.is_number() || temperature < 0.0 || temperature > 1.0) {
        return unfit("temperature: range: 0..1");
    }
    return std::nullopt;
}

std::optional<AiError> bad_turns(const Json& body, std::string& text) {
    text = text_in(body.value("system", Json(""))).value_or("") + "\n";
    const Json& messages = body.at("messages");
    if (!messages.is_array() || messages.empty()) {
        return unfit("messages: at least one message is required");
    }
    int index = 0;
    for (const Json& message : messages) {
        const Json role = message.is_object() ? message.value("role", Json()) : Json();
        if (role != "user" && role != "assistant") {
            return unfit(
                fmt::format("messages.{}.role: Input should be 'user' or 'assistant'", index));
        }
        const auto content = text_in(message.value("content", Json()));
        if (!content || content->empty()) {
            return unfit(
                fmt::format("messages.{}: user messages must have non-empty content", index));
        }
        text += *content + "\n";
        ++index;
    }
    return std::nullopt;
}

std::optional<AiError> bad_output_form(const Json& body, ChatRequest& chat) {
    chat.format = "text";
    const Json config = body.value("output_config", Json::object());
    const Json format = config.is_object() ? config.value("format", Json()) : Json();
    if (format.is_null()) {
        return std::nullopt;
    }
    const Json schema = format.is_object() ? format.value("schema", Json()) : Json();
    if (!schema.is_object() || format.value("type", Json()) != "json_schema") {
        return unfit("output_config.format: Input should be a json_schema with a schema");
    }
    if (schema.value("additionalProperties", Json()) != Json(false)) {
        return unfit("output_config.format.schema: For 'object' type, 'additionalProperties' must "
                     "be explicitly set to false");
    }
    chat.format = "json_schema";
    chat.schema = schema.dump();
    return std::nullopt;
}

} // namespace

std::variant<ChatRequest, AiError> read_messages(const Request& request, const Settings& settings) {
    if (base::find_header(request.headers, "anthropic-version").empty()) {
        return unfit("anthropic-version: header is required");
    }
    if (request.content().size() > k_most_bytes_of_messages) {
        return AiError{.status = 413,
                       .message = "Request exceeds the maximum size",
                       .type = "request_too_large"};
    }
    const Json body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) {
        return unfit("The request body is not valid JSON");
    }
    if (auto error = bad_members(body)) {
        return *error;
    }
    ChatRequest chat{.model = body.at("model").is_string() ? body.at("model").get<std::string>()
                                                           : body.at("model").dump()};
    if (find_model(AiServer::anthropic, chat.model) == nullptr) {
        return no_such_model(AiServer::anthropic, chat.model);
    }
    if (auto error = bad_turns(body, chat.text)) {
        return *error;
    }
    if (auto error = bad_output_form(body, chat)) {
        return *error;
    }
    if (auto error = fit_into_context(chat, AiServer::anthropic, settings)) {
        return *error;
    }
    chat.max_tokens = body.at("max_tokens").get<int>();
    return chat;
}

Answer messages_answer(const ChatRequest& request, const Completion& completion,
                       const std::string& id) {
    const bool refused = completion.refused || completion.filtered;
    Json content = Json::array();
    if (!completion.text.empty()) {
        content.push_back({{"type", "text"}, {"text", completion.text}});
    }
    Json body{{"id", id},
              {"type", "message"},
              {"role", "assistant"},
              {"model", request.model},
              {"content", std::move(content)},
              {"stop_reason", completion.cut_off ? "max_tokens"
                              : refused          ? "refusal"
                                                 : "end_turn"},
              {"stop_sequence", nullptr},
              {"usage",
               {{"input_tokens", completion.input_tokens},
                {"output_tokens", completion.output_tokens},
                {"cache_creation_input_tokens", 0},
                {"cache_read_input_tokens", 0}}}};
    if (refused) {
        body["stop_details"] = {{"type", "refusal"},
                                {"category", nullptr},
                                {"explanation", "The request was declined."}};
    }
    return json_answer(body);
}

} // namespace callctl::sim
