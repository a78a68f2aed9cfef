// The durations of base/time.hpp.
#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>

namespace callctl::base {
namespace {

using std::chrono::milliseconds;

struct Unit {
    std::string_view name;
    std::int64_t ms;
};

// Longest names first, so that `ms` is not read as minutes.
constexpr std::array k_units{Unit{"ms", 1}, Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
                             Unit{"m", 60'000}, Unit{"s", 1'000}};

constexpr std::int64_t k_longest_ms = 100LL * 365 * 86'400'000;

std::optional<std::int64_t> take_number(std::string_view& text) {
    std::int64_t value = 0;
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
        value = value * 10 + (text[digits] - '0');
        if (value > k_longest_ms) {
            return std::nullopt;
        }
        ++digits;
    }
    if (digits == 0) {
        return std::nullopt;
    }
    text.remove_prefix(digits);
    return value;
}

std::optional<std::int64_t> take_unit(std::string_view& text) {
    for (const Unit& unit : k_units) {
        if (text.starts_with(unit.name)) {
            text.remove_prefix(unit.name.size());
            return unit.ms;
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    std::int64_t total = 0;
    while (!text.empty()) {
        const auto number = take_number(text);
        const auto unit = number ? take_unit(text) : std::nullopt;
        if (!unit || *number > k_longest_ms / *unit) {
            return std::nullopt;
        }
        total += *number * *unit;
        if (total > k_longest_ms) {
            return std::nullopt;
        }
    }
    return milliseconds{total};
}

std::string format_duration(milliseconds duration) {
    const std::int64_t ms = duration.count();
    if (ms > -1'000 && ms < 1'000) {
        return std::to_string(ms) + "ms";
    }
    const std::string sign = ms < 0 ? "-" : "";
    const std::int64_t seconds = std::abs(ms / 1'000);
    const auto pair = [&sign](std::int64_t large, const char* large_unit, std::int64_t small,
                              const char* small_unit) {
        const std::string head = sign + std::to_string(large) + large_unit;
        return small == 0 ? head : head + " " + std::to_string(small) + small_unit;
    };
    if (seconds < 60) {
        return sign + std::to_string(seconds) + "s";
    }
    if (seconds < 3'600) {
        return pair(seconds / 60, "m", seconds % 60, "s");
    }
    if (seconds < 86'400) {
        return pair(seconds / 3'600, "h", seconds / 60 % 60, "m");
    }
    return pair(seconds / 86'400, "d", seconds / 3'600 % 24, "h");
}

} // namespace callctl::base
