#include "base/http.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace callctl::base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(FindHeader, DoesNotCareAboutCase) {
    const std::vector<HttpHeader> headers{{"Content-Type", "audio/x-wav"}, {"RETRY-AFTER", "2"}};
    EXPECT_EQ(find_header(headers, "content-type"), "audio/x-wav");
    EXPECT_EQ(find_header(headers, "CONTENT-TYPE"), "audio/x-wav");
    EXPECT_EQ(find_header(headers, "Retry-After"), "2");
}

TEST(FindHeader, TakesTheFirstOfSeveral) {
    const std::vector<HttpHeader> headers{{"a", "1"}, {"A", "2"}};
    EXPECT_EQ(find_header(headers, "A"), "1");
}

TEST(FindHeader, IsEmptyWhenThereIsNone) {
    EXPECT_EQ(find_header({}, "date"), "");
    const std::vector<HttpHeader> headers{{"date", "x"}, {"empty", ""}};
    EXPECT_EQ(find_header(headers, "dat"), "");
    EXPECT_EQ(find_header(headers, "dates"), "");
    EXPECT_EQ(find_header(headers, ""), "");
    EXPECT_EQ(find_header(headers, "empty"), "");
}

TEST(FindHeader, TellsCharactersApartThatDifferInTheCaseBitOnly) {
    const std::vector<HttpHeader> headers{{"a@", "1"}, {"a[", "2"}};
    EXPECT_EQ(find_header(headers, "a`"), "");
    EXPECT_EQ(find_header(headers, "a{"), "");
}

struct Wait {
    std::string name;
    std::vector<HttpHeader> headers;
    std::optional<milliseconds> expected;
};

class RetryAfter : public testing::TestWithParam<Wait> {};

TEST_P(RetryAfter, Reads) {
    EXPECT_EQ(retry_after(GetParam().headers), GetParam().expected);
}

std::string name_of(const testing::TestParamInfo<Wait>& info) {
    return info.param.name;
}

const HttpHeader k_date{"Date", "Wed, 20 Apr 2022 23:45:25 GMT"};
constexpr hours k_day{24};

INSTANTIATE_TEST_SUITE_P(
    Seconds, RetryAfter,
    testing::Values(Wait{"Whole", {{"Retry-After", "2"}}, seconds{2}},
                    Wait{"AnyCase", {{"retry-after", "2"}}, seconds{2}},
                    Wait{"Zero", {{"Retry-After", "0"}}, {}},
                    Wait{"Fraction", {{"Retry-After", "0.25"}}, milliseconds{250}},
                    Wait{"RoundedUp", {{"Retry-After", "0.0001"}}, milliseconds{1}},
                    Wait{"ADay", {{"Retry-After", "86400"}}, k_day}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Milliseconds, RetryAfter,
    testing::Values(
        Wait{"Whole", {{"retry-after-ms", "250"}}, milliseconds{250}},
        Wait{"RoundedUp", {{"retry-after-ms", "250.5"}}, milliseconds{251}},
        Wait{"BeforeSeconds", {{"Retry-After", "9"}, {"Retry-After-Ms", "250"}}, milliseconds{250}},
        Wait{"SecondsWhenSenseless",
             {{"Retry-After", "9"}, {"retry-after-ms", "soon"}},
             seconds{9}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Dates, RetryAfter,
    testing::Values(
        Wait{"Later", {{"Retry-After", "Wed, 20 Apr 2022 23:46:25 GMT"}, k_date}, seconds{60}},
        Wait{"Now", {{"Retry-After", "Wed, 20 Apr 2022 23:45:25 GMT"}, k_date}, {}},
        Wait{"Past", {{"Retry-After", "Wed, 20 Apr 2022 23:45:24 GMT"}, k_date}, {}},
        Wait{"FarOff", {{"Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"}, k_date}, k_day},
        Wait{"WithoutDate", {{"Retry-After", "Wed, 20 Apr 2022 23:46:25 GMT"}}, {}},
        Wait{"WithBadDate",
             {{"Retry-After", "Wed, 20 Apr 2022 23:46:25 GMT"}, {"Date", "today"}},
             {}}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Huge, RetryAfter,
    testing::Values(Wait{"BeyondADay", {{"Retry-After", "86401"}}, k_day},
                    Wait{"BeyondInt64", {{"Retry-After", "99999999999999999999"}}, k_day},
                    Wait{"LargestDouble", {{"Retry-After", "1e308"}}, k_day},
                    Wait{"BeyondDouble", {{"Retry-After", "1e400"}}, {}},
                    Wait{"MillisecondsToo", {{"retry-after-ms", "1e18"}}, k_day}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Senseless, RetryAfter,
    testing::Values(Wait{"Absent", {}, {}}, Wait{"OnlyDate", {k_date}, {}},
                    Wait{"Empty", {{"Retry-After", ""}}, {}},
                    Wait{"Negative", {{"Retry-After", "-1"}}, {}},
                    Wait{"NegativeMilliseconds", {{"retry-after-ms", "-250"}}, {}},
                    Wait{"NotANumber", {{"Retry-After", "nan"}}, {}},
                    Wait{"Infinite", {{"Retry-After", "inf"}}, {}},
                    Wait{"Word", {{"Retry-After", "soon"}}, {}},
                    Wait{"Unit", {{"Retry-After", "5s"}}, {}},
                    Wait{"Hexadecimal", {{"Retry-After", "0x10"}}, {}},
                    Wait{"Plus", {{"Retry-After", "+5"}}, {}},
                    Wait{"Nul", {{"Retry-After", std::string{"5\0", 2}}}, {}}),
    name_of);

RC_GTEST_PROP(RetryAfterLimits, HoldForEveryText, (const std::string& text)) {
    for (const char* name : {"Retry-After", "retry-after-ms"}) {
        const auto wait = retry_after({{name, text}, k_date});
        RC_ASSERT((!wait || (*wait >= milliseconds{0} && *wait <= k_day)));
    }
}

TEST(PercentEncode, KeepsOnlyUnreservedCharacters) {
    EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
    EXPECT_EQ(percent_encode(""), "");
    EXPECT_EQ(percent_encode("a b+c&d=e/f%"), "a%20b%2Bc%26d%3De%2Ff%25");
    EXPECT_EQ(percent_encode("StartTime>"), "StartTime%3E");
}

TEST(PercentEncode, WritesBytesInUpperCaseHex) {
    EXPECT_EQ(percent_encode("\xD7\xA9"), "%D7%A9");
    EXPECT_EQ(percent_encode(std::string_view{"\0\n\x7F\xFF", 4}), "%00%0A%7F%FF");
}

RC_GTEST_PROP(PercentEncode, LosesNothing, (const std::string& text)) {
    const std::string encoded = percent_encode(text);
    std::string decoded;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        if (encoded[i] == '%') {
            decoded += static_cast<char>(std::stoi(encoded.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            decoded += encoded[i];
        }
    }
    RC_ASSERT(decoded == text);
}

struct Shown {
    std::string name;
    std::string url;
    std::string expected;
};

class PrintableUrl : public testing::TestWithParam<Shown> {};

TEST_P(PrintableUrl, Shows) {
    EXPECT_EQ(printable_url(GetParam().url), GetParam().expected);
}

std::string name_of_shown(const testing::TestParamInfo<Shown>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(
    Harmless, PrintableUrl,
    testing::Values(Shown{"Plain", "https://api.twilio.com/2010", "https://api.twilio.com/2010"},
                    Shown{"Port", "http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"},
                    Shown{"Ipv6", "http://[::1]:8080/a", "http://[::1]:8080/a"},
                    Shown{"Ipv6WithoutPort", "http://[fe80::1]/a", "http://[fe80::1]/a"},
                    Shown{"HostOnly", "https://host", "https://host"},
                    Shown{"AtInPath", "https://host/a@b:c", "https://host/a@b:c"},
                    Shown{"UrlInPath", "https://host/to/http://x/", "https://host/to/http://x/"},
                    Shown{"NoScheme", "localhost:8080/a", "localhost:8080/a"},
                    Shown{"PathOnly", "/webhook/incoming_call", "/webhook/incoming_call"},
                    Shown{"SchemeOnly", "https://", "https://"}, Shown{"Empty", "", ""}),
    name_of_shown);

INSTANTIATE_TEST_SUITE_P(
    QueryAndFragment, PrintableUrl,
    testing::Values(Shown{"Query", "https://host/a?token=s", "https://host/a"},
                    Shown{"Fragment", "https://host/a#rc=3&rp=all", "https://host/a"},
                    Shown{"Both", "https://host/a#f?q", "https://host/a"},
                    Shown{"NoPath", "https://host?token=s", "https://host"},
                    Shown{"AtInQuery", "https://host?mail=a@b", "https://host"},
                    Shown{"UrlInQuery", "host/a?to=https://u:p@h", "host/a"},
                    Shown{"PathOnly", "/webhook?token=s", "/webhook"}),
    name_of_shown);

INSTANTIATE_TEST_SUITE_P(
    Credentials, PrintableUrl,
    testing::Values(Shown{"UserAndPassword", "https://user:pass@host/a", "https://host/a"},
                    Shown{"UserOnly", "https://user@host/a", "https://host/a"},
                    Shown{"PasswordOnly", "redis://:pass@host:6379/0", "redis://host:6379/0"},
                    Shown{"AtInPassword", "https://user:p@ss@host/a", "https://host/a"},
                    Shown{"AtInPathToo", "https://user:pass@host/a@b", "https://host/a@b"},
                    Shown{"Ipv6", "http://user:pass@[::1]:80/a", "http://[::1]:80/a"},
                    Shown{"PlusInScheme", "postgresql+asyncpg://u:pass@host/db",
                          "postgresql+asyncpg://host/db"},
                    Shown{"NoScheme", "user:pass@host/a", "host/a"},
                    Shown{"NoSchemeAndUrlInPath", "user:pass@host/to/http://x", "host/to/http://x"},
                    Shown{"OneSlash", "https:/user:pass@host/a", "***"},
                    Shown{"NoSlashes", "https:user:pass@host/a", "host/a"}),
    name_of_shown);

// RFC 3986 ends the authority at the first of these, so the password looks like a port.
INSTANTIATE_TEST_SUITE_P(
    UnencodedPasswords, PrintableUrl,
    testing::Values(Shown{"Slash", "https://user:pa/ss@host/a", "https://***"},
                    Shown{"SlashBehindDigits", "https://user:12/ss@host/a", "https://***"},
                    Shown{"Brackets", "https://user:pa[s]/s@host/a", "https://***"},
                    Shown{"BracketsInFront", "https://[user:p]/s@host/a", "https://***"},
                    Shown{"QuestionBehindDigits", "https://user:12?s@host/a", "https://***"},
                    Shown{"Question", "https://user:pa?ss@host/a", "https://***"},
                    Shown{"Hash", "https://user:pa#ss@host/a", "https://***"},
                    Shown{"NoScheme", "user:pa/ss@host/a", "***"},
                    Shown{"UrlBehindIt", "user:pa#ss://x@host/a", "***"}),
    name_of_shown);

RC_GTEST_PROP(PrintableUrlOfAnyText, HasNeitherQueryNorFragment, (const std::string& text)) {
    RC_ASSERT(printable_url(text).find_first_of("?#") == std::string::npos);
    RC_ASSERT(printable_url("https://" + text).find_first_of("?#") == std::string::npos);
}

RC_GTEST_PROP(PrintableUrlOfAnyText, NeverShowsAnEncodedPassword, (const std::string& password)) {
    RC_ASSERT(printable_url("https://user:" + percent_encode(password) + "@host/a") ==
              "https://host/a");
}

TEST(HttpRequest, DefaultsToAGetThatLeaksNothing) {
    const HttpRequest request;
    EXPECT_EQ(request.method, "GET");
    EXPECT_EQ(request.redirects, Redirects::refuse);
    EXPECT_TRUE(std::holds_alternative<NoAuth>(request.auth));
    EXPECT_EQ(request.timeout, seconds{30});
    EXPECT_EQ(request.max_response_bytes, std::size_t{8} * 1024 * 1024);
}

TEST(HostOf, IsHostAndPortAlone) {
    EXPECT_EQ(host_of("https://api.openai.com/v1"), "api.openai.com");
    EXPECT_EQ(host_of("http://127.0.0.1:8000"), "127.0.0.1:8000");
    EXPECT_EQ(host_of("http://[::1]:8000/v1?key=x"), "[::1]:8000");
    EXPECT_EQ(host_of("https://user:secret@ai.example.com/v1"), "ai.example.com");
}

} // namespace
} // namespace callctl::base
