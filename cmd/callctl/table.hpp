// A plain table: aligned columns for a person, cut to the terminal's width.
#pragma once

#include "terminal_text.hpp"

#include <ostream>
#include <string>
#include <vector>

namespace callctl::cmd {

struct Cell {
    std::string text{};
    Colour colour{Colour::none};
};

class Table {
  public:
    /// Columns that are `expendable` are left out one after the other while there is no room.
    explicit Table(std::vector<std::string> header, std::vector<std::string> expendable = {});

    /// \pre as many cells as the header has
    void add(std::vector<Cell> row);
    [[nodiscard]] bool empty() const { return m_rows.empty(); }
    /// The last column, which is the place for text, is cut at `width`; 0 cuts nothing. Colours
    /// only where asked for.
    void print(std::ostream& out, int width, bool colour) const;

  private:
    struct Layout {
        std::vector<std::size_t> widths;  ///< of all columns
        std::vector<std::size_t> columns; ///< that are shown
        std::size_t width;                ///< of the terminal; 0: any
    };

    [[nodiscard]] std::vector<std::size_t> widths() const;
    [[nodiscard]] Layout layout_for(std::size_t width) const;

    std::vector<std::string> m_header;
    std::vector<std::string> m_expendable;
    std::vector<std::vector<Cell>> m_rows{};
};

} // namespace callctl::cmd
