// Points in time and the three spellings in which the outside world writes them. Always UTC.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace callctl::base {

/// PostgreSQL's resolution (PostgreSQL 15, chapter 8.5: timestamps have microseconds).
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// `Wed, 20 Apr 2022 23:45:25 +0000` (RFC 2822 as Twilio sends it: weekday, seconds and a zone in
/// digits), or with `GMT` (RFC 9110, 5.6.7: the HTTP date of today); nothing when it is not one,
/// its weekday is wrong, or it is not in the years 1 to 9999.
[[nodiscard]] std::optional<Time> parse_rfc2822(std::string_view text);
/// `Wed, 20 Apr 2022 23:45:25 GMT` (RFC 9110, 5.6.7); the rest of a second is cut. \pre the years 1
/// to 9999
[[nodiscard]] std::string format_http_date(Time time);

/// `2026-01-01T00:00:00Z`, with or without a fraction, `T` or a space, `Z` or `+hh[:mm]`
/// (RFC 3339, and PostgreSQL's ISO output style); digits beyond microseconds are cut. Nothing when
/// it is not one or not in the years 1 to 9999.
[[nodiscard]] std::optional<Time> parse_iso8601(std::string_view text);
/// RFC 3339 with as many fraction digits as needed (none, 3 or 6). \pre the years 1 to 9999
[[nodiscard]] std::string format_iso8601(Time time);
/// `YYYY-MM-DD`, the form of Twilio's date filters. \pre the years 1 to 9999
[[nodiscard]] std::string format_date(Time time);

/// `90s`, `5m`, `2h`, `7d`, `250ms`, or a sum such as `1h30m`; a bare number is refused because its
/// unit would be a guess. Nothing when it is not a duration or is longer than 36500 days.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The largest two units that say something, the rest cut: `412ms`, `9s`, `6m 52s`, `3h 5m`,
/// `2d 4h`.
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

} // namespace callctl::base
