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
                    FormCase{"PercentAloneStays",
                             "a=%&b=%4&c=%4g&d=%-1&%zz=1",
                             {{"a", "%"}, {"b", "%4"}, {"c", "%4g"}, {"d", "%-1"}, {"%zz", "1"}}},
                    FormCase{"Hebrew", "FromCity=%D7%97%D7%99%D7%A4%D7%94", {{"FromCity", "חיפה"}}},
                    FormCase{"RawUtf8", "año=2023", {{"año", "2023"}}},
                    FormCase{"ReplacementCharacter", "a=%EF%BF%BD", {{"a", "\xEF\xBF\xBD"}}}),
    [](const auto& row) { return row.param.name; });

std::string fields(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += "f=" + std::to_string(i) + '&';
    }
    return text;
}

TEST(Form, IsMadeOfTextThatCanBeStored) {
    for (const auto text : {"a=x%00y"sv, "a=x\0y"sv, "a=x%E9y"sv}) {
        EXPECT_EQ(parsed(text), (Form{{"a", "x\xEF\xBF\xBDy"}})) << text;
    }
    EXPECT_EQ(parsed("%E9=1"), (Form{{"\xEF\xBF\xBD", "1"}}));
    for (const auto text : {"a=%C0%AF"sv, "a=%ED%A0%80"sv, "a=%D7"sv}) { // overlong, half, cut
        EXPECT_EQ(parsed(text).at(0).second.substr(0, 3), "\xEF\xBF\xBD") << text;
    }
}

TEST(Form, IsAsItWasSentBeforeThat) {
    const std::string value(k_max_field_value + 1, 'v');
    EXPECT_EQ(fields_as_sent("caf%E9=x%00y&a=" + value + "&b=%"),
              (Form{{"caf\xE9", std::string{"x\0y", 3}}, {"a", value}, {"b", "%"}}));
    EXPECT_EQ(fields_as_sent(fields(k_max_form_fields + 1)).size(), k_max_form_fields + 1);
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
    const Form cut = parsed(name + "n=" + value + 'v');
    EXPECT_EQ(cut.at(0).first, std::string(k_max_field_name - 3, 'n') + "\u2026");
    EXPECT_EQ(cut.at(0).second, std::string(k_max_field_value - 3, 'v') + "\u2026");
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
