#include "base/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace callctl::base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr hours k_longest{36'500 * 24};

struct Reading {
    std::string text;
    std::optional<milliseconds> expected;
};

class ParseDuration : public testing::TestWithParam<Reading> {};

TEST_P(ParseDuration, Reads) {
    EXPECT_EQ(parse_duration(GetParam().text), GetParam().expected) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Units, ParseDuration,
                         testing::Values(Reading{"250ms", milliseconds{250}},
                                         Reading{"90s", seconds{90}}, Reading{"5m", minutes{5}},
                                         Reading{"2h", hours{2}}, Reading{"7d", hours{168}},
                                         Reading{"0s", milliseconds{0}},
                                         Reading{"007m", minutes{7}}));

INSTANTIATE_TEST_SUITE_P(
    Sums, ParseDuration,
    testing::Values(Reading{"1h30m", minutes{90}},
                    Reading{"1d2h3m4s5ms", hours{26} + minutes{3} + milliseconds{4005}},
                    Reading{"5ms1m", minutes{1} + milliseconds{5}}, Reading{"30m30m", hours{1}}));

INSTANTIATE_TEST_SUITE_P(
    Refused, ParseDuration,
    testing::Values(Reading{"", {}}, Reading{"90", {}}, Reading{"0", {}}, Reading{"1h30", {}},
                    Reading{"s", {}}, Reading{"-5s", {}}, Reading{"+5s", {}}, Reading{"1.5h", {}},
                    Reading{"1e3s", {}}, Reading{" 5s", {}}, Reading{"5s ", {}}, Reading{"5 s", {}},
                    Reading{"1h 30m", {}}, Reading{"5S", {}}, Reading{"5w", {}},
                    Reading{"5min", {}}, Reading{"5us", {}}, Reading{"0x5s", {}},
                    Reading{"infs", {}}, Reading{"\xD9\xA5s", {}},
                    Reading{std::string{"5s\0", 3}, {}}));

INSTANTIATE_TEST_SUITE_P(
    Limits, ParseDuration,
    testing::Values(Reading{"36500d", k_longest}, Reading{"3153600000000ms", k_longest},
                    Reading{"36500d1ms", {}}, Reading{"36501d", {}}, Reading{"3153600000001ms", {}},
                    Reading{"3153600000000d", {}}, Reading{"20000d20000d", {}},
                    Reading{"9223372036854775807s", {}}, Reading{"9223372036854775808s", {}},
                    Reading{"18446744073709551617s", {}},
                    Reading{std::string(400, '9') + "s", {}}));

RC_GTEST_PROP(Duration, OfASumIsTheSumOfItsParts, ()) {
    const std::vector<std::pair<std::string, milliseconds>> units{{"ms", milliseconds{1}},
                                                                  {"s", seconds{1}},
                                                                  {"m", minutes{1}},
                                                                  {"h", hours{1}},
                                                                  {"d", hours{24}}};
    const auto parts = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 300), rc::gen::inRange(0, 5))));
    std::string text;
    milliseconds sum{0};
    for (const auto& [number, unit] : parts) {
        const auto& [name, length] = units.at(static_cast<std::size_t>(unit));
        text += std::to_string(number) + name;
        sum += number * length;
    }
    RC_ASSERT(parse_duration(text) == (sum <= k_longest ? std::optional{sum} : std::nullopt));
}

RC_GTEST_PROP(Duration, NeverReadsMoreThanTheLongest, (const std::string& text)) {
    const auto duration = parse_duration(text);
    RC_ASSERT((!duration || (*duration >= milliseconds{0} && *duration <= k_longest)));
}

struct Writing {
    milliseconds duration;
    std::string expected;
};

class FormatDuration : public testing::TestWithParam<Writing> {};

TEST_P(FormatDuration, ShowsTheLargestTwoUnits) {
    EXPECT_EQ(format_duration(GetParam().duration), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, FormatDuration,
    testing::Values(Writing{milliseconds{0}, "0ms"}, Writing{milliseconds{412}, "412ms"},
                    Writing{milliseconds{999}, "999ms"}, Writing{seconds{1}, "1s"},
                    Writing{milliseconds{9'999}, "9s"}, Writing{milliseconds{59'999}, "59s"},
                    Writing{minutes{1}, "1m"}, Writing{seconds{412}, "6m 52s"},
                    Writing{seconds{3'599}, "59m 59s"}, Writing{hours{1}, "1h"},
                    Writing{seconds{3'659}, "1h"}, Writing{minutes{185}, "3h 5m"},
                    Writing{minutes{1'439}, "23h 59m"}, Writing{hours{24}, "1d"},
                    Writing{minutes{1'499}, "1d"}, Writing{hours{52}, "2d 4h"},
                    Writing{k_longest, "36500d"}));

INSTANTIATE_TEST_SUITE_P(Negative, FormatDuration,
                         testing::Values(Writing{milliseconds{-1}, "-1ms"},
                                         Writing{milliseconds{-999}, "-999ms"},
                                         Writing{milliseconds{-1'999}, "-1s"},
                                         Writing{seconds{-412}, "-6m 52s"}));

INSTANTIATE_TEST_SUITE_P(Extreme, FormatDuration,
                         testing::Values(Writing{milliseconds::max(), "106751991167d 7h"},
                                         Writing{milliseconds::min(), "-106751991167d 7h"}));

RC_GTEST_PROP(Duration, ShownIsReadBackLessWhatWasCut, ()) {
    const auto bits = *rc::gen::inRange(0, 42);
    const milliseconds duration{*rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << bits)};
    RC_PRE(duration <= k_longest);
    std::string text = format_duration(duration);
    std::erase(text, ' ');
    const auto read = parse_duration(text);
    RC_ASSERT(read.has_value());
    const milliseconds cut = duration - *read;
    const milliseconds unit = duration < seconds{1}  ? milliseconds{1}
                              : duration < hours{1}  ? seconds{1}
                              : duration < hours{24} ? milliseconds{minutes{1}}
                                                     : milliseconds{hours{1}};
    RC_ASSERT(cut >= milliseconds{0});
    RC_ASSERT(cut < unit);
}

} // namespace
} // namespace callctl::base
