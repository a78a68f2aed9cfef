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
    std::string text{};
    std::vector<Segment> segments{}; ///< empty where the server gives no times
    std::string language{};          ///< ISO 639-1 where the server names one we know
    std::string request_id{};
    std::chrono::milliseconds billed{0};
};

/// \pre wav is a whole WAV file; file_name has its extension, which servers trust
[[nodiscard]] base::HttpRequest transcription_request(const Server& server, std::string wav,
                                                      const std::string& file_name);

/// Reads a reply of any OpenAI-shaped server: all fields but `text` are optional, numbers may come
/// as strings, errors as object, string, `detail`, plain text or HTML, also under 200.
[[nodiscard]] call::Outcome<Transcription> read_transcription(const base::HttpResponse& response);

/// The reason behind an answer that is not a transcription: rate apart from quota, account apart
/// from input. Shared with the summary, whose servers fail in the same words.
[[nodiscard]] call::Failure failure_of(const base::HttpResponse& response, const std::string& what);

} // namespace callctl::transcript
