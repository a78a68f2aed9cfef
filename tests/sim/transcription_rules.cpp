// What OpenAI and those who are almost OpenAI refuse to transcribe, in their words.
#include "sim/transcription_rules.hpp"

#include "sim/ai_models.hpp"
#include "sim/own_server.hpp"
#include "sim/transcription.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace callctl::sim {
namespace {

/// 25 MiB, counted on the whole body.
constexpr std::size_t k_most_bytes = 26'214'400;
constexpr std::size_t k_longest_prompt = 65'536;
constexpr double k_shortest = 0.1;
constexpr double k_longest_4o = 1400.0;
constexpr double k_longest_mini = 1500.0;
constexpr double k_longest_unchunked = 30.0;

constexpr std::array<std::string_view, 10> k_extensions{"flac", "m4a", "mp3", "mp4", "mpeg",
                                                        "mpga", "oga", "ogg", "wav", "webm"};

std::string extension_of(const std::string& file_name) {
    const std::size_t dot = file_name.rfind('.');
    return dot == std::string::npos ? "" : lower_case(file_name.substr(dot + 1));
}

AiError invalid(std::string message, std::string param) {
    return {.message = std::move(message), .param = std::move(param), .code = "invalid_value"};
}

AiError missing(std::string_view name) {
    return {.message = fmt::format("Missing required parameter: '{}'.", name),
            .param = std::string{name},
            .code = "missing_required_parameter"};
}

std::optional<AiError> bad_file(const PostedAudio& posted) {
    const Part* const file = posted.file();
    if (file == nullptr || !file->file_name || file->file_name->empty()) {
        return missing("file");
    }
    const std::string extension = extension_of(*file->file_name);
    if (std::ranges::find(k_extensions, extension) == k_extensions.end()) {
        return AiError{.message = fmt::format("Unsupported file format {}", extension),
                       .param = "file",
                       .code = "unsupported_value"};
    }
    return std::nullopt;
}

std::string_view formats_of(std::string_view model) {
    if (model == "whisper-1") {
        return "json text srt verbose_json vtt";
    }
    if (model.starts_with("whisper-large")) {
        return "json text verbose_json"; // Groq
    }
    return model == "gpt-4o-transcribe-diarize" ? "json text diarized_json" : "json text";
}

std::optional<AiError> bad_format(const PostedAudio& posted, const std::string& model) {
    const std::string format = posted.field("response_format");
    if (!format.empty() && !is_one_of(formats_of(model), format)) {
        const std::string name = model == "gpt-transcribe" ? "gpt-transcribe-api-ev3" : model;
        return AiError{.message = fmt::format(
                           "response_format '{}' is not compatible with model '{}'. Use 'json' "
                           "or 'text' instead.",
                           format, name),
                       .param = "response_format",
                       .code = "unsupported_value"};
    }
    if (!posted.fields("timestamp_granularities[]").empty() && format != "verbose_json") {
        return AiError{.message = "`response_format` must be `verbose_json` if "
                                  "`timestamp_granularities[]` is provided"};
    }
    return std::nullopt;
}

std::optional<AiError> bad_language(const PostedAudio& posted, const std::string& model) {
    const std::string single = posted.field("language");
    if (!model.ends_with("gpt-transcribe")) {
        if (!single.empty() && !is_one_of(k_language_codes, single)) {
            return invalid(fmt::format("Language '{}' is not supported.", single), "language");
        }
        return std::nullopt;
    }
    const auto hints = language_hints(posted);
    if (!single.empty() && !hints.empty()) {
        return invalid("Only one of 'language' and 'languages' may be given.", "languages");
    }
    for (const std::string& hint : hints) {
        if (!is_one_of(k_language_codes, hint)) {
            return invalid(fmt::format("Language code '{}' is not recognized.", hint), "languages");
        }
    }
    return std::nullopt;
}

std::optional<AiError> bad_hint(const PostedAudio& posted, const std::string& model) {
    if (!model.ends_with("gpt-transcribe")) {
        return std::nullopt;
    }
    const std::string prompt = posted.field("prompt");
    if (prompt.size() > k_longest_prompt) {
        return invalid("prompt must be at most 65536 characters", "prompt");
    }
    if (prompt.find_first_of("<>\r\n") != std::string::npos) {
        return invalid("prompt must not contain '<', '>' or line breaks.", "prompt");
    }
    for (const std::string& keyword : posted.fields("keywords[]")) {
        if (keyword.find_first_of("<>\r\n") != std::string::npos) {
            return invalid("Keywords must not contain '<', '>' or line breaks.", "keywords");
        }
    }
    return std::nullopt;
}

std::optional<AiError> bad_temperature(const PostedAudio& posted) {
    const std::string text = posted.field("temperature");
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (!text.empty() && (*end != '\0' || value < 0.0 || value > 1.0)) {
        return invalid(fmt::format("Invalid temperature: {}", text), "temperature");
    }
    return std::nullopt;
}

// MP4 and WebM, which the simulator cannot decode.
bool other_container(std::string_view content) {
    return content.substr(0, 12).find("ftyp") == 4 || content.starts_with("\x1a\x45\xdf\xa3");
}

std::optional<AiError> bad_audio(const PostedAudio& posted, const std::string& model) {
    if (!posted.seconds) {
        if (other_container(posted.file()->content)) {
            return std::nullopt;
        }
        if (model.starts_with("whisper")) {
            return AiError{.message = "Invalid file format. Supported formats: ['flac', 'm4a', "
                                      "'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']",
                           .billed = true};
        }
        return invalid("Audio file might be corrupted or unsupported", "file");
    }
    const double seconds = *posted.seconds;
    if (seconds < k_shortest) {
        return AiError{.message = "Audio file is too short. Minimum audio length is 0.1 seconds.",
                       .param = "file",
                       .code = "audio_too_short"};
    }
    if (model.starts_with("gpt-4o-transcribe") && seconds > k_longest_4o) {
        return invalid(
            fmt::format("audio duration {:.1f} seconds is longer than 1400 seconds which is "
                        "the maximum for this model",
                        seconds),
            "");
    }
    if (model.starts_with("gpt-4o-mini") && seconds > k_longest_mini) {
        return AiError{
            .message = "Total number of tokens in instructions + audio is too large for this model",
            .code = "input_too_large"};
    }
    if (model == "gpt-4o-transcribe-diarize" && seconds > k_longest_unchunked &&
        posted.field("chunking_strategy").empty()) {
        return invalid("chunking_strategy is required for diarization models", "chunking_strategy");
    }
    return std::nullopt;
}

std::optional<AiError> too_large(const Request& request, const AiRoute& route) {
    const std::size_t size = request.content().size();
    if (size <= k_most_bytes) {
        return std::nullopt;
    }
    if (route.server == AiServer::groq) {
        return AiError{
            .status = 413, .message = "Request Entity Too Large", .code = "request_too_large"};
    }
    return AiError{.status = 413,
                   .message =
                       fmt::format("413: Maximum content size limit ({}) exceeded ({} bytes read)",
                                   k_most_bytes, size),
                   .type = "server_error",
                   .billed = true};
}

std::optional<AiError> bad_model(const PostedAudio& posted, const AiRoute& route) {
    const std::string model = model_of(posted, route);
    if (model.empty()) {
        return missing("model");
    }
    const Model* const known = find_model(route.server, model);
    return known != nullptr && known->transcribes
               ? std::nullopt
               : std::optional{no_such_model(route.server, model)};
}

} // namespace

bool is_one_of(std::string_view list, std::string_view word) {
    const auto words = split(list, ' ');
    return std::ranges::find(words, word) != words.end();
}

std::vector<std::string> language_hints(const PostedAudio& posted) {
    auto hints = posted.fields("languages[]");
    std::ranges::move(posted.fields("languages"), std::back_inserter(hints));
    return hints;
}

std::optional<AiError> refusal(const Request& request, const PostedAudio& posted,
                               const AiRoute& route) {
    if (is_own_server(route.server)) {
        return own_server_refusal(request, posted, route);
    }
    if (auto error = too_large(request, route)) {
        return error;
    }
    if (!posted.parts) {
        return AiError{.message = "Could not parse multipart form"};
    }
    if (auto error = bad_model(posted, route)) {
        return error;
    }
    const std::string model = model_of(posted, route);
    if (auto error = bad_file(posted)) {
        return error;
    }
    if (auto error = bad_format(posted, model)) {
        return error;
    }
    if (auto error = bad_language(posted, model)) {
        return error;
    }
    if (auto error = bad_hint(posted, model)) {
        return error;
    }
    if (auto error = bad_temperature(posted)) {
        return error;
    }
    return bad_audio(posted, model);
}

} // namespace callctl::sim
