// A transcription server that speaks OpenAI's `/audio/transcriptions`.
#pragma once

#include "base/http.hpp"
#include "base/secret.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace callctl::transcript {

struct Server {
    std::string base_url{}; ///< up to and with `/v1`
    std::string path{"/audio/transcriptions"};
    base::Secret api_key{}; ///< empty: no Authorization header
    std::string model{};
    std::string response_format{"json"}; ///< `json`, or `verbose_json` where the model gives times
    /// `language` (takes one, so the first of them is sent), `languages[]` (gpt-transcribe: all of
    /// them), or empty to send none.
    std::string language_field{"language"};
    std::vector<std::string> languages{}; ///< ISO 639-1; empty: let the server detect
    std::chrono::milliseconds timeout{600'000};
};

} // namespace callctl::transcript
