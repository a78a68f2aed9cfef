#include "table.hpp"

#include <algorithm>
#include <numeric>

namespace callctl::cmd {
namespace {

constexpr std::size_t k_gap = 2;
/// Of the last column something is always seen.
constexpr std::size_t k_least_of_last = 8;
/// With less of it, columns that can be done without give way.
constexpr std::size_t k_wanted_of_last = 16;

} // namespace

Table::Table(std::vector<std::string> header, std::vector<std::string> expendable)
    : m_header{std::move(header)}, m_expendable{std::move(expendable)} {}

void Table::add(std::vector<Cell> row) {
    m_rows.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths() const {
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < m_header.size(); ++column) {
        widths.push_back(display_width(m_header[column]));
        for (const auto& row : m_rows) {
            widths.back() = std::max(widths.back(), display_width(row[column].text));
        }
    }
    return widths;
}

Table::Layout Table::layout_for(std::size_t width) const {
    Layout layout{.widths = widths(), .columns = {}, .width = width};
    layout.columns.resize(m_header.size());
    std::iota(layout.columns.begin(), layout.columns.end(), std::size_t{0});
    const auto needed = [&layout] {
        std::size_t sum = std::min(layout.widths[layout.columns.back()], k_wanted_of_last);
        for (std::size_t i = 0; i + 1 < layout.columns.size(); ++i) {
            sum += layout.widths[layout.columns[i]] + k_gap;
        }
        return sum;
    };
    for (const std::string& name : m_expendable) {
        if (width == 0 || needed() <= width) {
            break;
        }
        std::erase_if(layout.columns, [&](std::size_t column) { return m_header[column] == name; });
    }
    return layout;
}

void Table::print(std::ostream& out, int width, bool colour) const {
    const Layout layout = layout_for(static_cast<std::size_t>(std::max(width, 0)));
    const auto print_row = [&](const auto& cell_of) {
        std::size_t used = 0;
        for (const std::size_t column : layout.columns) {
            Cell cell = cell_of(column);
            const bool last = column == layout.columns.back();
            if (last && layout.width > 0) {
                cell.text =
                    cut_to(cell.text, std::max(layout.width, used + k_least_of_last) - used);
            }
            out << painted(cell.text, cell.colour, colour);
            if (!last) {
                out << std::string(layout.widths[column] - display_width(cell.text) + k_gap, ' ');
            }
            used += layout.widths[column] + k_gap;
        }
        out << '\n';
    };
    print_row([this](std::size_t column) { return Cell{m_header[column], Colour::grey}; });
    for (const auto& row : m_rows) {
        print_row([&row](std::size_t column) { return row[column]; });
    }
}

} // namespace callctl::cmd
