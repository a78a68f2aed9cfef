#include "table.hpp"

#include "base/text.hpp"

#include <utf8proc.h>

#include <algorithm>

namespace callctl::cmd {
namespace {

constexpr std::string_view k_first_strong_isolate = "\xE2\x81\xA8";
constexpr std::string_view k_pop_isolate = "\xE2\x81\xA9";
constexpr std::string_view k_ellipsis = "\xE2\x80\xA6";

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

std::string cut(const std::string& text, std::size_t width) {
    if (display_width(text) <= width) {
        return text;
    }
    std::string kept;
    std::size_t used = 0;
    bool full = false;
    for_each_character(text, [&](utf8proc_int32_t codepoint, std::string_view bytes) {
        const auto wide = static_cast<std::size_t>(std::max(utf8proc_charwidth(codepoint), 0));
        full = full || used + wide + 1 > width;
        if (!full) {
            kept += bytes;
            used += wide;
        }
    });
    // A cut may have taken the end of an isolate with it.
    const bool open = kept.find(k_first_strong_isolate) != std::string::npos;
    return kept + std::string{k_ellipsis} + (open ? std::string{k_pop_isolate} : "");
}

} // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    for_each_character(text, [&width](utf8proc_int32_t codepoint, std::string_view /*bytes*/) {
        width += static_cast<std::size_t>(std::max(utf8proc_charwidth(codepoint), 0));
    });
    return width;
}

std::string terminal_text(std::string_view text) {
    const std::string storable = base::storable_text(text);
    std::string out;
    bool right_to_left = false;
    for_each_character(storable, [&](utf8proc_int32_t codepoint, std::string_view bytes) {
        right_to_left = right_to_left || is_right_to_left(codepoint);
        if (steers_the_terminal(codepoint)) {
            out += ' ';
        } else {
            out += bytes;
        }
    });
    return right_to_left ? std::string{k_first_strong_isolate} + out + std::string{k_pop_isolate}
                         : out;
}

std::string painted(const std::string& text, Colour colour, bool enabled) {
    if (!enabled || colour == Colour::none) {
        return text;
    }
    return std::string{code_of(colour)} + text + "\x1b[0m";
}

Table::Table(std::vector<std::string> header) : m_header{std::move(header)} {}

void Table::add(std::vector<Cell> row) {
    m_rows.push_back(std::move(row));
}

void Table::print(std::ostream& out, int width, bool colour) const {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < m_header.size(); ++column) {
        std::size_t widest = display_width(m_header[column]);
        for (const auto& row : m_rows) {
            widest = std::max(widest, display_width(row[column].text));
        }
        widths.push_back(widest);
    }
    const auto print_row = [&](const auto& text_of, const auto& colour_of) {
        std::size_t used = 0;
        for (std::size_t column = 0; column < m_header.size(); ++column) {
            std::string text = text_of(column);
            const bool last = column + 1 == m_header.size();
            if (last && width > 0) {
                const auto limit = static_cast<std::size_t>(width);
                text = cut(text, limit > used + 8 ? limit - used : 8);
            }
            out << painted(text, colour_of(column), colour);
            if (!last) {
                out << std::string(widths[column] - display_width(text) + 2, ' ');
            }
            used += widths[column] + 2;
        }
        out << '\n';
    };
    print_row([this](std::size_t column) { return m_header[column]; },
              [](std::size_t /*column*/) { return Colour::grey; });
    for (const auto& row : m_rows) {
        print_row([&row](std::size_t column) { return row[column].text; },
                  [&row](std::size_t column) { return row[column].colour; });
    }
}

} // namespace callctl::cmd
