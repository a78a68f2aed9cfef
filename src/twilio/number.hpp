// Numbers as Twilio writes them: whole, not negative, often as text.
#pragma once

#include <optional>
#include <string_view>

namespace callctl::twilio {

/// Decimal digits and nothing else; nothing when `text` is not such a number or does not fit.
[[nodiscard]] std::optional<int> parse_number(std::string_view text);

/// Twilio says 0 where it means none.
[[nodiscard]] constexpr std::optional<int> unless_zero(std::optional<int> number) {
    return number == 0 ? std::nullopt : number;
}

} // namespace callctl::twilio
