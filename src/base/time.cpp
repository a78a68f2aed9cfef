#include "base/time.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace callctl::base {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::hh_mm_ss;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::weekday;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> k_days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> k_months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr Time k_first{sys_days{std::chrono::year{1} / 1 / 1}};
constexpr Time k_end{sys_days{std::chrono::year{10'000} / 1 / 1}};

// Reads a text from its front. What is not there makes it fail for good. Neither streams nor
// strptime: they skip blanks, take signs and single digits, and change with the global locale.
class Reader {
  public:
    explicit Reader(std::string_view text) : m_rest{text} {}

    [[nodiscard]] bool at_digit() const { return !m_rest.empty() && is_digit(m_rest.front()); }
    [[nodiscard]] bool whole() const { return m_good && m_rest.empty(); }

    bool take(std::string_view literal) {
        const bool there = m_rest.starts_with(literal);
        m_rest.remove_prefix(there ? literal.size() : 0);
        return there;
    }
    void expect(bool there) { m_good = m_good && there; }

    int digit() {
        expect(at_digit());
        const int value = at_digit() ? m_rest.front() - '0' : 0;
        m_rest.remove_prefix(std::min<std::size_t>(m_rest.size(), 1));
        return value;
    }
    // A number of two digits.
    int pair(int most) {
        const int tens = digit();
        const int value = tens * 10 + digit();
        expect(value <= most);
        return value;
    }
    // The place of the word at the front among `words`.
    unsigned index(std::span<const std::string_view> words) {
        const auto found =
            std::ranges::find_if(words, [this](std::string_view word) { return take(word); });
        expect(found != words.end());
        return static_cast<unsigned>(found - words.begin());
    }

  private:
    std::string_view m_rest;
    bool m_good{true};
};

int read_year(Reader& in) {
    const int century = in.pair(99);
    return century * 100 + in.pair(99);
}

// `hh:mm:ss`. A leap second counts as the second after it, as in PostgreSQL and POSIX.
microseconds read_clock(Reader& in) {
    const hours hour{in.pair(23)};
    in.expect(in.take(":"));
    const minutes minute{in.pair(59)};
    in.expect(in.take(":"));
    return hour + minute + seconds{in.pair(60)};
}

// Digits beyond microseconds are dropped.
microseconds read_fraction(Reader& in) {
    int value = 0;
    int scale = 100'000;
    do {
        value += in.digit() * scale;
        scale /= 10;
    } while (in.at_digit());
    return microseconds{value};
}

minutes read_sign(Reader& in) {
    const bool negative = in.take("-");
    in.expect(negative || in.take("+"));
    return minutes{negative ? -1 : 1};
}

std::optional<Time> time_of(const Reader& in, year_month_day date, microseconds clock,
                            microseconds offset) {
    if (!in.whole() || !date.ok()) {
        return std::nullopt;
    }
    const Time time = sys_days{date} + clock - offset;
    return time >= k_first && time < k_end ? std::optional{time} : std::nullopt;
}

year_month_day date_of(int year, unsigned month, int day) {
    return {std::chrono::year{year}, std::chrono::month{month},
            std::chrono::day{static_cast<unsigned>(day)}};
}

std::string clock_text(hh_mm_ss<microseconds> clock) {
    return fmt::format("{:02}:{:02}:{:02}", clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count());
}

} // namespace

std::optional<Time> parse_rfc2822(std::string_view text) {
    Reader in{text};
    const weekday day_of_week{in.index(k_days)};
    in.expect(in.take(", "));
    const int first_digit = in.digit();
    const int day = in.at_digit() ? first_digit * 10 + in.digit() : first_digit;
    in.expect(in.take(" "));
    const unsigned month = in.index(k_months) + 1;
    in.expect(in.take(" "));
    const int year = read_year(in);
    in.expect(in.take(" "));
    const microseconds clock = read_clock(in);
    in.expect(in.take(" "));
    minutes offset{0};
    if (!in.take("GMT")) {
        const minutes sign = read_sign(in);
        const hours hour{in.pair(23)};
        offset = sign.count() * (hour + minutes{in.pair(59)});
    }
    const year_month_day date = date_of(year, month, day);
    if (!date.ok() || weekday{sys_days{date}} != day_of_week) {
        return std::nullopt;
    }
    return time_of(in, date, clock, offset);
}

std::string format_http_date(Time time) {
    const auto day = floor<days>(time);
    const year_month_day date{day};
    return fmt::format("{}, {:02} {} {:04} {} GMT", k_days[weekday{day}.c_encoding()],
                       static_cast<unsigned>(date.day()),
                       k_months[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), clock_text(hh_mm_ss{time - day}));
}

std::optional<Time> parse_iso8601(std::string_view text) {
    Reader in{text};
    const int year = read_year(in);
    in.expect(in.take("-"));
    const int month = in.pair(12);
    in.expect(in.take("-"));
    const int day = in.pair(31);
    in.expect(in.take("T") || in.take(" "));
    microseconds clock = read_clock(in);
    if (in.take(".")) {
        clock += read_fraction(in);
    }
    minutes offset{0};
    if (!in.take("Z")) {
        const minutes sign = read_sign(in);
        const hours hour{in.pair(23)};
        offset = sign.count() * (hour + minutes{in.take(":") ? in.pair(59) : 0});
    }
    return time_of(in, date_of(year, static_cast<unsigned>(month), day), clock, offset);
}

std::string format_iso8601(Time time) {
    const auto day = floor<days>(time);
    const hh_mm_ss clock{time - day};
    const std::int64_t micros = clock.subseconds().count();
    const std::string whole = format_date(time) + "T" + clock_text(clock);
    if (micros == 0) {
        return whole + "Z";
    }
    return micros % 1'000 == 0 ? fmt::format("{}.{:03}Z", whole, micros / 1'000)
                               : fmt::format("{}.{:06}Z", whole, micros);
}

std::string format_date(Time time) {
    const year_month_day date{floor<days>(time)};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

} // namespace callctl::base
