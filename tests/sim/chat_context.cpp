// How much a model can read at once, and how each server says that it was too much.
#include "sim/chat.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace callctl::sim {
namespace {

std::int64_t context_of(AiServer server, const Settings& settings) {
    if (settings.context_tokens > 0) {
        return settings.context_tokens;
    }
    switch (server) {
    case AiServer::llamacpp:
        return 8192;
    case AiServer::ollama:
        return 4096; // with less than 24 GiB of video memory
    case AiServer::vllm:
    case AiServer::localai:
        return 32'768;
    case AiServer::groq:
        return 131'072;
    default:
        return 200'000;
    }
}

AiError too_long(AiServer server, std::int64_t tokens, std::int64_t context) {
    switch (server) {
    case AiServer::llamacpp:
        return {.message = fmt::format("request ({} tokens) exceeds the available context size ({} "
                                       "tokens), try increasing it",
                                       tokens, context),
                .type = "exceed_context_size_error",
                .numbers = {{"n_prompt_tokens", tokens}, {"n_ctx", context}}};
    case AiServer::anthropic:
        return {.message =
                    fmt::format("prompt is too long: {} tokens > {} maximum", tokens, context)};
    default:
        return {.message = fmt::format("This model's maximum context length is {} tokens. However, "
                                       "your messages resulted in {} tokens. Please reduce the "
                                       "length of the messages.",
                                       context, tokens),
                .param = "messages",
                .code = "context_length_exceeded"};
    }
}

} // namespace

std::optional<AiError> fit_into_context(ChatRequest& chat, AiServer server,
                                        const Settings& settings) {
    const std::int64_t tokens = tokens_of(chat.text);
    const std::int64_t limit = settings.tokens_per_minute;
    const bool rationed = server == AiServer::openai || server == AiServer::groq;
    if (rationed && limit > 0 && tokens > limit) {
        return AiError{.status = 429,
                       .message = fmt::format("Request too large for {} in organization org-sim on "
                                              "tokens per min (TPM): Limit {}, Requested {}. The "
                                              "input or output tokens must be reduced in order to "
                                              "run successfully.",
                                              chat.model, limit, tokens),
                       .type = "tokens",
                       .code = "rate_limit_exceeded"};
    }
    const std::int64_t context = context_of(server, settings);
    if (tokens <= context) {
        return std::nullopt;
    }
    if (server == AiServer::ollama) {
        // Says nothing, and forgets the beginning.
        chat.text.erase(0, chat.text.size() - static_cast<std::size_t>(context) * 4);
        return std::nullopt;
    }
    return too_long(server, tokens, context);
}

} // namespace callctl::sim
