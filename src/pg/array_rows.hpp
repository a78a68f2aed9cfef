// Rows collected by column: the parameters of `unnest($1::bigint[], $2::text[], ..)`.
#pragma once

#include "pg/query.hpp"

#include <utility>
#include <vector>

namespace callctl::pg {

class ArrayRows {
  public:
    /// \pre as many values as in the rows before
    void add(std::vector<Param> row) {
        m_columns.resize(row.size());
        for (std::size_t i = 0; i < row.size(); ++i) {
            m_columns[i].push_back(std::move(row[i]));
        }
    }
    [[nodiscard]] bool empty() const { return m_columns.empty(); }
    [[nodiscard]] Params params() const {
        Params params;
        for (const auto& column : m_columns) {
            params.emplace_back(array_literal(column));
        }
        return params;
    }

  private:
    std::vector<std::vector<Param>> m_columns{};
};

} // namespace callctl::pg
