#include "sim/ai_error.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace callctl::sim {
namespace {

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

Json openai_form(const AiError& error) {
    Json body{{"error",
               {{"message", error.message},
                {"type", error.type},
                {"param", text_or_null(error.param)},
                {"code", text_or_null(error.code)}}}};
    if (error.billed) {
        body["usage"] = {{"type", "duration"}, {"seconds", 0}};
    }
    return body;
}

// What its gateway refuses has no type; what the model behind it refuses has OpenAI's form.
Json azure_form(const AiError& error) {
    const bool by_gateway = error.status == 401 || error.status == 403 || error.status == 404 ||
                            error.status == 429 || error.status >= 500;
    if (!by_gateway) {
        return openai_form(error);
    }
    const std::string code = error.code.empty() ? std::to_string(error.status) : error.code;
    return {{"error", {{"code", code}, {"message", error.message}}}};
}

Json groq_form(const AiError& error) {
    Json body{{"error", {{"message", error.message}, {"type", error.type}}}};
    if (!error.code.empty()) {
        body["error"]["code"] = error.code;
    }
    return body;
}

Json fastapi_form(const AiError& error) {
    if (error.status != 422) {
        return {{"detail", error.message}};
    }
    return {{"detail", Json::array({{{"loc", {"body", error.param}},
                                     {"msg", error.message},
                                     {"type", error.code.empty() ? "value_error" : error.code}}})}};
}

// `code` is the status, a number.
Json numbered_form(const AiError& error) {
    Json inner{{"code", error.status}, {"message", error.message}, {"type", error.type}};
    for (const auto& [name, value] : error.numbers) {
        inner[name] = value;
    }
    return {{"error", std::move(inner)}};
}

Json vllm_form(const AiError& error) {
    if (error.status == 401) {
        return {{"error", "Unauthorized"}};
    }
    return {{"error",
             {{"message", error.message},
              {"type", error.status == 404 ? "NotFoundError" : "BadRequestError"},
              {"param", text_or_null(error.param)},
              {"code", error.status}}}};
}

Json openrouter_form(const AiError& error) {
    return {{"error",
             {{"code", error.status},
              {"message", error.message},
              {"metadata", {{"provider_name", "sim"}}}}}};
}

Json ollama_form(const AiError& error) {
    const std::string type = error.status == 404  ? "not_found_error"
                             : error.status < 500 ? "invalid_request_error"
                                                  : "api_error";
    return {{"error",
             {{"message", error.message}, {"type", type}, {"param", nullptr}, {"code", nullptr}}}};
}

Json deepgram_form(const AiError& error, const Asked& asked) {
    return {{"err_code", error.code.empty() ? "Bad Request" : error.code},
            {"err_msg", error.message},
            {"request_id", asked.request_id}};
}

Json anthropic_form(const AiError& error, const Asked& asked) {
    return {{"type", "error"},
            {"error", {{"type", error.type}, {"message", error.message}}},
            {"request_id", asked.request_id}};
}

// Its handler of errors throws away what was said (whisper.cpp, examples/server).
Answer whispercpp_error(const AiError& error, const Asked& asked) {
    port::WebResponse response{.status = error.status, .content_type = "text/plain"};
    if (error.status == 400) {
        response.body = "Invalid request";
    } else if (error.status == 500) {
        response.body = "500 Internal Server Error\n" + error.message;
    } else {
        response.status = 404;
        response.body = fmt::format("File Not Found ({})", asked.route.path);
    }
    return {.response = std::move(response)};
}

Json json_form(const AiError& error, const Asked& asked) {
    switch (asked.route.server) {
    case AiServer::azure:
        return azure_form(error);
    case AiServer::groq:
        return groq_form(error);
    case AiServer::speaches:
        return fastapi_form(error);
    case AiServer::vllm:
        return vllm_form(error);
    case AiServer::localai:
    case AiServer::llamacpp:
        return numbered_form(error);
    case AiServer::openrouter:
        return openrouter_form(error);
    case AiServer::ollama:
        return ollama_form(error);
    case AiServer::deepgram:
        return deepgram_form(error, asked);
    case AiServer::anthropic:
        return anthropic_form(error, asked);
    case AiServer::openai:
    case AiServer::whispercpp:
        break;
    }
    return openai_form(error);
}

} // namespace

Answer error_answer(const AiError& error, const Asked& asked) {
    if (asked.route.server == AiServer::whispercpp) {
        return whispercpp_error(error, asked);
    }
    Json body = json_form(error, asked);
    std::string content_type = "application/json";
    if (asked.route.server == AiServer::openai && error.status == 401) {
        // Recorded so: JSON under the wrong content type, with a status of its own.
        body["status"] = 401;
        content_type = "text/plain";
    }
    return {
        .response = {.status = error.status, .content_type = content_type, .body = body.dump()}};
}

} // namespace callctl::sim
