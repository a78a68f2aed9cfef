// A transcription server: what makes its requests differ from those of others.
#pragma once

#include "base/http.hpp"
#include "base/secret.hpp"
#include "call/failure.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace callctl::transcript {

enum class ServerKind : std::uint8_t {
    openai,   ///< a form with a mono audio file to OpenAI's `/audio/transcriptions`, or its like
    deepgram, ///< the whole recording, all channels, as the body of one request
};

struct Server {
    ServerKind kind{ServerKind::openai};
    std::string base_url{};                    ///< mostly up to and with `/v1`
    std::string path{"/audio/transcriptions"}; ///< `{model}` in it stands for the model
    std::string query{};                       ///< without the `?`: `api-version=2024-10-21`
    std::string auth_header{"Authorization"};  ///< empty: the key is not sent
    std::string auth_prefix{"Bearer "};
    base::Secret api_key{};              ///< empty: no such header
    std::string model{};                 ///< empty: no such field
    std::string response_format{"json"}; ///< `json`, or `verbose_json` where the model gives times
    /// `language` (takes one, so the first of them is sent), `languages[]` (gpt-transcribe: all of
    /// them), or empty to send none.
    std::string language_field{"language"};
    std::vector<std::string> languages{}; ///< ISO 639-1; empty: let the server detect
    std::string temperature{"0"};         ///< empty: the server's own
    std::string audio_format{"wav"};      ///< `wav` or `flac`
    std::size_t max_bytes{26'214'400};    ///< of the whole body
    std::chrono::milliseconds longest{std::chrono::minutes{20}}; ///< audio in one request
    std::chrono::milliseconds min_billed{0}; ///< a shorter request costs as much
    std::vector<std::pair<std::string, std::string>> extra_fields{};
    std::string prompt{};
    std::vector<std::string> keywords{}; ///< `keywords[]` of gpt-transcribe, `keyterm` of Deepgram
    std::chrono::milliseconds timeout{std::chrono::minutes{10}}; ///< for one request
};

/// The reply places its text in time.
[[nodiscard]] bool gives_times(const Server& server);

/// Bytes that an audio file may have so that the body with all its other parts stays within
/// `max_bytes`; 0 where the other parts alone are too many.
[[nodiscard]] std::size_t audio_room(const Server& server);

/// The server as it is to be asked after a failure whose remedy is to degrade, one step down:
/// without times, or without what was refused. Nothing when there is no such step.
[[nodiscard]] std::optional<Server> degraded(const Server& server, const call::Failure& failure);

/// One line for everything but the audio that can change the answer. Holds no key.
[[nodiscard]] std::string fingerprint(const Server& server);

/// The URL that is asked, path and query included.
[[nodiscard]] std::string request_url(const Server& server);

/// The key as the server wants it.
[[nodiscard]] base::HttpAuth auth_of(const Server& server);

} // namespace callctl::transcript
