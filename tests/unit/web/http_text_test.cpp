#include "web/http_text.hpp"

#include <gtest/gtest.h>

namespace callctl::web {
namespace {

TEST(HttpText, TokensAreFieldNames) {
    EXPECT_TRUE(is_token("X-Twilio-Signature"));
    EXPECT_TRUE(is_token("a!#$%&'*+-.^_`|~9"));
    for (const auto* text : {"", "a b", "a:b", "a\r\nb", "a\"", "\xd7\x90", "a/b"}) {
        EXPECT_FALSE(is_token(text)) << text;
    }
}

TEST(HttpText, CleanValuesHaveNoControlCharacters) {
    EXPECT_EQ(clean_header_value("/x\r\nSet-Cookie: a=b"), "/xSet-Cookie: a=b");
    EXPECT_EQ(clean_header_value(std::string{"a\0b\x7f\x01", 5}), "ab");
    EXPECT_EQ(clean_header_value("tab\tand \xd7\x90 stay"), "tab\tand \xd7\x90 stay");
}

TEST(HttpText, OriginFormIsPathAndQuery) {
    EXPECT_EQ(origin_form("/a?b=%20#c"), "/a?b=%20#c");
    EXPECT_EQ(origin_form("http://h/a?b"), "/a?b");
    EXPECT_EQ(origin_form("HTTPS://h:1/a"), "/a");
    EXPECT_EQ(origin_form("http://h"), "/");
    EXPECT_EQ(origin_form("http://h?b=1"), "/?b=1");
    EXPECT_EQ(origin_form("http://h?b=/"), "/?b=/");
    for (const auto* text : {"", "*", "h:443", "a", "ftp://h/a", "http:/a"}) {
        EXPECT_FALSE(origin_form(text)) << text;
    }
}

TEST(HttpText, DatesAreThoseOfTheStandard) {
    using std::chrono::sys_seconds;
    EXPECT_EQ(format_http_date(sys_seconds{std::chrono::seconds{784111777}}),
              "Sun, 06 Nov 1994 08:49:37 GMT");
    EXPECT_EQ(format_http_date(sys_seconds{std::chrono::seconds{0}}),
              "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(format_http_date(sys_seconds{std::chrono::seconds{1709251199}}),
              "Thu, 29 Feb 2024 23:59:59 GMT");
}

} // namespace
} // namespace callctl::web
