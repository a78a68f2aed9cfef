// One transcription request and its reply
// (OpenAI OpenAPI document, CreateTranscriptionRequest and CreateTranscriptionResponse*).
#pragma once

#include "base/http.hpp"
#include "call/failure.hpp"
#include "transcript/server.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace callctl::transcript {

struct Segment {
    std::chrono::milliseconds start{0};
    std::chrono::milliseconds end{0};
    std::string text{};
};

struct Transcription {
    std::string text{};              ///< base::plain_text, trimmed; empty where nothing was heard
    std::vector<Segment> segments{}; ///< empty where the server gives no times to all of the text
    std::string language{};          ///< ISO 639-1 where the server names one we know
    std::string request_id{};
    std::chrono::milliseconds billed{0}; ///< `usage.seconds`; 0 where the server names none
};

/// The fewest fields that every such server takes: file, model, response_format, temperature and
/// language, with segment times asked for under `verbose_json` only (else OpenAI answers 400).
/// \pre wav is a whole WAV file; file_name has its extension, which servers trust
[[nodiscard]] base::HttpRequest transcription_request(const Server& server, std::string wav,
                                                      const std::string& file_name);

/// Reads a reply of any OpenAI-shaped server: all fields but `text` are optional, numbers may come
/// as strings. Times are believed only as a whole: where a segment lacks one, or the segments hold
/// clearly less than `text`, they are left out and no word is lost. Failures: those of
/// call::ai_failure; bad_reply without a `text`.
[[nodiscard]] call::Outcome<Transcription> read_transcription(const base::HttpResponse& response);

} // namespace callctl::transcript
