#include "terminal_text.hpp"

#include "base/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <optional>

namespace callctl::cmd {
namespace {

constexpr std::string_view k_first_strong_isolate = "\xE2\x81\xA8";
constexpr std::string_view k_pop_isolate = "\xE2\x81\xA9";
constexpr std::string_view k_ellipsis = "\xE2\x80\xA6";
constexpr std::size_t k_widest_cluster = 2;

// Calls `use(codepoint, bytes)` for each character of valid UTF-8.
template <class Use>
void for_each_character(std::string_view text, Use use) {
    while (!text.empty()) {
        utf8proc_int32_t codepoint = 0;
        const auto length =
            utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                             static_cast<utf8proc_ssize_t>(text.size()), &codepoint);
        const auto bytes = static_cast<std::size_t>(std::max<utf8proc_ssize_t>(length, 1));
        use(length > 0 ? codepoint : utf8proc_int32_t{0xFFFD}, text.substr(0, bytes));
        text.remove_prefix(bytes);
    }
}

std::size_t width_of(utf8proc_int32_t codepoint) {
    return static_cast<std::size_t>(std::max(utf8proc_charwidth(codepoint), 0));
}

// Calls `use(cluster, width)` for each character as people see it.
template <class Use>
void for_each_cluster(std::string_view text, Use use) {
    std::optional<utf8proc_int32_t> last;
    utf8proc_int32_t state = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t width = 0;
    const auto finish = [&] {
        use(text.substr(begin, end - begin), std::min(width, k_widest_cluster));
        begin = end;
        width = 0;
    };
    for_each_character(text, [&](utf8proc_int32_t codepoint, std::string_view bytes) {
        if (last && utf8proc_grapheme_break_stateful(*last, codepoint, &state)) {
            finish();
        }
        last = codepoint;
        end += bytes.size();
        width += width_of(codepoint);
    });
    if (last) {
        finish();
    }
}

bool steers_the_terminal(utf8proc_int32_t c) {
    const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
    const bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return control || bidi;
}

bool is_right_to_left(utf8proc_int32_t c) {
    const auto* const property = utf8proc_get_property(c);
    return property->bidi_class == UTF8PROC_BIDI_CLASS_R ||
           property->bidi_class == UTF8PROC_BIDI_CLASS_AL;
}

std::string_view code_of(Colour colour) {
    switch (colour) {
    case Colour::green:
        return "\x1b[32m";
    case Colour::yellow:
        return "\x1b[33m";
    case Colour::red:
        return "\x1b[31m";
    case Colour::grey:
        return "\x1b[90m";
    case Colour::none:
        break;
    }
    return "";
}

} // namespace

std::size_t display_width(std::string_view text) {
    std::size_t sum = 0;
    for_each_cluster(text,
                     [&sum](std::string_view /*cluster*/, std::size_t width) { sum += width; });
    return sum;
}

std::string cut_to(const std::string& text, std::size_t width) {
    if (display_width(text) <= width) {
        return text;
    }
    std::string kept;
    std::size_t used = 0;
    bool full = false;
    for_each_cluster(text, [&](std::string_view cluster, std::size_t wide) {
        full = full || used + wide + 1 > width;
        if (!full) {
            kept += cluster;
            used += wide;
        }
    });
    const auto begun = kept.rfind(k_first_strong_isolate);
    const bool open =
        begun != std::string::npos && kept.find(k_pop_isolate, begun) == std::string::npos;
    return kept + std::string{k_ellipsis} + (open ? std::string{k_pop_isolate} : "");
}

std::string printable_text(std::string_view text) {
    std::string out;
    for_each_character(base::storable_text(text),
                       [&out](utf8proc_int32_t codepoint, std::string_view bytes) {
                           out += steers_the_terminal(codepoint) ? " " : bytes;
                       });
    return out;
}

std::string terminal_text(std::string_view text) {
    const std::string printable = printable_text(text);
    bool right_to_left = false;
    for_each_character(printable, [&](utf8proc_int32_t codepoint, std::string_view /*bytes*/) {
        right_to_left = right_to_left || is_right_to_left(codepoint);
    });
    return right_to_left
               ? std::string{k_first_strong_isolate} + printable + std::string{k_pop_isolate}
               : printable;
}

std::string painted(const std::string& text, Colour colour, bool enabled) {
    if (!enabled || colour == Colour::none) {
        return text;
    }
    return std::string{code_of(colour)} + text + "\x1b[0m";
}

} // namespace callctl::cmd
