// `application/x-www-form-urlencoded` bodies and query strings (WHATWG URL standard, 5.1).
#pragma once

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace callctl::twilio {

/// Fields in the order received; names may repeat, values may be empty (both count for signatures).
using Form = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::size_t k_max_form_fields = 500;
inline constexpr const char* k_form_type = "application/x-www-form-urlencoded";
/// Bytes, decoded. Twilio's names have some dozens; its longest values (a transcript, the
/// parameters of a stream) some thousands.
inline constexpr std::size_t k_max_field_name = 512;
inline constexpr std::size_t k_max_field_value = 64UL << 10U;

/// Whether a Content-Type, with or without parameters, is that of a form (RFC 9110, 8.3.1).
[[nodiscard]] bool is_form_type(std::string_view content_type);

/// Decodes, and no more: any bytes, of any length. `+` is a space, and a `%` without two hex digits
/// stays. This is what a signature is made of.
[[nodiscard]] Form fields_as_sent(std::string_view text);
/// Decodes, and makes text of each name and value that can be stored: what is too long is cut, a
/// NUL and bytes that are not UTF-8 become U+FFFD. So nobody's call is refused for a field that we
/// do not read. Error (invalid_input): more than k_max_form_fields fields.
[[nodiscard]] base::Result<Form> parse_form(std::string_view text);
/// Encodes in the given order, spaces as %20 as Twilio does.
[[nodiscard]] std::string encode_form(const Form& form);
/// The first value of that name.
[[nodiscard]] std::optional<std::string_view> field(const Form& form, std::string_view name);

} // namespace callctl::twilio
