#include "base/text.hpp"
#include "twilio/masked_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace callctl::twilio {
namespace {

struct MaskCase {
    const char* name;
    std::string text;
    std::string masked;
};

class MaskedText : public testing::TestWithParam<MaskCase> {};

TEST_P(MaskedText, IsFitForALogLine) {
    EXPECT_EQ(masked_text(GetParam().text), GetParam().masked);
}

INSTANTIATE_TEST_SUITE_P(
    Table, MaskedText,
    testing::Values(
        MaskCase{"Empty", "", ""}, MaskCase{"Words", "Too Many Requests", "Too Many Requests"},
        MaskCase{"International", "number +972501234567 is bad",
                 "number " + base::mask_phone("+972501234567") + " is bad"},
        MaskCase{"Grouped", "to +1 (415) 867-5309.",
                 "to +" + base::mask_phone("1 (415) 867-5309") + "."},
        MaskCase{"Dotted", "415.867.5309", base::mask_phone("415.867.5309")},
        MaskCase{"InAUrl", "https://x/?From=%2B14158675309&a=1",
                 "https://x/?From=%2B" + base::mask_phone("14158675309") + "&a=1"},
        MaskCase{"BesideLetters", "tel14158675309x", "tel" + base::mask_phone("14158675309") + "x"},
        MaskCase{"ShortNumbers", "code 21220, 400 of 1000", "code 21220, 400 of 1000"},
        MaskCase{"ResourcePath",
                 "The requested resource /2010-04-01/Accounts/AC01234567890123456789012345678901/"
                 "Calls/CA01234567890123456789012345678901.json was not found",
                 "The requested resource /2010-04-01/Accounts/AC01234567890123456789012345678901/"
                 "Calls/CA01234567890123456789012345678901.json was not found"},
        MaskCase{"LooksLikeASid", "aa01234567890123456789012345678901",
                 "aa" + base::mask_phone("01234567890123456789012345678901")},
        MaskCase{"LongerThanASid", "AC0123456789012345678901234567890123",
                 "AC" + base::mask_phone("0123456789012345678901234567890123")},
        MaskCase{"InsideAWord", "xAC01234567890123456789012345678901",
                 "xAC" + base::mask_phone("01234567890123456789012345678901")},
        MaskCase{"ControlCharacters",
                 "a\nb\tc\x7F"
                 "d",
                 "a b cd"},
        MaskCase{"NotUtf8",
                 "a\xFF"
                 "b",
                 "a\xEF\xBF\xBD"
                 "b"}),
    [](const auto& row) { return row.param.name; });

TEST(MaskedTextOf, NumbersOfAnyLengthKeepsNoneWhole) {
    for (std::size_t digits = 7; digits <= 20; ++digits) {
        const std::string number(digits, '7');
        const std::string masked = masked_text("call " + number + " now");
        EXPECT_EQ(masked.find(number), std::string::npos) << digits;
    }
}

} // namespace
} // namespace callctl::twilio
