// Rows collected by column: the parameters of `unnest($1::bigint[], $2::text[], ..)`.
#pragma once

#include "pg/query.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace callctl::pg {

class ArrayRows {
  public:
    /// What it lacks behind its last value is NULL. \pre no more values than in the first row; one
    /// column has no NULL in any row
    void add(const Params& row) {
        if (m_columns.empty()) {
            m_columns.resize(row.size());
        }
        for (std::size_t i = 0; i < m_columns.size(); ++i) {
            if (i < row.size()) {
                m_columns[i].add(row[i]);
            } else {
                ++m_columns[i].nulls;
            }
        }
    }
    [[nodiscard]] bool empty() const { return m_columns.empty(); }
    [[nodiscard]] Params params() const {
        Params params;
        for (const Column& column : m_columns) {
            params.emplace_back(column.literal.empty() ? "{}" : column.literal + '}');
        }
        return params;
    }

  private:
    /// Without the NULLs at its end: unnest() fills shorter arrays up with them (PostgreSQL 15,
    /// 7.2.1.4), and most columns have nothing else.
    struct Column {
        std::string literal{}; ///< still open
        std::size_t nulls{0};  ///< behind it

        void add(const Param& value) {
            if (!value) {
                ++nulls;
                return;
            }
            for (; nulls > 0; --nulls) {
                append_element(literal, std::nullopt);
            }
            append_element(literal, value);
        }
    };
    std::vector<Column> m_columns{};
};

} // namespace callctl::pg
