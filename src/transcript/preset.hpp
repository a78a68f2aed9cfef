// Transcription servers by name, with what is known of each.
#pragma once

#include "transcript/server.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace callctl::transcript {

/// Every name that preset() knows.
[[nodiscard]] std::vector<std::string_view> preset_names();

/// What such a server wants and allows, without key and model; `response_format` and
/// `language_field` may be `auto`, see settled(). Nothing for an unknown name.
[[nodiscard]] std::optional<Server> preset(std::string_view name);

/// `auto` decided by the model: gpt-transcribe takes `languages[]` and gives no times, Whisper
/// models take `language` and give times under `verbose_json`, all others are taken to know neither
/// (OpenAI, speech-to-text guide, "Supported formats").
[[nodiscard]] Server settled(Server server);

} // namespace callctl::transcript
