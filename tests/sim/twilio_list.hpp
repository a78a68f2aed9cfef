// Lists of the REST API: filters, pages and the tokens between them.
#pragma once

#include "base/time.hpp"
#include "sim/twilio_answer.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace callctl::sim {

/// One entry that has passed the filters; `resource` is made only of those on the page.
struct ListEntry {
    std::string sid{};
    std::function<Json()> resource{};
};

/// `key`: `recordings` or `calls`. Entries newest first. Errors: 20007 above 1000 a page, 21481 for
/// a page that is not named by a URI that came from here.
[[nodiscard]] std::variant<Json, ApiError> list_page(const Request& request, std::string_view key,
                                                     const std::vector<ListEntry>& entries);

/// The error of a filter `name`, `name<` or `name>` whose value is no date.
[[nodiscard]] std::optional<ApiError> bad_date(const Fields& query, std::string_view name);
/// Judges a time by these filters, which include the day named. No time passes only where none is
/// set.
[[nodiscard]] bool passes_dates(const Fields& query, std::string_view name,
                                const std::optional<base::Time>& time);

} // namespace callctl::sim
