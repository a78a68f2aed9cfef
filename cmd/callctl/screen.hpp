// Where results are shown: a terminal with its width and colours, or a file or a pipe.
#pragma once

#include "terminal_text.hpp"

#include "config/load.hpp"

#include <array>
#include <ostream>
#include <string>
#include <string_view>

namespace callctl::cmd {

struct TerminalSize {
    int columns{0};
    int lines{0};
};

struct Screen {
    std::ostream& out;
    bool terminal{false};
    bool redraws{false}; ///< what was drawn can be drawn over
    bool colour{false};
    int width{0};  ///< in columns; 0: lines are not cut
    int height{0}; ///< in lines; 0: there is no end

    /// Text from outside, fit for the place.
    [[nodiscard]] std::string text(std::string_view foreign) const {
        return terminal ? terminal_text(foreign) : printable_text(foreign);
    }
    [[nodiscard]] std::string paint(const std::string& what, Colour in) const {
        return painted(what, in, colour);
    }
    /// The same place for what is gathered first.
    [[nodiscard]] Screen through(std::ostream& gathered) const {
        return {gathered, terminal, redraws, colour, width, height};
    }
};

enum class ColourWhen { automatic, always, never };
inline constexpr std::array k_colour_whens{ColourWhen::automatic, ColourWhen::always,
                                           ColourWhen::never};
/// `auto`, `always`, `never`.
[[nodiscard]] std::string_view to_string(ColourWhen when);

/// A terminal that has more than printing: TERM is not `dumb`.
[[nodiscard]] bool takes_controls(bool terminal, const config::Environment& environment);

/// `automatic`: where control sequences are taken, unless NO_COLOR or CALLCTL_NO_COLOR is not empty
/// (https://no-color.org).
[[nodiscard]] bool takes_colours(ColourWhen when, bool terminal,
                                 const config::Environment& environment);

/// COLUMNS, where that is a number from 1; else what the terminal says, or 80 where it says
/// nothing. In a pipe or a file lines are not cut: 0.
[[nodiscard]] int shown_width(bool terminal, int said, const config::Environment& environment);

} // namespace callctl::cmd
