#include "summary/script.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace callctl::summary {
namespace {

enum class Script : std::uint8_t { none, latin, cyrillic, hebrew, arabic, other };

// By the lead byte of UTF-8: U+0590 to U+05FF is D6 90 to D7 BF, Arabic and its neighbours that are
// written from right to left too D8 to DF, Cyrillic D0 to D3, Latin with accents C3 to CA. Longer
// sequences are letters of other scripts, signs or emoji: those of E2, EF and F0 and up are no
// letters to us.
Script script_of(unsigned char byte) {
    if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z')) {
        return Script::latin;
    }
    if (byte >= 0xC3U && byte <= 0xCAU) {
        return Script::latin;
    }
    if (byte >= 0xD0U && byte <= 0xD3U) {
        return Script::cyrillic;
    }
    if (byte == 0xD6U || byte == 0xD7U) {
        return Script::hebrew;
    }
    if (byte >= 0xD8U && byte <= 0xDFU) {
        return Script::arabic;
    }
    const bool letters =
        (byte >= 0xCBU && byte <= 0xD5U) || (byte >= 0xE0U && byte <= 0xEDU && byte != 0xE2U);
    return letters ? Script::other : Script::none;
}

Direction direction_of(Script script) {
    switch (script) {
    case Script::none:
        return Direction::neutral;
    case Script::hebrew:
    case Script::arabic:
        return Direction::right_to_left;
    case Script::latin:
    case Script::cyrillic:
    case Script::other:
        return Direction::left_to_right;
    }
    return Direction::neutral;
}

Script script_of(char c) {
    return script_of(static_cast<unsigned char>(c));
}

Script script_of_language(std::string_view language) {
    constexpr std::array<std::pair<std::string_view, Script>, 14> k_languages{
        {{"he", Script::hebrew},
         {"yi", Script::hebrew},
         {"ar", Script::arabic},
         {"fa", Script::arabic},
         {"ur", Script::arabic},
         {"ru", Script::cyrillic},
         {"uk", Script::cyrillic},
         {"bg", Script::cyrillic},
         {"en", Script::latin},
         {"fr", Script::latin},
         {"de", Script::latin},
         {"es", Script::latin},
         {"it", Script::latin},
         {"pt", Script::latin}}};
    const auto* const found =
        std::ranges::find(k_languages, language, [](const auto& entry) { return entry.first; });
    return found == k_languages.end() ? Script::none : found->second;
}

} // namespace

Direction direction_of(std::string_view text) {
    for (const char c : text) {
        if (const Direction direction = direction_of(script_of(c));
            direction != Direction::neutral) {
            return direction;
        }
    }
    return Direction::neutral;
}

bool has_letters(std::string_view text, Direction direction) {
    return std::ranges::any_of(
        text, [direction](char c) { return direction_of(script_of(c)) == direction; });
}

bool is_written_in(const Summary& summary, std::string_view language) {
    const Script wanted = script_of_language(language);
    const std::string text = summary.topic + summary.outcome;
    const bool letters = std::ranges::any_of(
        text, [](char c) { return direction_of(script_of(c)) != Direction::neutral; });
    return wanted == Script::none || !letters ||
           std::ranges::any_of(text, [wanted](char c) { return script_of(c) == wanted; });
}

} // namespace callctl::summary
