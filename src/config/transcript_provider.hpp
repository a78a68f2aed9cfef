// The transcription servers that can be named, and what each must be told.
#pragma once

#include <array>
#include <string_view>

namespace callctl::config {

struct TranscriptProvider {
    std::string_view name;
    bool takes_model{true};
    bool wants_key{false};  ///< at its own address; a server of one's own may want none
    bool has_address{true}; ///< known, or by default on this host
};

/// cmd/ has their presets; a test compares the names.
inline constexpr std::array k_transcript_providers{
    TranscriptProvider{.name = "openai", .wants_key = true},
    TranscriptProvider{.name = "groq", .wants_key = true},
    TranscriptProvider{.name = "azure", .wants_key = true, .has_address = false},
    TranscriptProvider{.name = "speaches"},
    TranscriptProvider{.name = "whisper.cpp", .takes_model = false},
    TranscriptProvider{.name = "vllm"},
    TranscriptProvider{.name = "localai"},
    TranscriptProvider{.name = "deepgram", .wants_key = true},
};

} // namespace callctl::config
