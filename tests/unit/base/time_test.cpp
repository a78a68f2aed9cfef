#include "base/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <locale>
#include <string>

namespace callctl::base {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

// 2022-04-20T23:45:25Z (date -u -d 2022-04-20T23:45:25Z +%s)
constexpr Time k_time{seconds{1'650'498'325}};
// The years 1 to 9999 (date -u -d 0001-01-01 +%s, and so on).
constexpr Time k_first{seconds{-62'135'596'800}};
constexpr Time k_last{seconds{253'402'300'800} - microseconds{1}};

rc::Gen<Time> times() {
    return rc::gen::map(
        rc::gen::inRange(k_first.time_since_epoch().count(), k_last.time_since_epoch().count() + 1),
        [](std::int64_t count) { return Time{microseconds{count}}; });
}

struct Reading {
    std::string name;
    std::string text;
    std::optional<Time> expected;
};

std::string name_of(const testing::TestParamInfo<Reading>& info) {
    return info.param.name;
}

class Rfc2822 : public testing::TestWithParam<Reading> {};

TEST_P(Rfc2822, Reads) {
    EXPECT_EQ(parse_rfc2822(GetParam().text), GetParam().expected) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Good, Rfc2822,
    testing::Values(
        Reading{"Twilio", "Wed, 20 Apr 2022 23:45:25 +0000", k_time},
        Reading{"MinusZero", "Wed, 20 Apr 2022 23:45:25 -0000", k_time},
        Reading{"East", "Thu, 21 Apr 2022 02:45:25 +0300", k_time},
        Reading{"WestHalfHour", "Wed, 20 Apr 2022 20:15:25 -0330", k_time},
        Reading{"HttpDate", "Wed, 20 Apr 2022 23:45:25 GMT", k_time},
        Reading{"OneDigitDay", "Fri, 1 Apr 2022 00:00:00 +0000", Time{seconds{1'648'771'200}}},
        Reading{"TwoDigitDay", "Fri, 01 Apr 2022 00:00:00 +0000", Time{seconds{1'648'771'200}}},
        Reading{"LeapDay", "Sat, 29 Feb 2020 00:00:00 +0000", Time{seconds{1'582'934'400}}},
        Reading{"LeapSecond", "Sat, 31 Dec 2016 23:59:60 +0000", Time{seconds{1'483'228'800}}},
        Reading{"BeforeTheEpoch", "Wed, 31 Dec 1969 23:59:59 +0000", Time{seconds{-1}}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Bad, Rfc2822,
    testing::Values(Reading{"Empty", "", {}}, Reading{"Garbage", "yesterday", {}},
                    Reading{"Iso", "2022-04-20T23:45:25Z", {}},
                    Reading{"TrailingBlank", "Wed, 20 Apr 2022 23:45:25 +0000 ", {}},
                    Reading{"TrailingGarbage", "Wed, 20 Apr 2022 23:45:25 +0000x", {}},
                    Reading{"TrailingComment", "Wed, 20 Apr 2022 23:45:25 +0000 (UTC)", {}},
                    Reading{
                        "TrailingNul", std::string{"Wed, 20 Apr 2022 23:45:25 +0000\0", 32}, {}},
                    Reading{"LeadingBlank", " Wed, 20 Apr 2022 23:45:25 +0000", {}},
                    Reading{"GarbageAfterGmt", "Wed, 20 Apr 2022 23:45:25 GMT+1", {}},
                    Reading{"NoZone", "Wed, 20 Apr 2022 23:45:25", {}},
                    Reading{"NamedZone", "Wed, 20 Apr 2022 23:45:25 EST", {}},
                    Reading{"ZoneWithoutSign", "Wed, 20 Apr 2022 23:45:25 0000", {}},
                    Reading{"ShortZone", "Wed, 20 Apr 2022 23:45:25 +02", {}},
                    Reading{"ColonInZone", "Wed, 20 Apr 2022 23:45:25 +02:00", {}},
                    Reading{"ZoneBeyondADay", "Wed, 20 Apr 2022 23:45:25 +2400", {}},
                    Reading{"ZoneMinutesBeyondAnHour", "Wed, 20 Apr 2022 23:45:25 +0060", {}},
                    Reading{"WrongWeekday", "Mon, 20 Apr 2022 23:45:25 +0000", {}},
                    Reading{"NoWeekday", "20 Apr 2022 23:45:25 +0000", {}},
                    Reading{"LongWeekday", "Wednesday, 20 Apr 2022 23:45:25 +0000", {}},
                    Reading{"LongMonth", "Wed, 20 April 2022 23:45:25 +0000", {}},
                    Reading{"NoSuchMonth", "Wed, 20 Apx 2022 23:45:25 +0000", {}},
                    Reading{"NoBlanks", "Wed,20Apr2022 23:45:25 +0000", {}},
                    Reading{"TwoBlanks", "Wed, 20 Apr  2022 23:45:25 +0000", {}},
                    Reading{"TwoDigitYear", "Wed, 20 Apr 22 23:45:25 +0000", {}},
                    Reading{"FiveDigitYear", "Wed, 20 Apr 02022 23:45:25 +0000", {}},
                    Reading{"NegativeYear", "Wed, 20 Apr -022 23:45:25 +0000", {}},
                    Reading{"NoSuchDay", "Sun, 31 Feb 2022 00:00:00 +0000", {}},
                    Reading{"NoLeapDay", "Mon, 29 Feb 2021 00:00:00 +0000", {}},
                    Reading{"DayZero", "Thu, 00 Apr 2022 00:00:00 +0000", {}},
                    Reading{"ThreeDigitDay", "Wed, 020 Apr 2022 23:45:25 +0000", {}},
                    Reading{"HourTooLarge", "Wed, 20 Apr 2022 24:00:00 +0000", {}},
                    Reading{"MinuteTooLarge", "Wed, 20 Apr 2022 23:60:00 +0000", {}},
                    Reading{"SecondTooLarge", "Wed, 20 Apr 2022 23:45:61 +0000", {}},
                    Reading{"NoSeconds", "Wed, 20 Apr 2022 23:45 +0000", {}},
                    Reading{"Fraction", "Wed, 20 Apr 2022 23:45:25.5 +0000", {}},
                    Reading{"OneDigitHour", "Wed, 20 Apr 2022 3:45:25 +0000", {}},
                    Reading{"OldHttpDate", "Wednesday, 20-Apr-22 23:45:25 GMT", {}},
                    Reading{"Asctime", "Wed Apr 20 23:45:25 2022", {}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Years, Rfc2822,
    testing::Values(Reading{"First", "Mon, 01 Jan 0001 00:00:00 +0000", k_first},
                    Reading{"Last", "Fri, 31 Dec 9999 23:59:59 +0000",
                            Time{seconds{253'402'300'799}}},
                    Reading{"Zero", "Fri, 31 Dec 0000 23:59:59 +0000", {}},
                    Reading{"BeforeTheFirstByZone", "Mon, 01 Jan 0001 00:00:00 +0001", {}},
                    Reading{"AfterTheLastByZone", "Fri, 31 Dec 9999 23:59:59 -0001", {}}),
    name_of);

TEST(HttpDate, IsWrittenAsTheStandardSays) {
    EXPECT_EQ(format_http_date(k_time), "Wed, 20 Apr 2022 23:45:25 GMT");
    EXPECT_EQ(format_http_date(Time{seconds{784'111'777}}), "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_http_date(Time{seconds{1'709'251'199}}), "Thu, 29 Feb 2024 23:59:59 GMT");
    EXPECT_EQ(format_http_date(k_first), "Mon, 01 Jan 0001 00:00:00 GMT");
    EXPECT_EQ(format_http_date(k_last), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(HttpDate, IsCutToWholeSecondsAlsoBeforeTheEpoch) {
    EXPECT_EQ(format_http_date(k_time + microseconds{999'999}), "Wed, 20 Apr 2022 23:45:25 GMT");
    EXPECT_EQ(format_http_date(Time{microseconds{-1}}), "Wed, 31 Dec 1969 23:59:59 GMT");
}

/// As Twilio writes it.
std::string with_zone_in_digits(Time time) {
    const std::string date = format_http_date(time);
    return date.substr(0, date.size() - std::string_view{"GMT"}.size()) + "+0000";
}

RC_GTEST_PROP(Rfc2822, RoundTripsToTheSecond, ()) {
    const Time time = *times();
    RC_ASSERT(parse_rfc2822(format_http_date(time)) == std::chrono::floor<seconds>(time));
    RC_ASSERT(parse_rfc2822(with_zone_in_digits(time)) == std::chrono::floor<seconds>(time));
}

RC_GTEST_PROP(Rfc2822, IsNothingWhenCutShort, ()) {
    const Time time = *times();
    const std::string text =
        *rc::gen::arbitrary<bool>() ? format_http_date(time) : with_zone_in_digits(time);
    RC_ASSERT(!parse_rfc2822(text.substr(0, *rc::gen::inRange<std::size_t>(0, text.size()))));
}

RC_GTEST_PROP(Rfc2822, IsNothingWithMoreBehindIt, (const std::string& more)) {
    RC_PRE(!more.empty());
    const Time time = *times();
    RC_ASSERT(!parse_rfc2822(format_http_date(time) + more));
    RC_ASSERT(!parse_rfc2822(with_zone_in_digits(time) + more));
}

class Iso8601 : public testing::TestWithParam<Reading> {};

TEST_P(Iso8601, Reads) {
    EXPECT_EQ(parse_iso8601(GetParam().text), GetParam().expected) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Good, Iso8601,
    testing::Values(
        Reading{"Rfc3339", "2022-04-20T23:45:25Z", k_time},
        Reading{"PostgresUtc", "2022-04-20 23:45:25+00", k_time},
        Reading{"PostgresEast", "2022-04-21 02:45:25+03", k_time},
        Reading{"PostgresHalfHour", "2022-04-21 05:15:25+05:30", k_time},
        Reading{"PostgresWestHalfHour", "2022-04-20 20:15:25-03:30", k_time},
        Reading{"PostgresFraction", "2022-04-20 23:45:25.4+00", k_time + microseconds{400'000}},
        Reading{"BlankAndZ", "2022-04-20 23:45:25Z", k_time},
        Reading{"OffsetWithT", "2022-04-21T02:45:25+03:00", k_time},
        Reading{"UnknownOffset", "2022-04-20T23:45:25-00:00", k_time},
        Reading{"Milliseconds", "2022-04-20T23:45:25.123Z", k_time + microseconds{123'000}},
        Reading{"Microseconds", "2022-04-20T23:45:25.000001Z", k_time + microseconds{1}},
        Reading{"NanosecondsAreCut", "2022-04-20T23:45:25.123456999Z",
                k_time + microseconds{123'456}},
        Reading{"ManyDigitsAreCut", "2022-04-20T23:45:25." + std::string(500, '9') + "Z",
                k_time + microseconds{999'999}},
        Reading{"LeapDay", "2020-02-29T00:00:00Z", Time{seconds{1'582'934'400}}},
        Reading{"CenturyLeapDay", "2000-02-29T00:00:00Z", Time{seconds{951'782'400}}},
        Reading{"LeapSecond", "2016-12-31T23:59:60Z", Time{seconds{1'483'228'800}}},
        Reading{"BeforeTheEpoch", "1969-12-31T23:59:59.5Z", Time{microseconds{-500'000}}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Bad, Iso8601,
    testing::Values(Reading{"Empty", "", {}}, Reading{"Infinity", "infinity", {}},
                    Reading{"Rfc2822", "Wed, 20 Apr 2022 23:45:25 +0000", {}},
                    Reading{"NoZone", "2022-04-20 23:45:25", {}},
                    Reading{"DateOnly", "2022-04-20", {}},
                    Reading{"NoSeconds", "2022-04-20T23:45Z", {}},
                    Reading{"TrailingBlank", "2022-04-20T23:45:25Z ", {}},
                    Reading{"TrailingGarbage", "2022-04-20T23:45:25Zulu", {}},
                    Reading{"TrailingNul", std::string{"2022-04-20T23:45:25Z\0", 21}, {}},
                    Reading{"LeadingBlank", " 2022-04-20T23:45:25Z", {}},
                    Reading{"BeforeChrist", "0044-03-15 12:00:00+00 BC", {}},
                    Reading{"NoSeparator", "2022-04-2023:45:25Z", {}},
                    Reading{"TwoBlanks", "2022-04-20  23:45:25Z", {}},
                    Reading{"OtherSeparator", "2022-04-20_23:45:25Z", {}},
                    Reading{"Slashes", "2022/04/20T23:45:25Z", {}},
                    Reading{"Basic", "20220420T234525Z", {}},
                    Reading{"OneDigits", "2022-4-2T3:4:5Z", {}},
                    Reading{"SignedYear", "+2022-04-20T23:45:25Z", {}},
                    Reading{"NegativeYear", "-022-04-20T23:45:25Z", {}},
                    Reading{"MonthZero", "2022-00-20T23:45:25Z", {}},
                    Reading{"MonthThirteen", "2022-13-20T23:45:25Z", {}},
                    Reading{"DayZero", "2022-04-00T23:45:25Z", {}},
                    Reading{"NoSuchDay", "2022-04-31T23:45:25Z", {}},
                    Reading{"NoLeapDay", "1900-02-29T00:00:00Z", {}},
                    Reading{"HourTooLarge", "2022-04-20T24:00:00Z", {}},
                    Reading{"MinuteTooLarge", "2022-04-20T23:60:25Z", {}},
                    Reading{"SecondTooLarge", "2022-04-20T23:45:61Z", {}},
                    Reading{"NegativeHour", "2022-04-20T-3:45:25Z", {}},
                    Reading{"PointWithoutFraction", "2022-04-20T23:45:25.Z", {}},
                    Reading{"CommaFraction", "2022-04-20T23:45:25,5Z", {}},
                    Reading{"TwoFractions", "2022-04-20T23:45:25.5.5Z", {}},
                    Reading{"OneDigitOffset", "2022-04-20 23:45:25+3", {}},
                    Reading{"OffsetWithoutColon", "2022-04-20 23:45:25+0300", {}},
                    Reading{"OffsetWithSeconds", "2022-04-20 23:45:25+02:20:54", {}},
                    Reading{"OffsetWithoutMinutes", "2022-04-20 23:45:25+02:", {}},
                    Reading{"OffsetBeyondADay", "2022-04-20 23:45:25+24", {}},
                    Reading{"OffsetMinutesBeyondAnHour", "2022-04-20 23:45:25+02:60", {}},
                    Reading{"ArabicDigits", "\xD9\xA2\xD9\xA0\x32\x32-04-20T23:45:25Z", {}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Years, Iso8601,
    testing::Values(Reading{"First", "0001-01-01T00:00:00Z", k_first},
                    Reading{"Last", "9999-12-31T23:59:59.999999Z", k_last},
                    Reading{"Zero", "0000-12-31T23:59:59Z", {}},
                    Reading{"TenThousand", "10000-01-01T00:00:00Z", {}},
                    Reading{"BeforeTheFirstByZone", "0001-01-01T00:00:00+00:01", {}},
                    Reading{"AfterTheLastByZone", "9999-12-31T23:59:59-00:01", {}},
                    Reading{"AfterTheLastByLeapSecond", "9999-12-31T23:59:60Z", {}}),
    name_of);

TEST(Iso8601, IsWrittenWithAsManyFractionDigitsAsNeeded) {
    EXPECT_EQ(format_iso8601(k_time), "2022-04-20T23:45:25Z");
    EXPECT_EQ(format_iso8601(k_time + microseconds{500'000}), "2022-04-20T23:45:25.500Z");
    EXPECT_EQ(format_iso8601(k_time + microseconds{1'000}), "2022-04-20T23:45:25.001Z");
    EXPECT_EQ(format_iso8601(k_time + microseconds{1}), "2022-04-20T23:45:25.000001Z");
    EXPECT_EQ(format_iso8601(Time{microseconds{-1}}), "1969-12-31T23:59:59.999999Z");
}

RC_GTEST_PROP(Iso8601, RoundTripsToTheMicrosecond, ()) {
    const Time time = *times();
    RC_ASSERT(parse_iso8601(format_iso8601(time)) == time);
}

RC_GTEST_PROP(Iso8601, RoundTripsWholeSecondsAndMilliseconds, ()) {
    const Time time = *times();
    const auto whole = std::chrono::floor<seconds>(time);
    const auto millis = std::chrono::floor<std::chrono::milliseconds>(time);
    RC_ASSERT(parse_iso8601(format_iso8601(whole)) == whole);
    RC_ASSERT(parse_iso8601(format_iso8601(millis)) == millis);
}

RC_GTEST_PROP(Iso8601, SaysTheSameTimeInEveryZone, ()) {
    const Time time = *rc::gen::suchThat(times(), [](Time t) {
        return t > k_first + std::chrono::hours{24} && t < k_last - std::chrono::hours{24};
    });
    const int offset = *rc::gen::inRange(-1'439, 1'440);
    std::string text = format_iso8601(time + std::chrono::minutes{offset});
    const std::string minutes = std::to_string(100 + std::abs(offset) % 60).substr(1);
    const std::string hours = std::to_string(100 + std::abs(offset) / 60).substr(1);
    text.back() = offset < 0 ? '-' : '+';
    text += hours + ":" + minutes;
    RC_ASSERT(parse_iso8601(text) == time);
}

RC_GTEST_PROP(Iso8601, IsNothingWhenCutShort, ()) {
    const std::string text = format_iso8601(*times());
    RC_ASSERT(!parse_iso8601(text.substr(0, *rc::gen::inRange<std::size_t>(0, text.size()))));
}

RC_GTEST_PROP(Iso8601, IsNothingWithMoreBehindIt, (const std::string& more)) {
    RC_PRE(!more.empty());
    RC_ASSERT(!parse_iso8601(format_iso8601(*times()) + more));
}

// One changed byte may still be a time, but then one that is written in that very form.
RC_GTEST_PROP(Iso8601, IsNothingOrATimeAfterOneByteChanged, (char byte)) {
    std::string text = format_iso8601(*times());
    text[*rc::gen::inRange<std::size_t>(0, text.size())] = byte;
    const auto time = parse_iso8601(text);
    RC_ASSERT((!time || (*time >= k_first && *time <= k_last)));
}

TEST(Date, IsYearMonthDay) {
    EXPECT_EQ(format_date(k_time), "2022-04-20");
    EXPECT_EQ(format_date(k_first), "0001-01-01");
    EXPECT_EQ(format_date(k_last), "9999-12-31");
    EXPECT_EQ(format_date(Time{microseconds{-1}}), "1969-12-31");
}

// A locale that writes numbers in groups of one digit, as a host program may have set globally.
struct StrangeNumbers : std::numpunct<char> {
    [[nodiscard]] char do_thousands_sep() const override { return ','; }
    [[nodiscard]] char do_decimal_point() const override { return ';'; }
    [[nodiscard]] std::string do_grouping() const override { return "\1"; }
};

TEST(Time, DoesNotDependOnTheGlobalLocale) {
    const std::locale before =
        std::locale::global(std::locale{std::locale::classic(), new StrangeNumbers});
    const Time time = k_time + microseconds{123'456};
    EXPECT_EQ(format_iso8601(time), "2022-04-20T23:45:25.123456Z");
    EXPECT_EQ(format_http_date(time), "Wed, 20 Apr 2022 23:45:25 GMT");
    EXPECT_EQ(parse_iso8601("2022-04-20T23:45:25.123456Z"), time);
    EXPECT_EQ(parse_rfc2822("Wed, 20 Apr 2022 23:45:25 +0000"), k_time);
    std::locale::global(before);
}

} // namespace
} // namespace callctl::base
