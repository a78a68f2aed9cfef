// What transcription servers of one's own refuse.
#include "sim/ai_models.hpp"
#include "sim/own_server.hpp"
#include "sim/transcription.hpp"
#include "sim/transcription_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace callctl::sim {
namespace {

constexpr double k_megabyte = 1024.0 * 1024.0;
constexpr double k_most_of_vllm = 25.0;
constexpr std::size_t k_most_of_localai = 15UL << 20U;
constexpr std::size_t k_most_of_ollama = 25UL << 20U;

constexpr std::string_view k_numbers =
    "offset_t offset_n duration max_context max_len best_of beam_size audio_ctx word_thold "
    "entropy_thold logprob_thold no_speech_thold temperature temperature_inc vad_threshold "
    "vad_min_speech_duration_ms vad_min_silence_duration_ms vad_max_speech_duration_s "
    "vad_speech_pad_ms vad_samples_overlap";
constexpr std::string_view k_all_formats = "json text srt verbose_json vtt";

bool lacks_file(const PostedAudio& posted) {
    const Part* const file = posted.file();
    return file == nullptr || !file->file_name;
}

bool lacks_model(const PostedAudio& posted, const AiRoute& route) {
    const Model* const model = find_model(route.server, posted.field("model"));
    return model == nullptr || !model->transcribes;
}

std::optional<AiError> speaches_refusal(const PostedAudio& posted, const AiRoute& route) {
    const auto unprocessable = [](std::string message, std::string param, std::string code) {
        return AiError{.status = 422,
                       .message = std::move(message),
                       .param = std::move(param),
                       .code = std::move(code)};
    };
    if (lacks_file(posted)) {
        return unprocessable("Field required", "file", "missing");
    }
    if (posted.field("model").empty()) {
        return unprocessable("Field required", "model", "missing");
    }
    if (!is_one_of(k_all_formats, format_of(posted, route.server))) {
        return unprocessable("Input should be 'text', 'json', 'verbose_json', 'srt' or 'vtt'",
                             "response_format", "enum");
    }
    const std::string language = posted.field("language");
    if (!language.empty() && !is_one_of(k_language_codes, language)) {
        return unprocessable("Input should be a language code", "language", "enum");
    }
    if (lacks_model(posted, route)) {
        return no_such_model(route.server, posted.field("model"));
    }
    if (posted.file_size == 0) {
        return AiError{.message = "The audio file is empty."};
    }
    return posted.seconds
               ? std::nullopt
               : std::optional{AiError{.status = 415,
                                       .message =
                                           "Failed to decode audio. The provided file type is not "
                                           "supported."}};
}

bool is_number(const std::string& text) {
    char* end = nullptr;
    (void)std::strtod(text.c_str(), &end);
    return !text.empty() && end != text.c_str();
}

std::optional<AiError> whispercpp_refusal(const PostedAudio& posted) {
    if (lacks_file(posted)) {
        return AiError{.message = "no 'file' field in the request"};
    }
    for (const std::string& name : split(k_numbers, ' ')) {
        for (const std::string& value : posted.fields(name)) {
            if (!is_number(value)) {
                return AiError{.status = 500, .message = "stof"};
            }
        }
    }
    return posted.seconds ? std::nullopt
                          : std::optional{AiError{.message = "failed to read audio data"}};
}

std::optional<AiError> vllm_refusal(const PostedAudio& posted, const AiRoute& route) {
    if (lacks_file(posted)) {
        return AiError{.message = "[{'type': 'missing', 'loc': ('body', 'file'), 'msg': 'Field "
                                  "required'}]",
                       .param = "file"};
    }
    if (!posted.field("model").empty() && lacks_model(posted, route)) {
        return no_such_model(route.server, posted.field("model"));
    }
    if (!is_one_of(k_all_formats, format_of(posted, route.server))) {
        return AiError{.message = "Input should be 'json', 'text', 'srt', 'verbose_json' or 'vtt'",
                       .param = "response_format"};
    }
    const double megabytes = static_cast<double>(posted.file_size) / k_megabyte;
    if (megabytes > k_most_of_vllm) {
        return AiError{.message = fmt::format("Maximum file size exceeded "
                                              "(parameter=audio_filesize_mb, value={:.1f})",
                                              megabytes),
                       .param = "audio_filesize_mb"};
    }
    const std::string language = posted.field("language");
    if (!language.empty() && !is_one_of(k_language_codes, language)) {
        return AiError{.message = fmt::format("Unsupported language: '{}'.", language),
                       .param = "language"};
    }
    return posted.seconds ? std::nullopt
                          : std::optional{AiError{.message = "Invalid or unsupported audio file."}};
}

std::optional<AiError> localai_refusal(const Request& request, const PostedAudio& posted,
                                       const AiRoute& route) {
    if (request.content().size() > k_most_of_localai) {
        return AiError{.status = 413, .message = "Request Entity Too Large", .type = ""};
    }
    if (lacks_file(posted)) {
        return AiError{.message = "http: no such file"};
    }
    if (lacks_model(posted, route)) {
        return no_such_model(route.server, posted.field("model"));
    }
    if (!is_one_of("json text srt vtt lrc verbose_json", format_of(posted, route.server))) {
        return AiError{.status = 500, .message = "invalid response_format", .type = ""};
    }
    return posted.seconds
               ? std::nullopt
               : std::optional{AiError{
                     .status = 500, .message = "rpc error: failed to decode audio", .type = ""}};
}

std::optional<AiError> ollama_refusal(const PostedAudio& posted, const AiRoute& route) {
    if (lacks_file(posted)) {
        return AiError{.message = "file is required"};
    }
    if (posted.file_size > k_most_of_ollama) {
        return AiError{.message = "file too large"};
    }
    if (lacks_model(posted, route)) {
        return no_such_model(route.server, posted.field("model"));
    }
    if (!is_one_of("json text", format_of(posted, route.server))) {
        return AiError{.message = fmt::format("unsupported response_format \"{}\"",
                                              format_of(posted, route.server))};
    }
    return std::nullopt;
}

} // namespace

std::optional<AiError> own_server_refusal(const Request& request, const PostedAudio& posted,
                                          const AiRoute& route) {
    switch (route.server) {
    case AiServer::speaches:
        return speaches_refusal(posted, route);
    case AiServer::whispercpp:
        return whispercpp_refusal(posted);
    case AiServer::vllm:
        return vllm_refusal(posted, route);
    case AiServer::localai:
        return localai_refusal(request, posted, route);
    default:
        return ollama_refusal(posted, route);
    }
}

} // namespace callctl::sim
