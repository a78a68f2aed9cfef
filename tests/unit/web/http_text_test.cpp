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

} // namespace
} // namespace callctl::web
