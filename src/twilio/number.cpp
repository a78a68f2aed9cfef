#include "twilio/number.hpp"

#include <charconv>

namespace callctl::twilio {

std::optional<int> parse_number(std::string_view text) {
    int value = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    return error == std::errc{} && rest == end && value >= 0 ? std::optional{value} : std::nullopt;
}

} // namespace callctl::twilio
