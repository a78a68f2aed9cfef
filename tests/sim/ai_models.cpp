#include "sim/ai_models.hpp"

#include "base/time.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>

namespace callctl::sim {
namespace {

constexpr std::array<Model, 26> k_models{{
    {AiServer::openai, "whisper-1", true, "2027-02-26", true},
    {AiServer::openai, "gpt-transcribe", true, "", true},
    {AiServer::openai, "gpt-4o-transcribe", true, "2027-02-26", true},
    {AiServer::openai, "gpt-4o-mini-transcribe", true, "2027-02-26", true},
    {AiServer::openai, "gpt-4o-mini-transcribe-2025-12-15", true, "2027-02-26", true},
    {AiServer::openai, "gpt-4o-transcribe-diarize", true, "2027-02-26", true},
    {AiServer::openai, "gpt-6-luna", false, "", false},
    {AiServer::openai, "gpt-5.6-luna", false, "", false},
    {AiServer::openai, "gpt-4.1-mini", false, "2027-01-14", true},
    {AiServer::openai, "gpt-4o-mini", false, "2027-01-14", true},
    {AiServer::groq, "whisper-large-v3", true, "", true},
    {AiServer::groq, "whisper-large-v3-turbo", true, "", true},
    {AiServer::groq, "openai/gpt-oss-20b", false, "", true},
    {AiServer::groq, "llama-3.3-70b-versatile", false, "", true},
    {AiServer::openrouter, "openai/gpt-transcribe", true, "", true},
    {AiServer::openrouter, "openai/gpt-6-luna", false, "", true},
    {AiServer::speaches, "Systran/faster-whisper-large-v3", true, "", true},
    {AiServer::speaches, "ivrit-ai/whisper-large-v3-turbo-ct2", true, "", true},
    {AiServer::vllm, "openai/whisper-large-v3", true, "", true},
    {AiServer::vllm, "Qwen/Qwen3-8B", false, "", true},
    {AiServer::localai, "whisper-1", true, "", true},
    {AiServer::localai, "llama-3.2-3b-instruct", false, "", true},
    {AiServer::ollama, "gemma3n", true, "", true},
    {AiServer::ollama, "llama3.2", false, "", true},
    {AiServer::llamacpp, "model.gguf", false, "", true},
    {AiServer::anthropic, "claude-haiku-4-5", false, "", true},
}};

// As OpenAI names it while that is to come; then one that is, or the models would be gone.
std::string shutdown_date(const Model& model) {
    const auto soon = std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now() + std::chrono::days{60});
    return std::max(std::string{model.shutdown_date}, base::format_iso8601(soon).substr(0, 10));
}

Json model_entry(const Model& model) {
    if (model.server == AiServer::anthropic) {
        return {{"type", "model"},
                {"id", model.id},
                {"display_name", model.id},
                {"created_at", "2025-10-15T00:00:00Z"}};
    }
    Json entry{{"id", model.id},
               {"object", "model"},
               {"created", 1'700'000'000},
               {"owned_by", to_string(model.server)}};
    if (model.server == AiServer::openai) {
        entry["shutdown_date"] =
            model.shutdown_date.empty() ? Json(nullptr) : Json(shutdown_date(model));
    } else if (model.server == AiServer::groq) {
        entry["active"] = true;
    }
    return entry;
}

Json model_list(AiServer server) {
    Json list = Json::array();
    for (const Model& model : k_models) {
        if (model.server == server) {
            list.push_back(model_entry(model));
        }
    }
    if (server == AiServer::anthropic) {
        const Json first = list.front()["id"];
        const Json last = list.back()["id"];
        return {
            {"data", std::move(list)}, {"has_more", false}, {"first_id", first}, {"last_id", last}};
    }
    return {{"object", "list"}, {"data", std::move(list)}};
}

AiServer owner_of(AiServer server) {
    return server == AiServer::azure ? AiServer::openai : server;
}

} // namespace

const Model* find_model(AiServer server, std::string_view id) {
    const auto* const found = std::ranges::find_if(k_models, [&](const Model& model) {
        return model.server == owner_of(server) && model.id == id;
    });
    return found == k_models.end() ? nullptr : found;
}

AiError no_such_model(AiServer server, std::string_view id) {
    switch (server) {
    case AiServer::azure:
        return {.status = 404,
                .message = "The API deployment for this resource does not exist. If you created "
                           "the deployment within the last 5 minutes, please wait a moment and try "
                           "again.",
                .code = "DeploymentNotFound"};
    case AiServer::openrouter:
        return {.message = fmt::format("{} is not a valid model ID", id)};
    case AiServer::speaches:
        return {.status = 404,
                .message = fmt::format("Model '{}' is not installed locally. You can download the "
                                       "model using `POST /v1/models`",
                                       id)};
    case AiServer::vllm:
        return {.status = 404, .message = fmt::format("The model `{}` does not exist.", id)};
    case AiServer::localai: // whatever goes wrong behind it
        return {.status = 500, .message = "could not load model - all backends returned error"};
    case AiServer::ollama:
        return {.status = 404,
                .message = fmt::format("model \"{}\" not found, try pulling it first", id)};
    case AiServer::anthropic:
        return {.status = 404, .message = fmt::format("model: {}", id), .type = "not_found_error"};
    case AiServer::deepgram:
        return {.message = "Bad Request: No such model/language/tier combination found."};
    default:
        return {.status = 404,
                .message = fmt::format(
                    "The model `{}` does not exist or you do not have access to it.", id),
                .code = "model_not_found"};
    }
}

Answer models_answer(const Asked& asked) {
    const AiServer server = owner_of(asked.route.server);
    if (asked.route.model.empty()) {
        return json_answer(model_list(server));
    }
    const Model* const model = find_model(server, asked.route.model);
    return model == nullptr ? error_answer(no_such_model(server, asked.route.model), asked)
                            : json_answer(model_entry(*model));
}

Answer json_answer(const Json& body) {
    // A budget may cut a letter in two.
    return {.response = {.status = 200,
                         .content_type = "application/json",
                         .body = body.dump(-1, ' ', false, Json::error_handler_t::replace)}};
}

} // namespace callctl::sim
