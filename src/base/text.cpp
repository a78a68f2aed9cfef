#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace callctl::base {
namespace {

constexpr std::string_view k_replacement = "\xEF\xBF\xBD";
constexpr std::string_view k_ellipsis = "\xE2\x80\xA6";
constexpr std::string_view k_bullet = "\xE2\x80\xA2";

struct Utf8Form {
    std::size_t length;
    unsigned char second_low;
    unsigned char second_high;
};

// Lengths and ranges of the second byte by first byte (Unicode 15, table 3-7).
Utf8Form form_of(unsigned char first) {
    if (first >= 0x01 && first <= 0x7F) {
        return {1, 0, 0};
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return {2, 0x80, 0xBF};
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return {3, static_cast<unsigned char>(first == 0xE0 ? 0xA0 : 0x80),
                static_cast<unsigned char>(first == 0xED ? 0x9F : 0xBF)};
    }
    if (first >= 0xF0 && first <= 0xF4) {
        return {4, static_cast<unsigned char>(first == 0xF0 ? 0x90 : 0x80),
                static_cast<unsigned char>(first == 0xF4 ? 0x8F : 0xBF)};
    }
    return {0, 0, 0};
}

// Length of the character at the front of `text`; 0 when its first byte is not to be stored.
std::size_t character_length(std::string_view text) {
    const auto byte = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const Utf8Form form = form_of(byte(0));
    if (form.length == 0 || form.length > text.size()) {
        return 0;
    }
    if (form.length > 1 && (byte(1) < form.second_low || byte(1) > form.second_high)) {
        return 0;
    }
    for (std::size_t i = 2; i < form.length; ++i) {
        if (byte(i) < 0x80 || byte(i) > 0xBF) {
            return 0;
        }
    }
    return form.length;
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The code point of one valid character; those of four bytes, all of which are kept, are one to us.
unsigned code_point(std::string_view character) {
    const auto bits = [&character](std::size_t i, unsigned mask) {
        return static_cast<unsigned char>(character[i]) & mask;
    };
    switch (character.size()) {
    case 1:
        return bits(0, 0x7FU);
    case 2:
        return bits(0, 0x1FU) << 6U | bits(1, 0x3FU);
    case 3:
        return bits(0, 0x0FU) << 12U | bits(1, 0x3FU) << 6U | bits(2, 0x3FU);
    default:
        return 0xFFFFU;
    }
}

// What stands for one character in plain_text: itself, a newline, or nothing.
std::string_view plain_character(std::string_view character) {
    const unsigned code = code_point(character);
    if (code == '\n' || code == '\t') {
        return character;
    }
    if (code == 0x2028U || code == 0x2029U) {
        return "\n";
    }
    const bool control = code < 0x20U || (code >= 0x7FU && code <= 0x9FU);
    const bool bidi = (code >= 0x202AU && code <= 0x202EU) || (code >= 0x2066U && code <= 0x2069U);
    return control || bidi || code == 0xFEFFU ? std::string_view{} : character;
}

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t';
}

constexpr std::ptrdiff_t k_shown_in_front = 5;
constexpr std::ptrdiff_t k_hidden_at_least = 4;
constexpr std::ptrdiff_t k_shown_at_end = 3;

bool is_phone_character(char c) {
    return is_digit(c) || std::string_view{"+ -.()/"}.find(c) != std::string_view::npos;
}

// What networks and Twilio put in the place of a number that the caller hides.
bool is_withheld(std::string_view text) {
    constexpr std::array<std::string_view, 6> words{"anonymous",  "blocked",     "private",
                                                    "restricted", "unavailable", "unknown"};
    return std::ranges::find(words, lower_case(text)) != words.end();
}

} // namespace

std::string storable_text(std::string_view text) {
    if (std::ranges::all_of(text, [](char c) {
            const auto byte = static_cast<unsigned char>(c);
            return byte > 0 && byte < 0x80;
        })) {
        return std::string{text}; // ASCII, as nearly all that comes is
    }
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        if (length == 0) {
            out += k_replacement;
            text.remove_prefix(1);
        } else {
            out += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return out;
}

std::string plain_text(std::string_view text) {
    // First made valid, so that nothing new can form where something was taken out.
    const std::string valid = storable_text(text);
    std::string out;
    out.reserve(valid.size());
    for (std::string_view rest{valid}; !rest.empty();) {
        const std::size_t length = character_length(rest);
        out += plain_character(rest.substr(0, length));
        rest.remove_prefix(length);
    }
    return out;
}

std::string one_line(std::string_view text) {
    std::string out;
    bool gap = false;
    for (const char c : plain_text(text)) {
        if (is_space(c)) {
            gap = !out.empty();
            continue;
        }
        if (gap) {
            out += ' ';
            gap = false;
        }
        out += c;
    }
    return out;
}

std::string lower_case(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

std::string shortened(std::string_view text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) {
        return std::string{text};
    }
    std::size_t end = max_bytes > k_ellipsis.size() ? max_bytes - k_ellipsis.size() : 0;
    while (end > 0 && is_continuation(text[end])) {
        --end;
    }
    return std::string{text.substr(0, end)} +
           std::string{max_bytes >= k_ellipsis.size() ? k_ellipsis : ""};
}

std::string mask_phone(std::string_view number) {
    if (is_withheld(number)) {
        return std::string{number};
    }
    const bool whole = !std::ranges::all_of(number, is_phone_character);
    const std::ptrdiff_t digits = whole ? 0 : std::ranges::count_if(number, is_digit);
    // Of a short number fewer digits are shown in front, so that always enough are hidden.
    const std::ptrdiff_t front =
        std::min(k_shown_in_front, digits - k_hidden_at_least - k_shown_at_end);
    std::string out;
    std::ptrdiff_t seen = 0;
    for (const char c : number) {
        const bool hide =
            front < 0 || (is_digit(c) && seen >= front && seen < digits - k_shown_at_end);
        if (is_digit(c)) {
            ++seen;
        }
        if (!hide) {
            out += c;
        } else if (!is_continuation(c)) {
            out += k_bullet;
        }
    }
    return out;
}

std::string counted(std::int64_t count, std::string_view one, std::string_view many) {
    return std::to_string(count) + " " + std::string{count == 1 ? one : many};
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) {
        if (!part.empty()) {
            text += (text.empty() ? "" : ", ") + part;
        }
    }
    return text;
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t change = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

} // namespace callctl::base
