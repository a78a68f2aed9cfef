// The scripts that texts are written in, as far as they tell languages and directions apart.
#pragma once

#include "summary/summary.hpp"

#include <cstdint>
#include <string_view>

namespace callctl::summary {

/// The direction that a text has by its first letter (Unicode Bidirectional Algorithm, P2);
/// `neutral` without any. Digits have none.
enum class Direction : std::uint8_t { neutral, left_to_right, right_to_left };
[[nodiscard]] Direction direction_of(std::string_view text);
[[nodiscard]] bool has_letters(std::string_view text, Direction direction);

/// False when topic and outcome have letters, but none of the script of that ISO 639-1 language.
/// Languages whose script we do not know are believed.
[[nodiscard]] bool is_written_in(const Summary& summary, std::string_view language);

} // namespace callctl::summary
