// What OpenAI refuses to transcribe, in its words.
#include "sim/transcription.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace callctl::sim {
namespace {

/// 25 MiB, counted on the whole body.
constexpr std::size_t k_most_bytes = 26'214'400;
constexpr double k_shortest = 0.1;
constexpr double k_longest_4o = 1400.0;
constexpr double k_longest_mini = 1500.0;
constexpr double k_longest_unchunked = 30.0;

constexpr std::array<std::string_view, 10> k_extensions{"flac", "m4a", "mp3", "mp4", "mpeg",
                                                        "mpga", "oga", "ogg", "wav", "webm"};

// The allow-list of gpt-transcribe.
constexpr std::string_view k_languages =
    "af ar hy az be bn bs bg yue ca zh hr cs da nl en et fi fr gl ka de el gu he hi hu is id it ja "
    "kn "
    "kk ko lv lt mk ms ml mi mr ne no fa pl pt ro ru sr sk sl es sw sv tl ta te th tr uk ur vi cy";

bool listed(std::string_view list, const std::string& word) {
    const auto words = split(list, ' ');
    return std::ranges::find(words, word) != words.end();
}

std::string extension_of(const std::string& file_name) {
    const std::size_t dot = file_name.rfind('.');
    return dot == std::string::npos ? "" : lower_case(file_name.substr(dot + 1));
}

OpenAiError invalid(std::string message, std::string param) {
    return {.message = std::move(message), .param = std::move(param), .code = "invalid_value"};
}

OpenAiError missing(std::string_view name) {
    return {.message = fmt::format("Missing required parameter: '{}'.", name),
            .param = std::string{name},
            .code = "missing_required_parameter"};
}

std::optional<OpenAiError> bad_file(const PostedAudio& posted) {
    const Part* const file = posted.file();
    if (file == nullptr || !file->file_name || file->file_name->empty()) {
        return missing("file");
    }
    const std::string extension = extension_of(*file->file_name);
    if (std::ranges::find(k_extensions, extension) == k_extensions.end()) {
        return OpenAiError{.message = fmt::format("Unsupported file format {}", extension),
                           .param = "file",
                           .code = "unsupported_value"};
    }
    return std::nullopt;
}

std::string_view formats_of(std::string_view model) {
    if (model == "whisper-1") {
        return "json text srt verbose_json vtt";
    }
    return model == "gpt-4o-transcribe-diarize" ? "json text diarized_json" : "json text";
}

std::optional<OpenAiError> bad_format(const PostedAudio& posted, const std::string& model) {
    const std::string format = posted.field("response_format");
    if (!format.empty() && !listed(formats_of(model), format)) {
        const std::string name = model == "gpt-transcribe" ? "gpt-transcribe-api-ev3" : model;
        return OpenAiError{.message = fmt::format(
                               "response_format '{}' is not compatible with model '{}'. Use 'json' "
                               "or 'text' instead.",
                               format, name),
                           .param = "response_format",
                           .code = "unsupported_value"};
    }
    if (!posted.fields("timestamp_granularities[]").empty() && format != "verbose_json") {
        return OpenAiError{.message = "`response_format` must be `verbose_json` if "
                                      "`timestamp_granularities[]` is provided"};
    }
    return std::nullopt;
}

std::vector<std::string> language_hints(const PostedAudio& posted) {
    auto hints = posted.fields("languages[]");
    std::ranges::move(posted.fields("languages"), std::back_inserter(hints));
    return hints;
}

std::optional<OpenAiError> bad_language(const PostedAudio& posted, const std::string& model) {
    const std::string single = posted.field("language");
    if (model != "gpt-transcribe") {
        if (!single.empty() && !listed(k_languages, single)) {
            return invalid(fmt::format("Language '{}' is not supported.", single), "language");
        }
        return std::nullopt;
    }
    const auto hints = language_hints(posted);
    if (!single.empty() && !hints.empty()) {
        return invalid("Only one of 'language' and 'languages' may be given.", "languages");
    }
    for (const std::string& hint : hints) {
        if (!listed(k_languages, hint)) {
            return invalid(fmt::format("Language code '{}' is not recognized.", hint), "languages");
        }
    }
    for (const std::string& keyword : posted.fields("keywords[]")) {
        if (keyword.find_first_of("<>\r\n") != std::string::npos) {
            return invalid("Keywords must not contain '<', '>' or line breaks.", "keywords");
        }
    }
    return std::nullopt;
}

std::optional<OpenAiError> bad_temperature(const PostedAudio& posted) {
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

std::optional<OpenAiError> bad_audio(const PostedAudio& posted, const std::string& model) {
    if (!posted.seconds) {
        if (other_container(posted.file()->content)) {
            return std::nullopt;
        }
        if (model == "whisper-1") {
            return OpenAiError{.message =
                                   "Invalid file format. Supported formats: ['flac', 'm4a', "
                                   "'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']",
                               .billed = true};
        }
        return invalid("Audio file might be corrupted or unsupported", "file");
    }
    const double seconds = *posted.seconds;
    if (seconds < k_shortest) {
        return OpenAiError{.message =
                               "Audio file is too short. Minimum audio length is 0.1 seconds.",
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
        return OpenAiError{
            .message = "Total number of tokens in instructions + audio is too large for this model",
            .code = "input_too_large"};
    }
    if (model == "gpt-4o-transcribe-diarize" && seconds > k_longest_unchunked &&
        posted.field("chunking_strategy").empty()) {
        return invalid("chunking_strategy is required for diarization models", "chunking_strategy");
    }
    return std::nullopt;
}

} // namespace

std::optional<OpenAiError> refusal(const Request& request, const PostedAudio& posted) {
    if (request.body.size() > k_most_bytes) {
        return OpenAiError{
            .status = 413,
            .message = fmt::format("413: Maximum content size limit ({}) exceeded ({} bytes read)",
                                   k_most_bytes, request.body.size()),
            .type = "server_error",
            .billed = true};
    }
    if (!posted.parts) {
        return OpenAiError{.message = "Could not parse multipart form"};
    }
    const std::string model = posted.field("model");
    if (model.empty()) {
        return missing("model");
    }
    const Model* const known = find_model(model);
    if (known == nullptr || !known->transcribes) {
        return no_such_model(model);
    }
    if (auto error = bad_file(posted)) {
        return error;
    }
    if (auto error = bad_format(posted, model)) {
        return error;
    }
    if (auto error = bad_language(posted, model)) {
        return error;
    }
    if (auto error = bad_temperature(posted)) {
        return error;
    }
    return bad_audio(posted, model);
}

} // namespace callctl::sim
