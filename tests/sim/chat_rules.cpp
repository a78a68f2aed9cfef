// What OpenAI refuses to complete, in its words.
#include "sim/chat.hpp"
#include "sim/schema.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace callctl::sim {
namespace {

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

AiError invalid(std::string message, std::string param = {}, std::string code = {}) {
    return {.message = std::move(message), .param = std::move(param), .code = std::move(code)};
}

std::optional<AiError> unknown_argument(const Json& body) {
    for (const auto& [name, value] : body.items()) {
        if (std::ranges::find(k_arguments, name) == k_arguments.end()) {
            return invalid(fmt::format("Unrecognized request argument supplied: {}", name));
        }
    }
    return std::nullopt;
}

std::optional<AiError> bad_messages(const Json& body, std::string& text) {
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

std::optional<AiError> bad_parameters(const Json& body, const Model& model) {
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

std::optional<AiError> bad_schema(const Json& format, bool lenient, ChatRequest& chat) {
    const Json inner = format.value("json_schema", Json());
    if (!inner.is_object()) {
        return invalid("Missing required parameter: 'response_format.json_schema'.",
                       "response_format.json_schema", "missing_required_parameter");
    }
    const Json schema = inner.value("schema", Json::object());
    chat.schema = schema.dump();
    if (lenient) {
        return std::nullopt;
    }
    const Json name = inner.value("name", Json());
    if (!name.is_string() || !is_schema_name(name.get<std::string>())) {
        return invalid("Invalid 'response_format.json_schema.name': string does not match pattern. "
                       "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
                       "response_format.json_schema.name", "invalid_value");
    }
    if (inner.value("strict", Json(false)) == true) {
        if (const auto violation = strict_violation(schema)) {
            return invalid(fmt::format("Invalid schema for response_format '{}': {}",
                                       name.get<std::string>(), *violation),
                           "response_format");
        }
    }
    return std::nullopt;
}

std::optional<AiError> bad_format(const Json& body, bool lenient, ChatRequest& chat) {
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
    return chat.format == "json_schema" ? bad_schema(format, lenient, chat) : std::nullopt;
}

// Those who are not OpenAI ignore what they do not know, and take every old parameter.
bool is_lenient(AiServer server) {
    return server != AiServer::openai && server != AiServer::azure;
}

// Groq's table: only these hold to a schema.
std::optional<AiError> bad_for_groq(const ChatRequest& chat) {
    if (chat.format != "json_schema" || chat.model.starts_with("openai/gpt-oss")) {
        return std::nullopt;
    }
    return AiError{.message = "This model does not support response format `json_schema`. See "
                              "supported models at "
                              "https://console.groq.com/docs/structured-outputs#supported-models",
                   .param = "response_format"};
}

// Azure names it in the path; llama.cpp has one, and does not care how it is called.
std::string chat_model(const Json& body, const AiRoute& route) {
    if (!route.model.empty() || route.server == AiServer::llamacpp) {
        return route.server == AiServer::llamacpp ? "model.gguf" : route.model;
    }
    const Json model = body.value("model", Json());
    return model.is_string() ? model.get<std::string>() : "";
}

std::optional<AiError> broken_rule(const Json& body, const Model& model, const AiRoute& route,
                                   ChatRequest& chat) {
    const bool lenient = is_lenient(route.server);
    if (auto error = lenient ? std::nullopt : unknown_argument(body)) {
        return error;
    }
    if (auto error = bad_messages(body, chat.text)) {
        return error;
    }
    if (auto error = bad_parameters(body, model)) {
        return error;
    }
    if (auto error = bad_format(body, lenient, chat)) {
        return error;
    }
    return route.server == AiServer::groq ? bad_for_groq(chat) : std::nullopt;
}

} // namespace

std::variant<ChatRequest, AiError> read_chat(const Request& request, const AiRoute& route,
                                             const Settings& settings) {
    const Json body = Json::parse(request.body, nullptr, false);
    if (!body.is_object()) {
        return invalid(
            "We could not parse the JSON body of your request. (HINT: This likely means "
            "you aren't using your HTTP library correctly. The OpenAI API expects a JSON "
            "payload, but what was sent was not valid JSON.)");
    }
    ChatRequest chat{.model = chat_model(body, route)};
    if (chat.model.empty()) {
        return invalid("you must provide a model parameter");
    }
    const Model* const model = find_model(route.server, chat.model);
    if (model == nullptr || model->transcribes) {
        return no_such_model(route.server, chat.model);
    }
    if (auto error = broken_rule(body, *model, route, chat)) {
        return *error;
    }
    if (auto error = fit_into_context(chat, route.server, settings)) {
        return *error;
    }
    chat.max_tokens = body.value("max_completion_tokens", body.value("max_tokens", 0));
    return chat;
}

} // namespace callctl::sim
