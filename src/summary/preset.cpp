#include "summary/preset.hpp"

#include <array>

namespace callctl::summary {
namespace {

constexpr std::array<std::string_view, 8> k_names{"openai", "azure",     "groq", "openrouter",
                                                  "ollama", "llama.cpp", "vllm", "anthropic"};

// An answer of this size leaves most of a small context to the question.
constexpr int k_short_answer = 1000;
constexpr int k_hosted_context = 128'000;

Server openai() {
    return {.base_url = "https://api.openai.com/v1"};
}

// The key in a header of its own, the model by the name of its deployment in the path.
Server azure() {
    return {.path = "/openai/deployments/{model}/chat/completions",
            .query = "api-version=2024-10-21",
            .auth_header = "api-key",
            .auth_prefix = "",
            .context_tokens = k_hosted_context};
}

Server groq() {
    return {.base_url = "https://api.groq.com/openai/v1", .context_tokens = k_hosted_context};
}

// Passes the limit on to many providers, not all of which know its newer name.
Server openrouter() {
    return {.base_url = "https://openrouter.ai/api/v1",
            .max_tokens_field = "max_tokens",
            .context_tokens = k_hosted_context};
}

// Slow where there is no accelerator, hence the longer time.
Server self_hosted(std::string base_url, int context_tokens) {
    return {.base_url = std::move(base_url),
            .max_tokens_field = "max_tokens",
            .max_tokens = k_short_answer,
            .context_tokens = context_tokens,
            .timeout = std::chrono::minutes{10}};
}

// OpenAI-compatible structured outputs are `output_config` here, max_tokens is required.
Server anthropic() {
    return {.kind = ServerKind::anthropic,
            .base_url = "https://api.anthropic.com/v1",
            .path = "/messages",
            .auth_header = "x-api-key",
            .auth_prefix = "",
            .headers = {{"anthropic-version", "2023-06-01"}},
            .max_tokens_field = "max_tokens"};
}

} // namespace

std::span<const std::string_view> preset_names() {
    return k_names;
}

std::optional<Server> preset(std::string_view name) {
    if (name == "openai") {
        return openai();
    }
    if (name == "azure") {
        return azure();
    }
    if (name == "groq") {
        return groq();
    }
    if (name == "openrouter") {
        return openrouter();
    }
    if (name == "ollama") { // 4k is its default on small hosts; what is more it cuts off in silence
        return self_hosted("http://localhost:11434/v1", 4096);
    }
    if (name == "llama.cpp") {
        return self_hosted("http://localhost:8080/v1", 4096);
    }
    if (name == "vllm") {
        return self_hosted("http://localhost:8000/v1", 8192);
    }
    if (name == "anthropic") {
        return anthropic();
    }
    return std::nullopt;
}

} // namespace callctl::summary
