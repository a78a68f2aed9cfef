// `POST /v1/audio/transcriptions`: OpenAI's rules, and the words that were really said.
#pragma once

#include "sim/library.hpp"
#include "sim/multipart.hpp"
#include "sim/openai_answer.hpp"
#include "sim/world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace callctl::sim {

/// What was posted, as far as it can be read.
struct PostedAudio {
    std::optional<std::vector<Part>> parts{};
    std::string sha256{};            ///< of the file
    std::optional<double> seconds{}; ///< nothing: no audio
    int channels{0};
    Recognised recognised{}; ///< of the first channel

    [[nodiscard]] std::string field(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> fields(std::string_view name) const;
    [[nodiscard]] const Part* file() const;
};

/// Reads and listens; needs no lock.
[[nodiscard]] PostedAudio read_posted_audio(const Request& request, const Library& library);

/// Which of OpenAI's rules the request breaks, if any.
[[nodiscard]] std::optional<OpenAiError> refusal(const Request& request, const PostedAudio& posted);

/// \pre no refusal. `fault`: one of those under 200.
[[nodiscard]] Answer transcription_answer(const PostedAudio& posted, const Settings& settings,
                                          const Fault* fault);

/// What is billed: whole seconds, rounded up.
[[nodiscard]] std::int64_t billed_seconds(const PostedAudio& posted);

} // namespace callctl::sim
