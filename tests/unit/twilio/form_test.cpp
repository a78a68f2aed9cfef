#include "twilio/form.hpp"

#include <gtest/gtest.h>

#include <string>

namespace callctl::twilio {
namespace {

using namespace std::string_view_literals;

Form parsed(std::string_view text) {
    auto form = parse_form(text);
    EXPECT_TRUE(form) << form.error().message;
    return form.value_or(Form{{"not", "parsed"}});
}

struct FormCase {
    const char* name;
    std::string_view text;
    Form form;
};

class FormText : public testing::TestWithParam<FormCase> {};

TEST_P(FormText, IsDecoded) {
    EXPECT_EQ(parsed(GetParam().text), GetParam().form);
}

INSTANTIATE_TEST_SUITE_P(
    Form, FormText,
    testing::Values(FormCase{"Empty", "", {}},
                    FormCase{"OneField", "CallSid=CA1", {{"CallSid", "CA1"}}},
                    FormCase{"PlusIsSpace", "a=b+c&d=%20", {{"a", "b c"}, {"d", " "}}},
                    FormCase{"EncodedPlusStays", "From=%2B1415", {{"From", "+1415"}}},
                    FormCase{"HexOfEitherCase", "a=%2b%2B", {{"a", "++"}}},
                    FormCase{"EmptyValuesStay", "a=&b&c=1", {{"a", ""}, {"b", ""}, {"c", "1"}}},
                    FormCase{"EmptyNamesStay", "=1&=", {{"", "1"}, {"", ""}}},
                    FormCase{"EmptyPairsGo", "&&a=1&&b=2&", {{"a", "1"}, {"b", "2"}}},
                    FormCase{"NamesRepeatInOrder", "a=2&a=1", {{"a", "2"}, {"a", "1"}}},
                    FormCase{"OnlyTheFirstEqualsSignSeparates", "a=b=c", {{"a", "b=c"}}},
                    FormCase{"NamesAreDecoded", "a%20b%3D=1", {{"a b=", "1"}}},
                    FormCase{"BlanksAreKept", "a=%20x%20&b=+y+", {{"a", " x "}, {"b", " y "}}},
                    FormCase{"Hebrew", "FromCity=%D7%97%D7%99%D7%A4%D7%94", {{"FromCity", "חיפה"}}},
                    FormCase{"RawUtf8", "año=2023", {{"año", "2023"}}},
                    FormCase{"ReplacementCharacter", "a=%EF%BF%BD", {{"a", "\xEF\xBF\xBD"}}}),
    [](const auto& row) { return row.param.name; });

struct BadFormCase {
    const char* name;
    std::string_view text;
    const char* message;
};

class BadFormText : public testing::TestWithParam<BadFormCase> {};

TEST_P(BadFormText, IsRefused) {
    const auto form = parse_form(GetParam().text);
    ASSERT_FALSE(form);
    EXPECT_EQ(form.error().kind, base::ErrorKind::invalid_input);
    EXPECT_EQ(form.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Form, BadFormText,
    testing::Values(
        BadFormCase{"PercentAlone", "a=%", "form field 1 has a % without two hex digits"},
        BadFormCase{"PercentWithOneDigit", "b=1&a=%4",
                    "form field 2 has a % without two hex digits"},
        BadFormCase{"PercentWithOtherLetters", "a=%4g",
                    "form field 1 has a % without two hex digits"},
        BadFormCase{"PercentWithSign", "a=%-1", "form field 1 has a % without two hex digits"},
        BadFormCase{"PercentInName", "%zz=1", "form field 1 has a % without two hex digits"},
        BadFormCase{"EncodedNul", "a=x%00y", "form field 1 is not UTF-8 text"},
        BadFormCase{"RawNul", "a=x\0y"sv, "form field 1 is not UTF-8 text"},
        BadFormCase{"Latin1", "a=%E9", "form field 1 is not UTF-8 text"},
        BadFormCase{"LatinName", "%E9=1", "form field 1 is not UTF-8 text"},
        BadFormCase{"OverlongSlash", "a=%C0%AF", "form field 1 is not UTF-8 text"},
        BadFormCase{"Surrogate", "a=%ED%A0%80", "form field 1 is not UTF-8 text"},
        BadFormCase{"CutCharacter", "a=%D7", "form field 1 is not UTF-8 text"}),
    [](const auto& row) { return row.param.name; });

std::string fields(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += "f=" + std::to_string(i) + '&';
    }
    return text;
}

TEST(Form, IsToldByItsContentTypeWhateverTheParameters) {
    for (const char* const type :
         {"application/x-www-form-urlencoded", "Application/X-WWW-Form-URLencoded;charset=UTF-8",
          "application/x-www-form-urlencoded ; charset=UTF-8",
          "application/x-www-form-urlencoded\t"}) {
        EXPECT_TRUE(is_form_type(type)) << type;
    }
    for (const char* const type : {"", "application/json", "application/x-www-form-urlencoded2",
                                   "multipart/form-data; x=application/x-www-form-urlencoded"}) {
        EXPECT_FALSE(is_form_type(type)) << type;
    }
}

TEST(Form, HasAtMostFiveHundredFields) {
    EXPECT_EQ(parsed(fields(k_max_form_fields)).size(), k_max_form_fields);
    const auto form = parse_form(fields(k_max_form_fields + 1));
    ASSERT_FALSE(form);
    EXPECT_EQ(form.error().kind, base::ErrorKind::invalid_input);
    EXPECT_EQ(form.error().message, "form has more than 500 fields");
}

TEST(Form, HasNamesAndValuesOfBoundedLength) {
    const std::string name(k_max_field_name, 'n');
    const std::string value(k_max_field_value, 'v');
    EXPECT_EQ(parsed(name + '=' + value), (Form{{name, value}}));
    std::string encoded;
    for (std::size_t i = 0; i < k_max_field_name; ++i) {
        encoded += "%6E";
    }
    EXPECT_EQ(parsed(encoded + "=x"), (Form{{name, "x"}}))
        << "it is the decoded length that counts";
    const auto long_name = parse_form("a=b&" + name + "n=x");
    ASSERT_FALSE(long_name);
    EXPECT_EQ(long_name.error().message, "form field 2 has a name of more than 512 bytes");
    const auto long_value = parse_form("a=" + value + "v");
    ASSERT_FALSE(long_value);
    EXPECT_EQ(long_value.error().message, "form field 1 has a value of more than 65536 bytes");
}

TEST(Form, IsEncodedInOrderWithoutPlus) {
    EXPECT_EQ(encode_form({{"b", "x y+z"}, {"a>", ""}, {"b", "ü&="}}),
              "b=x%20y%2Bz&a%3E=&b=%C3%BC%26%3D");
    EXPECT_EQ(encode_form({}), "");
}

TEST(Form, IsWhatItWasAfterEncodingAndDecoding) {
    const Form form{{"From", "+14158675309"}, {"", ""}, {"חיפה", "a&b=c%20+#"}, {"From", "x"}};
    EXPECT_EQ(parsed(encode_form(form)), form);
}

TEST(Form, GivesTheFirstValueOfAName) {
    const Form form{{"a", "1"}, {"a", "2"}, {"b", ""}};
    EXPECT_EQ(field(form, "a"), "1");
    EXPECT_EQ(field(form, "b"), "");
    EXPECT_EQ(field(form, "A"), std::nullopt);
}

} // namespace
} // namespace callctl::twilio
