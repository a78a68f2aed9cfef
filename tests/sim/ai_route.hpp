// Which AI server is meant by a path, and what is wanted of it. `/v1` is OpenAI's; the others have
// a folder each, below which paths are their own.
#pragma once

#include "sim/message.hpp"

#include <string>
#include <string_view>

namespace callctl::sim {

enum class AiServer {
    openai,
    azure,
    groq,
    openrouter,
    speaches,
    whispercpp,
    vllm,
    localai,
    ollama,
    llamacpp,
    deepgram,
    anthropic
};
[[nodiscard]] std::string_view to_string(AiServer server);

enum class AiPlace { nowhere, transcription, chat, messages, models, health };

struct AiRoute {
    AiServer server{AiServer::openai};
    AiPlace place{AiPlace::nowhere};
    std::string path{};  ///< as the server itself sees it
    std::string model{}; ///< that the path names: Azure's deployment, one of the models
};

[[nodiscard]] AiRoute ai_route(const Request& request);

} // namespace callctl::sim
