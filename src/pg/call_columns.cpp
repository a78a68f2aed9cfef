#include "pg/call_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

namespace callctl::pg {
namespace {

std::string joined(const std::vector<std::string>& parts) {
    return fmt::format("{}", fmt::join(parts, ", "));
}

} // namespace

std::string names_of(std::span<const Column> columns) {
    std::vector<std::string> names;
    std::ranges::transform(columns, std::back_inserter(names), &Column::name);
    return joined(names);
}

std::string unnest_of(std::span<const Column> columns, std::size_t first) {
    std::vector<std::string> arrays;
    for (const Column& column : columns) {
        arrays.push_back(fmt::format("${}::{}[]", arrays.size() + first, column.type));
    }
    return fmt::format("unnest({})", joined(arrays));
}

std::string host_assignments(std::string_view source, std::string_view prefix,
                             std::string_view unset) {
    std::vector<std::string> sets{"updated_at = now() AT TIME ZONE 'UTC'"};
    for (std::size_t i = 0; i < k_host_changes.size(); ++i) {
        const std::string_view name = k_host_changes.at(i).name;
        const auto value = fmt::format("{}.{}{}", source, prefix, name);
        if (name == "last_error") {
            sets.push_back(fmt::format("last_error = CASE WHEN {0} IS NULL THEN l.last_error "
                                       "ELSE nullif({0}, '') END",
                                       value));
        } else if (i < k_host_statuses && !unset.empty()) {
            sets.push_back(fmt::format("{0} = CASE WHEN {2}.{3}{0} THEN coalesce(l.{0}, {1}) "
                                       "ELSE coalesce({1}, l.{0}) END",
                                       name, value, source, unset));
        } else {
            sets.push_back(fmt::format("{0} = coalesce({1}, l.{0})", name, value));
        }
    }
    return joined(sets);
}

} // namespace callctl::pg
