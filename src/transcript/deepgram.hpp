// Deepgram's pre-recorded audio: the whole recording in one request, both speakers in the reply
// (Deepgram OpenAPI document, POST /v1/listen).
#pragma once

#include "base/http.hpp"
#include "call/failure.hpp"
#include "transcript/exchange.hpp"
#include "transcript/server.hpp"

#include <string>
#include <vector>

namespace callctl::transcript {

/// Asks for every channel by itself and for utterances with times. The file is read while it is
/// sent, and must stay meanwhile.
/// \pre server.kind == ServerKind::deepgram
[[nodiscard]] base::HttpRequest deepgram_request(const Server& server, const std::string& wav_path);

/// One text a channel that has words, in order of channels, its utterances as segments; none where
/// nobody spoke. Failures: those of call::ai_failure; bad_reply without `results`.
[[nodiscard]] call::Outcome<std::vector<ChannelText>>
read_deepgram(const base::HttpResponse& response);

} // namespace callctl::transcript
