#include "sim/twilio_list.hpp"

#include "sim/digest.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace callctl::sim {
namespace {

constexpr int k_default_page_size = 50;
constexpr int k_most_page_size = 1000;

struct Window {
    int page{0};
    int page_size{k_default_page_size};
    std::size_t begin{0};
};

constexpr std::array<std::string_view, 3> k_relations{"", "<", ">"};

/// A date filter in the form in which times are compared: a day, or a moment to the second. Nothing
/// when it is neither.
std::optional<std::string> limit_of(const std::string& value) {
    constexpr std::size_t k_day_length = 10; // YYYY-MM-DD
    constexpr std::size_t k_moment_length = 19;
    const bool day_only = value.size() == k_day_length;
    const auto limit = base::parse_iso8601(day_only ? value + "T00:00:00Z" : value);
    if (!limit) {
        return std::nullopt;
    }
    return iso8601(*limit).substr(0, day_only ? k_day_length : k_moment_length);
}

// Everything of the query but the page itself stays in the URIs of the other pages.
std::string page_uri(const Request& request, int page_size, int page, const std::string& token) {
    Fields kept;
    for (const auto& field : request.query) {
        if (field.first != "Page" && field.first != "PageSize" && field.first != "PageToken") {
            kept.push_back(field);
        }
    }
    kept.emplace_back("PageSize", std::to_string(page_size));
    kept.emplace_back("Page", std::to_string(page));
    if (!token.empty()) {
        kept.emplace_back("PageToken", token);
    }
    return request.path + "?" + encode_fields(kept);
}

std::variant<Window, ApiError> window_of(const Request& request,
                                         const std::vector<ListEntry>& entries) {
    Window window;
    window.page_size =
        to_int(value_of(request.query, "PageSize").value_or("")).value_or(k_default_page_size);
    if (window.page_size > k_most_page_size) {
        return ApiError{400, 20007, "Page size must be less than or equal to 1000", {}};
    }
    window.page_size = window.page_size < 1 ? k_default_page_size : window.page_size;
    window.page = to_int(value_of(request.query, "Page").value_or("")).value_or(0);
    const auto token = value_of(request.query, "PageToken");
    const ApiError forged{400, 21481, "Invalid PageToken", {}};
    if (!token) {
        return window.page == 0 ? std::variant<Window, ApiError>{window} : forged;
    }
    const auto found = std::ranges::find(
        entries, token->substr(std::min<std::size_t>(2, token->size())), &ListEntry::sid);
    const auto index = static_cast<std::size_t>(found - entries.begin());
    const auto size = static_cast<std::size_t>(window.page_size);
    if (found != entries.end() && token->starts_with("PA")) {
        window.begin = index + 1;
    } else if (found != entries.end() && token->starts_with("PB")) {
        window.begin = index - std::min(index, size);
    } else {
        return forged;
    }
    return window;
}

} // namespace

std::variant<Json, ApiError> list_page(const Request& request, std::string_view key,
                                       const std::vector<ListEntry>& entries) {
    const auto judged = window_of(request, entries);
    if (const auto* const error = std::get_if<ApiError>(&judged)) {
        return *error;
    }
    const Window window = std::get<Window>(judged);
    const std::size_t end =
        std::min(window.begin + static_cast<std::size_t>(window.page_size), entries.size());
    Json shown = Json::array();
    for (std::size_t i = window.begin; i < end; ++i) {
        shown.push_back(entries[i].resource());
    }
    const auto uri = [&](int page, const std::string& token) {
        return page_uri(request, window.page_size, page, token);
    };
    const bool more = end < entries.size() && end > window.begin;
    const bool before = window.page > 0 && end > window.begin;
    const int start = window.page * window.page_size;
    const int count = static_cast<int>(shown.size());
    Json page{
        {"end", count == 0 ? start : start + count - 1},
        {"first_page_uri", uri(0, "")},
        {"next_page_uri",
         more ? Json(uri(window.page + 1, "PA" + entries[end - 1].sid)) : Json(nullptr)},
        {"page", window.page},
        {"page_size", window.page_size},
        {"previous_page_uri",
         before ? Json(uri(window.page - 1, "PB" + entries[window.begin].sid)) : Json(nullptr)},
        {"start", start},
        {"uri", request.target}};
    page[std::string{key}] = std::move(shown);
    return page;
}

std::optional<ApiError> bad_date(const Fields& query, std::string_view name) {
    for (const std::string_view relation : k_relations) {
        const auto value = value_of(query, std::string{name} + std::string{relation});
        if (value && !value->empty() && !limit_of(*value)) {
            return ApiError{422, 20422, fmt::format("Invalid parameter: {}", name), {}};
        }
    }
    return std::nullopt;
}

bool passes_dates(const Fields& query, std::string_view name,
                  const std::optional<base::Time>& time) {
    for (const std::string_view relation : k_relations) {
        const auto value = value_of(query, std::string{name} + std::string{relation});
        const auto limit = limit_of(value.value_or(""));
        if (!limit) {
            continue;
        }
        if (!time) {
            return false;
        }
        // Written dates compare like the days they name.
        const std::string mine = iso8601(*time).substr(0, limit->size());
        const bool passes = relation.empty()  ? mine == *limit
                            : relation == "<" ? mine <= *limit
                                              : mine >= *limit;
        if (!passes) {
            return false;
        }
    }
    return true;
}

} // namespace callctl::sim
