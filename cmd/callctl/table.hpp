// A plain table: aligned columns for a person, cut to the terminal's width.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::cmd {

/// Columns of a terminal that UTF-8 text takes: wide characters 2, combining marks 0 (utf8proc).
[[nodiscard]] std::size_t display_width(std::string_view text);

/// Text for a terminal: control characters and bidi overrides out, because what a caller said must
/// not steer the terminal; right-to-left text is isolated so that it cannot turn its neighbours
/// around.
[[nodiscard]] std::string terminal_text(std::string_view text);

enum class Colour { none, green, yellow, red, grey };

struct Cell {
    std::string text{};
    Colour colour{Colour::none};
};

class Table {
  public:
    explicit Table(std::vector<std::string> header);

    /// \pre as many cells as the header has
    void add(std::vector<Cell> row);
    [[nodiscard]] bool empty() const { return m_rows.empty(); }
    /// The last column is cut at `width`; 0 cuts nothing. Colours only where asked for.
    void print(std::ostream& out, int width, bool colour) const;

  private:
    std::vector<std::string> m_header;
    std::vector<std::vector<Cell>> m_rows;
};

/// `text` in `colour` when `enabled`.
[[nodiscard]] std::string painted(const std::string& text, Colour colour, bool enabled);

} // namespace callctl::cmd
