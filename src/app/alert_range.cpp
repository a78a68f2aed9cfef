#include "app/alert_range.hpp"

#include <charconv>
#include <cmath>

namespace callctl::app {
namespace {

std::optional<double> number(std::string_view text) {
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    const bool whole = error == std::errc{} && rest == end && std::isfinite(value);
    return whole ? std::optional{value} : std::nullopt;
}

} // namespace

std::optional<AlertRange> parse_alert_range(std::string_view text) {
    AlertRange range{.text = std::string{text}};
    if (text.starts_with('@')) {
        range.inside = true;
        text.remove_prefix(1);
    }
    const auto colon = text.find(':');
    const std::string_view low = colon == std::string_view::npos ? "0" : text.substr(0, colon);
    const std::string_view high = colon == std::string_view::npos ? text : text.substr(colon + 1);
    const auto from =
        low == "~" ? std::optional{-std::numeric_limits<double>::infinity()} : number(low);
    const bool open = high.empty() && colon != std::string_view::npos;
    const auto to = open ? std::optional{range.high} : number(high);
    if (!from || !to || *from > *to) {
        return std::nullopt;
    }
    range.low = *from;
    range.high = *to;
    return range;
}

} // namespace callctl::app
