// Members of replies, whatever type the server gave them. Used by the readers of this folder alone.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace callctl::transcript {

/// Begins the detail of a failure.
inline constexpr std::string_view k_what = "transcription";

/// Nothing where `object` is none, or has no such member.
[[nodiscard]] const nlohmann::json* member(const nlohmann::json& object, const char* key);

/// Empty for all but a string.
[[nodiscard]] std::string text_of(const nlohmann::json* value);

/// A finite number, or one as text (vLLM); nothing for null (whisper.cpp's NaN) and nonsense.
[[nodiscard]] std::optional<double> number_of(const nlohmann::json* value);

/// Seconds, from 0 to eleven days.
[[nodiscard]] std::optional<std::chrono::milliseconds> seconds_of(const nlohmann::json* value);

[[nodiscard]] std::string trimmed(std::string_view text);

} // namespace callctl::transcript
