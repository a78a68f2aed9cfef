// Text as a terminal shows it: how wide it is, where it may be cut, and what must not get there.
#pragma once

#include <string>
#include <string_view>

namespace callctl::cmd {

/// Columns of a terminal that UTF-8 text takes: wide characters 2, combining marks 0, what is
/// joined to one character (an emoji and its modifiers, a flag) 2 at the most.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// At most `width` columns of text, cut between characters as people see them (grapheme clusters,
/// Unicode annex 29), with an ellipsis where it was cut; an isolate that was cut is ended.
[[nodiscard]] std::string cut_to(const std::string& text, std::size_t width);

/// Text without control characters and bidi overrides, because what a caller said must not steer
/// the terminal: each is a blank.
[[nodiscard]] std::string printable_text(std::string_view text);

/// printable_text for a terminal: where it runs from right to left it is isolated, so that it
/// cannot turn its neighbours around.
[[nodiscard]] std::string terminal_text(std::string_view text);

enum class Colour { none, green, yellow, red, grey };

/// `text` in `colour` when `enabled`.
[[nodiscard]] std::string painted(const std::string& text, Colour colour, bool enabled);

} // namespace callctl::cmd
