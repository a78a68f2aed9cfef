// What OpenAI refuses to complete, in its words.
#include "sim/chat.hpp"
#include "sim/schema.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace callctl::sim {
namespace {

constexpr std::size_t k_context_tokens = 400'000;

constexpr std::array<std::string_view, 28> k_arguments{"messages",
                                                       "model",
                                                       "store",
                                                       "reasoning_effort",
                                                       "metadata",
                                                       "frequency_penalty",
                                                       "logit_bias",
                                                       "logprobs",
                                                       "top_logprobs",
                                                       "max_tokens",
                                                       "max_completion_tokens",
                                                       "n",
                                                       "modalities",
                                                       "prediction",
                                                       "presence_penalty",
                                                       "response_format",
                                                       "seed",
                                                       "service_tier",
                                                       "stop",
                                                       "stream",
                                                       "stream_options",
                                                       "temperature",
                                                       "top_p",
                                                       "tools",
                                                       "tool_choice",
                                                       "parallel_tool_calls",
                                                       "user",
                                                       "verbosity"};

constexpr std::array<std::string_view, 5> k_roles{"system", "developer", "user", "assistant",
                                                  "tool"};

OpenAiError invalid(std::string message, std::string param = {}, std::string code = {}) {
    return {.message = std::move(message), .param = std::move(param), .code = std::move(code)};
}

std::optional<OpenAiError> unknown_argument(const Json& body) {
    for (const auto& [name, value] : body.items()) {
        if (std::ranges::find(k_arguments, name) == k_arguments.end()) {
            return invalid(fmt::format("Unrecognized request argument supplied: {}", name));
        }
    }
    return std::nullopt;
}

std::optional<OpenAiError> bad_messages(const Json& body, std::string& text) {
    const Json messages = body.value("messages", Json());
    if (!messages.is_array() || messages.empty()) {
        return invalid("Missing required parameter: 'messages'.", "messages",
                       "missing_required_parameter");
    }
    int index = 0;
    for (const Json& message : messages) {
        const Json role = message.is_object() ? message.value("role", Json()) : Json();
        const Json content = message.is_object() ? message.value("content", Json()) : Json();
        if (std::ranges::find(k_roles, role) == k_roles.end()) {
            return invalid(fmt::format("Invalid value: {}. Supported values are: 'system', "
                                       "'assistant', 'user', 'function', 'tool', and 'developer'.",
                                       role.dump()),
                           fmt::format("messages[{}].role", index), "invalid_value");
        }
        if (!content.is_string() && !content.is_array()) {
            return invalid(fmt::format("Invalid type for 'messages[{}].content'.", index),
                           fmt::format("messages[{}].content", index), "invalid_type");
        }
        text += (content.is_string() ? content.get<std::string>() : content.dump()) + "\n";
        ++index;
    }
    return std::nullopt;
}

std::optional<OpenAiError> bad_parameters(const Json& body, const Model& model) {
    if (!model.old_parameters && body.contains("max_tokens")) {
        return invalid("Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                       "'max_completion_tokens' instead.",
                       "max_tokens", "unsupported_parameter");
    }
    if (!model.old_parameters && body.contains("temperature") && body.at("temperature") != 1) {
        return invalid(fmt::format("Unsupported value: 'temperature' does not support {} with this "
                                   "model. Only the default (1) value is supported.",
                                   body.at("temperature").dump()),
                       "temperature", "unsupported_value");
    }
    for (const char* const name : {"max_tokens", "max_completion_tokens"}) {
        if (body.contains(name) && (!body.at(name).is_number_integer() || body.at(name) < 1)) {
            return invalid(
                fmt::format("Invalid '{}': integer below minimum value. Expected a value "
                            ">= 1.",
                            name),
                name, "integer_below_min_value");
        }
    }
    if (body.value("stream", Json(false)) == true) {
        return invalid("The simulator does not stream.", "stream", "unsupported_value");
    }
    return std::nullopt;
}

bool is_schema_name(const std::string& name) {
    return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

std::optional<OpenAiError> bad_schema(const Json& format, ChatRequest& chat) {
    const Json inner = format.value("json_schema", Json());
    if (!inner.is_object()) {
        return invalid("Missing required parameter: 'response_format.json_schema'.",
                       "response_format.json_schema", "missing_required_parameter");
    }
    const Json name = inner.value("name", Json());
    if (!name.is_string() || !is_schema_name(name.get<std::string>())) {
        return invalid("Invalid 'response_format.json_schema.name': string does not match pattern. "
                       "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
                       "response_format.json_schema.name", "invalid_value");
    }
    const Json schema = inner.value("schema", Json::object());
    if (inner.value("strict", Json(false)) == true) {
        if (const auto violation = strict_violation(schema)) {
            return invalid(fmt::format("Invalid schema for response_format '{}': {}",
                                       name.get<std::string>(), *violation),
                           "response_format");
        }
    }
    chat.schema = schema.dump();
    return std::nullopt;
}

std::optional<OpenAiError> bad_format(const Json& body, ChatRequest& chat) {
    const Json format = body.value("response_format", Json{{"type", "text"}});
    const Json type = format.is_object() ? format.value("type", Json()) : Json();
    if (type != "text" && type != "json_object" && type != "json_schema") {
        return invalid(fmt::format("Invalid value: {}. Supported values are: 'json_object', "
                                   "'json_schema', and 'text'.",
                                   type.dump()),
                       "response_format.type", "invalid_value");
    }
    chat.format = type.get<std::string>();
    if (chat.format == "json_object" && lower_case(chat.text).find("json") == std::string::npos) {
        return invalid("'messages' must contain the word 'json' in some form, to use "
                       "'response_format' of type 'json_object'.",
                       "messages");
    }
    return chat.format == "json_schema" ? bad_schema(format, chat) : std::nullopt;
}

} // namespace

std::variant<ChatRequest, OpenAiError> read_chat(const Request& request) {
    const Json body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) {
        return invalid(
            "We could not parse the JSON body of your request. (HINT: This likely means "
            "you aren't using your HTTP library correctly. The OpenAI API expects a JSON "
            "payload, but what was sent was not valid JSON.)");
    }
    if (!body.contains("model") || !body.at("model").is_string()) {
        return invalid("you must provide a model parameter");
    }
    ChatRequest chat{.model = body.at("model").get<std::string>()};
    const Model* const model = find_model(chat.model);
    if (model == nullptr || model->transcribes) {
        return no_such_model(chat.model);
    }
    if (auto error = unknown_argument(body)) {
        return *error;
    }
    if (auto error = bad_messages(body, chat.text)) {
        return *error;
    }
    if (auto error = bad_parameters(body, *model)) {
        return *error;
    }
    if (auto error = bad_format(body, chat)) {
        return *error;
    }
    if (chat.text.size() / 2 > k_context_tokens) {
        return invalid(
            fmt::format("This model's maximum context length is {} tokens. However, your "
                        "messages resulted in {} tokens. Please reduce the length of the "
                        "messages.",
                        k_context_tokens, chat.text.size() / 2),
            "messages", "context_length_exceeded");
    }
    chat.max_tokens = body.value("max_completion_tokens", body.value("max_tokens", 0));
    return chat;
}

} // namespace callctl::sim
