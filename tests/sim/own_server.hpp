// Transcription servers that people run themselves: like OpenAI's, each in its own way.
#pragma once

#include "sim/ai_error.hpp"
#include "sim/audio_posted.hpp"
#include "sim/heard.hpp"

#include <optional>
#include <string>
#include <vector>

namespace callctl::sim {

/// speaches, whisper.cpp, vLLM, LocalAI and Ollama.
[[nodiscard]] bool is_own_server(AiServer server);

/// What is wanted, or what the server gives where nothing is said.
[[nodiscard]] std::string format_of(const PostedAudio& posted, AiServer server);

/// Which of the server's rules the request breaks, if any.
[[nodiscard]] std::optional<AiError>
own_server_refusal(const Request& request, const PostedAudio& posted, const AiRoute& route);

/// `json` or `verbose_json`. \pre one of them is wanted
[[nodiscard]] Json own_server_form(const PostedAudio& posted, const std::vector<Segment>& segments,
                                   AiServer server);

/// A list with start, end and the word under `key`.
[[nodiscard]] Json words_of(const std::vector<Segment>& segments, const char* key);
/// As whisper-1 writes them.
[[nodiscard]] Json segment_list(const std::vector<Segment>& segments);
[[nodiscard]] bool wants_words(const PostedAudio& posted);

} // namespace callctl::sim
