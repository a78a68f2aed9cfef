// One transcription request and its reply
// (OpenAI OpenAPI document, CreateTranscriptionRequest and CreateTranscriptionResponse*).
#pragma once

#include "base/http.hpp"
#include "call/failure.hpp"
#include "transcript/server.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::transcript {

struct Segment {
    std::chrono::milliseconds start{0};
    std::chrono::milliseconds end{0};
    std::string text{};
    /// Scores of Whisper models, where the server gives them (openai/whisper, transcribe.py).
    std::optional<double> avg_logprob{};
    std::optional<double> no_speech_prob{};
    std::optional<double> compression_ratio{};
    friend bool operator==(const Segment&, const Segment&) = default;
};

struct Transcription {
    std::string text{};              ///< base::plain_text, trimmed; empty where nothing was heard
    std::vector<Segment> segments{}; ///< empty where the server gives no times to all of the text
    std::string language{};          ///< ISO 639-1 where the server names one we know
    std::string request_id{};
    std::chrono::milliseconds billed{0}; ///< `usage.seconds`; 0 where the server names none
    friend bool operator==(const Transcription&, const Transcription&) = default;
};

struct ChannelText {
    int channel{0}; ///< counted from 0
    Transcription transcription{};
    friend bool operator==(const ChannelText&, const ChannelText&) = default;
};

/// The fields that every such server takes: file, model, response_format, temperature and language,
/// with segment times asked for under `verbose_json` only (else OpenAI answers 400), and what is
/// configured besides: prompt, keywords, extra fields.
/// \pre audio is a whole file; file_name has its extension, `.wav` or `.flac`, which servers trust
[[nodiscard]] base::HttpRequest transcription_request(const Server& server, std::string audio,
                                                      const std::string& file_name);

/// Reads a reply of any OpenAI-shaped server: all fields but `text` are optional, numbers may come
/// as strings. Times are believed only as a whole: where a segment lacks one, or the segments hold
/// clearly less than `text`, they are left out and no word is lost. Failures: those of
/// call::ai_failure, all that is too much being split_smaller; bad_reply without a `text`.
[[nodiscard]] call::Outcome<Transcription> read_transcription(const base::HttpResponse& response);

/// What a piece keeps of an answer.
[[nodiscard]] std::string to_json(const Transcription& transcription);
/// Nothing for what to_json() did not write.
[[nodiscard]] std::optional<Transcription> transcription_from_json(std::string_view text);
[[nodiscard]] std::string to_json(const std::vector<ChannelText>& texts);
[[nodiscard]] std::optional<std::vector<ChannelText>>
channel_texts_from_json(std::string_view text);

} // namespace callctl::transcript
