// `POST .../audio/transcriptions`: each server's rules, and the words that were really said.
#pragma once

#include "sim/ai_error.hpp"
#include "sim/audio_posted.hpp"
#include "sim/world.hpp"

#include <optional>
#include <string>

namespace callctl::sim {

/// The model that is asked for: Azure's is in the path.
[[nodiscard]] std::string model_of(const PostedAudio& posted, const AiRoute& route);

/// Which of the server's rules the request breaks, if any.
[[nodiscard]] std::optional<AiError> refusal(const Request& request, const PostedAudio& posted,
                                             const AiRoute& route);

/// \pre no refusal. `fault`: one of those under 200.
[[nodiscard]] Answer transcription_answer(const PostedAudio& posted, const AiRoute& route,
                                          const Settings& settings, const Fault* fault);

} // namespace callctl::sim
