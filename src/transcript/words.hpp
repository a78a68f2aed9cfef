// A text as words and letters, whatever the script.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace callctl::transcript {

/// Letters and digits, without marks, signs and spaces.
[[nodiscard]] std::size_t letter_count(std::string_view text);

/// Bytes of a text to bytes of it compressed (zlib), counted with one byte a character so that no
/// script weighs more than another; of a long text the lowest of its stretches of 500 characters.
/// Above 2.4 it repeats itself (openai/whisper). Short texts have 1.
[[nodiscard]] double compression_ratio(std::string_view text);

/// Letters and digits in lower case with single spaces between the words: no punctuation, no marks
/// (niqqud, accents), no direction signs.
[[nodiscard]] std::string bare_words(std::string_view text);

} // namespace callctl::transcript
