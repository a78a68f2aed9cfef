// The servers of summaries that can be named, and what each must be told.
#pragma once

#include <array>
#include <string_view>

namespace callctl::config {

struct SummaryProvider {
    std::string_view name;
    bool wants_key{false};  ///< at its own address; a server of one's own may want none
    bool has_address{true}; ///< known, or by default on this host
};

/// cmd/ has their presets; a test compares the names.
inline constexpr std::array k_summary_providers{
    SummaryProvider{.name = "openai", .wants_key = true},
    SummaryProvider{.name = "azure", .wants_key = true, .has_address = false},
    SummaryProvider{.name = "groq", .wants_key = true},
    SummaryProvider{.name = "openrouter", .wants_key = true},
    SummaryProvider{.name = "ollama"},
    SummaryProvider{.name = "llama.cpp"},
    SummaryProvider{.name = "vllm"},
    SummaryProvider{.name = "anthropic", .wants_key = true},
};

} // namespace callctl::config
