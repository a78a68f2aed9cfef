// Deepgram's `POST /v1/listen`: a whole recording, all its channels, as it is.
#pragma once

#include "sim/ai_error.hpp"
#include "sim/audio_posted.hpp"

#include <optional>

namespace callctl::sim {

[[nodiscard]] std::optional<AiError> deepgram_refusal(const Request& request,
                                                      const PostedAudio& posted);
/// \pre no refusal. `fault`: one of those under 200.
[[nodiscard]] Answer deepgram_answer(const Request& request, const PostedAudio& posted,
                                     const std::string& request_id, const Fault* fault);
/// `base-general` unless another one is asked for.
[[nodiscard]] std::string deepgram_model(const Request& request);

} // namespace callctl::sim
