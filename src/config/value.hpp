// Texts to typed values. Each function throws base::ConfigError that begins with the value's origin
// and, unless the setting is secret, quotes the text.
#pragma once

#include "base/network.hpp"
#include "config/origin.hpp"
#include "config/settings.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::config {

/// A value with the setting that it is for.
struct Item {
    const Setting& setting;
    const Value& value;
};

/// A to Z become a to z, all else stays.
[[nodiscard]] std::string lower_case(std::string_view text);

/// Throws the ConfigError `ORIGIN: 'TEXT' problem`; the hint says what to write instead.
[[noreturn]] void refuse(const Item& item, std::string_view problem, std::string hint);

/// No control characters, valid UTF-8: holds for all values.
void check_text(const Item& item);

enum class Scheme : std::uint8_t { http, wss };
/// Absolute, with a host, without credentials, query, fragment and trailing slashes.
[[nodiscard]] std::string to_url(const Item& item, Scheme scheme);
/// `127.0.0.1:8080`, `[::1]:8080`; numeric so that nothing is resolved. Port 0 takes a free one. Or
/// `unix:` and an absolute path of at most 107 bytes.
[[nodiscard]] std::string to_listen(const Item& item);
/// A list of addresses and `address/bits`; `none` is the empty one.
[[nodiscard]] std::vector<base::Network> to_networks(const Item& item);
/// Positive, with a unit.
[[nodiscard]] std::chrono::milliseconds to_duration(const Item& item);
/// Also `0s`.
[[nodiscard]] std::chrono::milliseconds to_duration_or_zero(const Item& item);
[[nodiscard]] int to_integer(const Item& item, int lowest, int highest);
/// A decimal number to millionths, exactly; at most six digits behind the point. The message says
/// that it is not `what` it should be.
[[nodiscard]] std::int64_t to_decimal(const Item& item, std::string_view what);
/// The same of a price.
[[nodiscard]] std::int64_t to_micros(const Item& item);
/// Index of the text in `words`; the message offers the nearest.
[[nodiscard]] std::size_t to_word(const Item& item, std::span<const std::string_view> words);
/// Items between commas, trimmed, without empty ones.
[[nodiscard]] std::vector<std::string> to_list(const Item& item);
/// ISO 639 codes, lower case, each once; none for `auto`.
[[nodiscard]] std::vector<std::string> to_languages(const Item& item);

} // namespace callctl::config
