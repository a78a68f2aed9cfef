// Text from outside made fit to be stored and shown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::base {

/// ASCII only, whatever the locale.
[[nodiscard]] constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_alphanumeric(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Valid UTF-8 without NUL: PostgreSQL's text can hold neither (PostgreSQL 15, chapter 8.3).
/// Each bad byte and each NUL becomes U+FFFD.
[[nodiscard]] std::string storable_text(std::string_view text);

/// storable_text without what changes how the text around it is shown: C0 and C1 controls but
/// newline and tab, bidi overrides, embeddings and isolates (U+202A to U+202E, U+2066 to U+2069),
/// byte order marks. Line and paragraph separators become newlines. What speech and language models
/// return is stored in this form.
[[nodiscard]] std::string plain_text(std::string_view text);

/// plain_text in one line: every run of white space is one space, none at either end.
[[nodiscard]] std::string one_line(std::string_view text);

/// ASCII letters in lower case, all else as it is.
[[nodiscard]] std::string lower_case(std::string_view text);

/// At most `max_bytes` bytes of `text`, cut between characters, with U+2026 at the end where cut;
/// empty when not even that fits.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t max_bytes);

/// `+972501234567` -> `+97250••••567`: enough to recognise a number, not enough to call it: the
/// last three digits and up to five in front, four or more hidden. Fewer than seven digits, and
/// what is no plain number (a SIP address, a client's name), are masked whole; empty text and a
/// word for a withheld number (`anonymous`, `blocked`, `private`, `restricted`, `unavailable`,
/// `unknown`) stay.
[[nodiscard]] std::string mask_phone(std::string_view number);

/// `1 call`, `2 calls`.
[[nodiscard]] std::string counted(std::int64_t count, std::string_view one, std::string_view many);

/// `a, b`, without those that are empty.
[[nodiscard]] std::string joined(const std::vector<std::string>& parts);

/// Lower-case hexadecimal.
[[nodiscard]] std::string to_hex(std::string_view bytes);

/// The candidate nearest to `word` by edit distance, the first of equals, when it is near enough to
/// be meant (at most one change, and one more for every three bytes of `word`); else the only one
/// that begins with it, from three bytes on; else empty. The candidates must outlive the answer.
template <class Range>
[[nodiscard]] std::string_view nearest_word(std::string_view word, const Range& candidates);

/// Bytes to insert, remove or replace to make `left` into `right` (Levenshtein).
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

// --- Inline implementations ---

template <class Range>
std::string_view nearest_word(std::string_view word, const Range& candidates) {
    constexpr std::size_t k_shortest_beginning = 3;
    std::string_view best;
    std::size_t best_distance = word.size() / 3 + 2;
    std::string_view completed;
    int completions = 0;
    for (const auto& candidate : candidates) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
        if (word.size() >= k_shortest_beginning && std::string_view{candidate}.starts_with(word)) {
            completed = candidate;
            ++completions;
        }
    }
    return best.empty() && completions == 1 ? completed : best;
}

} // namespace callctl::base
