// Rows collected by column: the parameters of `unnest($1::bigint[], $2::text[], ..)`.
#pragma once

#include "pg/query.hpp"

#include <string>
#include <vector>

namespace callctl::pg {

class ArrayRows {
  public:
    /// \pre as many values as in the rows before
    void add(const std::vector<Param>& row) {
        m_literals.resize(row.size());
        for (std::size_t i = 0; i < row.size(); ++i) {
            append_element(m_literals[i], row[i]);
        }
    }
    [[nodiscard]] bool empty() const { return m_literals.empty(); }
    [[nodiscard]] Params params() const {
        Params params;
        for (const std::string& literal : m_literals) {
            params.emplace_back(literal + '}');
        }
        return params;
    }

  private:
    std::vector<std::string> m_literals{}; ///< still open
};

} // namespace callctl::pg
