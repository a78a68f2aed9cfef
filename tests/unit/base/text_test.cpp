#include "base/digest.hpp"
#include "base/exception.hpp"
#include "base/text.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace callctl::base {
namespace {

const std::string k_bad = "\xEF\xBF\xBD"; // U+FFFD
const std::string k_cut = "\xE2\x80\xA6"; // U+2026

std::string times(int count, const std::string& text) {
    std::string out;
    for (int i = 0; i < count; ++i) {
        out += text;
    }
    return out;
}

// Decodes by the arithmetic of RFC 3629, not by the table of the code under test: 0 when the
// front of `text` is no character.
std::size_t decoded_length(std::string_view text) {
    const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xC0 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF8 ? 4
                                              : 0;
    if (length == 0 || length > text.size()) {
        return 0;
    }
    std::uint32_t point = length == 1 ? first : first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) {
            return 0;
        }
        point = point << 6U | (byte(i) & 0x3FU);
    }
    const std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    return point < smallest.at(length) || point > 0x10FFFF || surrogate ? 0 : length;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = decoded_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

// Characters of every length, and every way in which bytes are none.
rc::Gen<std::string> dirty_text() {
    const auto piece = rc::gen::oneOf(
        rc::gen::element<std::string>("a", "\n", "\xD7\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",
                                      std::string{'\0'}, "\x80", "\xBF", "\xC0\x80", "\xE0\x9F\xBF",
                                      "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                      "\xF8\x88\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98"),
        rc::gen::map(rc::gen::arbitrary<char>(), [](char c) { return std::string{c}; }));
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                        [](const std::vector<std::string>& pieces) {
                            std::string text;
                            for (const std::string& each : pieces) {
                                text += each;
                            }
                            return text;
                        });
}

struct Storing {
    std::string name;
    std::string text;
    std::string expected;
};

std::string name_of(const testing::TestParamInfo<Storing>& info) {
    return info.param.name;
}

class StorableText : public testing::TestWithParam<Storing> {};

TEST_P(StorableText, Makes) {
    EXPECT_EQ(storable_text(GetParam().text), GetParam().expected);
}

std::vector<Storing> unchanged() {
    std::vector<Storing> rows{{"Empty", "", {}},
                              {"Ascii", "plain\t\r\n\x01\x7F", {}},
                              {"Hebrew", "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D", {}},
                              {"FirstOfTwo", "\xC2\x80", {}},
                              {"LastOfTwo", "\xDF\xBF", {}},
                              {"FirstOfThree", "\xE0\xA0\x80", {}},
                              {"BeforeSurrogates", "\xED\x9F\xBF", {}},
                              {"AfterSurrogates", "\xEE\x80\x80", {}},
                              {"LastOfThree", "\xEF\xBF\xBF", {}},
                              {"ByteOrderMark", "\xEF\xBB\xBFx", {}},
                              {"FirstOfFour", "\xF0\x90\x80\x80", {}},
                              {"Emoji", "\xF0\x9F\x98\x80", {}},
                              {"LastOfAll", "\xF4\x8F\xBF\xBF", {}}};
    for (Storing& row : rows) {
        row.expected = row.text;
    }
    return rows;
}

INSTANTIATE_TEST_SUITE_P(Unchanged, StorableText, testing::ValuesIn(unchanged()), name_of);

INSTANTIATE_TEST_SUITE_P(
    Malformed, StorableText,
    testing::Values(Storing{"Nul", std::string{"a\0b", 3}, "a" + k_bad + "b"},
                    Storing{"OnlyNul", std::string(3, '\0'), times(3, k_bad)},
                    Storing{"LoneContinuation", "a\x80z", "a" + k_bad + "z"},
                    Storing{"LastContinuation", "\xBF", k_bad},
                    Storing{"ContinuationAfterCharacter", "\xC3\xA9\xA9", "\xC3\xA9" + k_bad},
                    Storing{"OverlongNul", "\xC0\x80", times(2, k_bad)},
                    Storing{"OverlongTwo", "\xC1\xBF", times(2, k_bad)},
                    Storing{"OverlongThree", "\xE0\x80\xAF", times(3, k_bad)},
                    Storing{"OverlongThreeLast", "\xE0\x9F\xBF", times(3, k_bad)},
                    Storing{"OverlongFour", "\xF0\x80\x80\xAF", times(4, k_bad)},
                    Storing{"OverlongFourLast", "\xF0\x8F\xBF\xBF", times(4, k_bad)},
                    Storing{"HighSurrogate", "\xED\xA0\x80", times(3, k_bad)},
                    Storing{"LowSurrogate", "\xED\xBF\xBF", times(3, k_bad)},
                    Storing{"SurrogatePair", "\xED\xA0\xBD\xED\xB8\x80", times(6, k_bad)},
                    Storing{"BeyondUnicode", "\xF4\x90\x80\x80", times(4, k_bad)},
                    Storing{"FarBeyondUnicode", "\xF7\xBF\xBF\xBF", times(4, k_bad)},
                    Storing{"FiveBytes", "\xF8\x88\x80\x80\x80", times(5, k_bad)},
                    Storing{"SixBytes", "\xFC\x84\x80\x80\x80\x80", times(6, k_bad)},
                    Storing{"NeverABeginning", "\xFE\xFF", times(2, k_bad)},
                    Storing{"Latin1", "caf\xE9 au", "caf" + k_bad + " au"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Truncated, StorableText,
    testing::Values(Storing{"OneOfTwo", "\xC3", k_bad}, Storing{"OneOfThree", "\xE2", k_bad},
                    Storing{"TwoOfThree", "\xE2\x82", times(2, k_bad)},
                    Storing{"ThreeOfFour", "\xF0\x9F\x98", times(3, k_bad)},
                    Storing{"OneOfTwoInside", "\xC3x", k_bad + "x"},
                    Storing{"TwoOfThreeInside", "\xE2\x82xy", times(2, k_bad) + "xy"},
                    Storing{"ThreeOfFourInside", "\xF0\x9F\x98xyz", times(3, k_bad) + "xyz"},
                    Storing{"BeforeACharacter", "\xE2\x82\xC3\xA9", times(2, k_bad) + "\xC3\xA9"}),
    name_of);

RC_GTEST_PROP(StorableTextOfAnyBytes, IsUtf8WithoutNul, ()) {
    const std::string stored = storable_text(*dirty_text());
    RC_ASSERT(is_utf8(stored));
    RC_ASSERT(stored.find('\0') == std::string::npos);
}

RC_GTEST_PROP(StorableTextOfAnyBytes, IsStoredAsItIs, ()) {
    const std::string stored = storable_text(*dirty_text());
    RC_ASSERT(storable_text(stored) == stored);
}

RC_GTEST_PROP(StorableTextOfAnyBytes, ChangesNothingThatIsGood, ()) {
    const std::string text = *dirty_text();
    const bool good = is_utf8(text) && text.find('\0') == std::string::npos;
    RC_ASSERT((storable_text(text) == text) == good);
}

TEST(StorableText, KnowsEveryPairOfBytes) {
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string text{static_cast<char>(first), static_cast<char>(second)};
            const bool good = is_utf8(text) && text.find('\0') == std::string::npos;
            ASSERT_EQ(storable_text(text) == text, good) << first << " " << second;
        }
    }
}

TEST(Shortened, LeavesWhatFits) {
    EXPECT_EQ(shortened("", 0), "");
    EXPECT_EQ(shortened("abc", 3), "abc");
    EXPECT_EQ(shortened("abc", 100), "abc");
}

TEST(Shortened, CutsAndSaysSo) {
    EXPECT_EQ(shortened("abcdefgh", 7), "abcd" + k_cut);
    EXPECT_EQ(shortened("abcdefgh", 4), "a" + k_cut);
    EXPECT_EQ(shortened("abcdefgh", 3), k_cut);
}

TEST(Shortened, IsEmptyWhereNotEvenTheMarkFits) {
    EXPECT_EQ(shortened("abcdefgh", 2), "");
    EXPECT_EQ(shortened("abcdefgh", 0), "");
}

TEST(Shortened, CutsBetweenCharacters) {
    const std::string word = "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D";
    EXPECT_EQ(shortened(word, 7), word.substr(0, 4) + k_cut);
    EXPECT_EQ(shortened(word, 6), word.substr(0, 2) + k_cut);
    EXPECT_EQ(shortened("a\xF0\x9F\x98\x80zzz", 7), "a" + k_cut);
    EXPECT_EQ(shortened("a\xF0\x9F\x98\x80zzzz", 8), "a\xF0\x9F\x98\x80" + k_cut);
}

TEST(Shortened, SurvivesWhatIsNotText) {
    EXPECT_EQ(shortened("\x80\x80\x80\x80\x80", 4), k_cut);
}

RC_GTEST_PROP(ShortenedText, NeverExceeds, ()) {
    const auto limit = *rc::gen::inRange<std::size_t>(0, 40);
    RC_ASSERT(shortened(*dirty_text(), limit).size() <= limit);
}

RC_GTEST_PROP(ShortenedText, NeverCutsACharacterAndKeepsAllThatFits, ()) {
    const std::string text = storable_text(*dirty_text());
    const auto limit = *rc::gen::inRange<std::size_t>(3, 40);
    const std::string cut = shortened(text, limit);
    RC_ASSERT(is_utf8(cut));
    if (text.size() <= limit) {
        RC_ASSERT(cut == text);
        return;
    }
    RC_ASSERT(cut.ends_with(k_cut));
    const std::size_t kept = cut.size() - k_cut.size();
    RC_ASSERT(text.substr(0, kept) == cut.substr(0, kept));
    RC_ASSERT(cut.size() + decoded_length(std::string_view{text}.substr(kept)) > limit);
}

struct Number {
    std::string name;
    std::string number;
    std::string expected;
};

class MaskPhone : public testing::TestWithParam<Number> {};

// Written with * for the bullet, to be read more easily.
TEST_P(MaskPhone, Shows) {
    std::string shown = mask_phone(GetParam().number);
    const std::string bullet = "\xE2\x80\xA2";
    for (auto at = shown.find(bullet); at != std::string::npos; at = shown.find(bullet)) {
        shown.replace(at, bullet.size(), "*");
    }
    EXPECT_EQ(shown, GetParam().expected);
}

std::string name_of_number(const testing::TestParamInfo<Number>& info) {
    return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Numbers, MaskPhone,
                         testing::Values(Number{"International", "+972501234567", "+97250****567"},
                                         Number{"NorthAmerican", "+12025550123", "+1202****123"},
                                         Number{"FifteenDigits", "+123456789012345",
                                                "+12345*******345"},
                                         Number{"NineDigits", "021234567", "02****567"},
                                         Number{"EightDigits", "12345678", "1****678"},
                                         Number{"SevenDigits", "1234567", "****567"},
                                         Number{"Written", "(202) 555-01.23", "(202) ***-*1.23"},
                                         Number{"HiddenAnonymous", "+266696687", "+26****687"}),
                         name_of_number);

INSTANTIATE_TEST_SUITE_P(
    Whole, MaskPhone,
    testing::Values(Number{"SixDigits", "123456", "******"}, Number{"ShortCode", "+100", "****"},
                    Number{"Client", "client:alice", "************"},
                    Number{"SipName", "sip:bob12@x.org", "***************"},
                    Number{"SipNumber", "sip:+972501234567@x", "*******************"},
                    Number{"SipAtAddress", "a@10.20.30.40", "*************"},
                    Number{"Name", "Alice", "*****"},
                    Number{"CharactersNotBytes", "\xD7\xA9\xD7\x9C 050", "******"},
                    Number{"NearlyAWord", "unknown1", "********"}),
    name_of_number);

INSTANTIATE_TEST_SUITE_P(Shown, MaskPhone,
                         testing::Values(Number{"Empty", "", ""},
                                         Number{"Unknown", "unknown", "unknown"},
                                         Number{"Anonymous", "Anonymous", "Anonymous"},
                                         Number{"Blocked", "blocked", "blocked"},
                                         Number{"Private", "private", "private"},
                                         Number{"Restricted", "RESTRICTED", "RESTRICTED"},
                                         Number{"Unavailable", "unavailable", "unavailable"}),
                         name_of_number);

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

RC_GTEST_PROP(MaskedPhone, ShowsAtMostFiveDigitsInFrontAndThreeBehind, ()) {
    const auto number = *rc::gen::container<std::string>(
        rc::gen::element('+', ' ', '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'));
    const std::string shown = mask_phone(number);
    const auto digits = std::ranges::count_if(number, is_digit);
    const auto left = std::ranges::count_if(shown, is_digit);
    if (digits < 7) {
        RC_ASSERT(left == 0);
        return;
    }
    const std::size_t gap = shown.find("\xE2\x80\xA2");
    RC_ASSERT(gap != std::string::npos);
    const auto front = std::ranges::count_if(shown.substr(0, gap), is_digit);
    RC_ASSERT(front <= 5);
    RC_ASSERT(left - front == 3);
    RC_ASSERT(digits - left >= 4);
    RC_ASSERT(shown.starts_with(number.substr(0, gap)));
}

RC_GTEST_PROP(MaskedPhone, OfAnyBytesShowsNothingUnlessItIsANumber, ()) {
    const std::string text = "x:" + *dirty_text();
    const std::string shown = mask_phone(text);
    RC_ASSERT(shown == times(static_cast<int>(shown.size() / 3), "\xE2\x80\xA2"));
}

TEST(Hex, IsLowerCaseAndTwoDigitsAByte) {
    EXPECT_EQ(to_hex(""), "");
    EXPECT_EQ(to_hex(std::string_view{"\x00\x0F\xA5\xFF", 4}), "000fa5ff");
}

// The examples of FIPS 180-4 (NIST, "SHA256.pdf") and of its empty message.
TEST(Sha256, AgreesWithTheStandard) {
    EXPECT_EQ(to_hex(sha256("")),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(to_hex(sha256(std::string(1'000'000, 'a'))),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, ReadsBeyondANul) {
    EXPECT_EQ(sha256("").size(), 32U);
    EXPECT_NE(sha256(std::string_view{"a\0b", 3}), sha256(std::string_view{"a\0c", 3}));
}

TEST(Sha256, DoesNotAnswerWithoutAnImplementation) {
    // No such provider is loaded, so nothing can be fetched.
    ASSERT_EQ(EVP_set_default_properties(nullptr, "provider=none"), 1);
    EXPECT_THROW(static_cast<void>(sha256("abc")), ConfigError);
    ASSERT_EQ(EVP_set_default_properties(nullptr, ""), 1);
    EXPECT_EQ(sha256("abc").size(), 32U);
}

TEST(Counted, HasTheWordThatGoesWithTheNumber) {
    EXPECT_EQ(counted(1, "delivery is", "deliveries are"), "1 delivery is");
    EXPECT_EQ(counted(0, "crash", "crashes"), "0 crashes");
    EXPECT_EQ(counted(2, "crash", "crashes"), "2 crashes");
}

TEST(Joined, LeavesOutWhatIsEmpty) {
    EXPECT_EQ(joined({"a", "", "b"}), "a, b");
    EXPECT_EQ(joined({"", ""}), "");
}

TEST(EditDistance, CountsInsertionsRemovalsAndReplacements) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("abc", ""), 3U);
    EXPECT_EQ(edit_distance("retry", "retry"), 0U);
    EXPECT_EQ(edit_distance("retry", "rety"), 1U);
    EXPECT_EQ(edit_distance("retry", "retrry"), 1U);
    EXPECT_EQ(edit_distance("retry", "rezry"), 1U);
    EXPECT_EQ(edit_distance("retry", "erTry"), 3U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("Retry", "retry"), 1U);
}

// Words that are near to one another, as random text is not.
rc::Gen<std::string> word() {
    return rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c'));
}

RC_GTEST_PROP(EditDistance, IsADistance, ()) {
    const std::string left = *word();
    const std::string right = *word();
    const std::string third = *word();
    const std::size_t distance = edit_distance(left, right);
    RC_ASSERT((distance == 0) == (left == right));
    RC_ASSERT(distance == edit_distance(right, left));
    RC_ASSERT(distance <= edit_distance(left, third) + edit_distance(third, right));
    RC_ASSERT(distance <= std::max(left.size(), right.size()));
    RC_ASSERT(distance >=
              std::max(left.size(), right.size()) - std::min(left.size(), right.size()));
}

RC_GTEST_PROP(EditDistance, OfOneChangeIsOne, ()) {
    const std::string text = *word();
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
    std::string changed = text;
    changed.insert(at, "x");
    RC_ASSERT(edit_distance(text, changed) == 1U);
    if (at < text.size()) {
        changed.erase(at + 1, 1);
        RC_ASSERT(edit_distance(text, changed) == 1U);
    }
}

constexpr std::array<std::string_view, 3> k_stages{"recording", "transcript", "summary"};

TEST(NearestWord, FindsWhatWasMeant) {
    EXPECT_EQ(nearest_word("transcripts", k_stages), "transcript");
    EXPECT_EQ(nearest_word("recoding", k_stages), "recording");
    EXPECT_EQ(nearest_word("sumary", k_stages), "summary");
    EXPECT_EQ(nearest_word("summary", k_stages), "summary");
    EXPECT_EQ(nearest_word("transcription", k_stages), "transcript");
}

TEST(NearestWord, IsEmptyWhereNothingIsNear) {
    EXPECT_EQ(nearest_word("webhook", k_stages), "");
    EXPECT_EQ(nearest_word("su", k_stages), "") << "too little to be a beginning";
    EXPECT_EQ(nearest_word("", k_stages), "");
    EXPECT_EQ(nearest_word("retry", std::vector<std::string>{}), "");
}

TEST(NearestWord, AllowsOneChangeAndOneMoreForEveryThreeBytes) {
    const std::vector<std::string> candidates{"abcdef"};
    EXPECT_EQ(nearest_word("abcxyz", candidates), "abcdef");
    EXPECT_EQ(nearest_word("abxxyz", candidates), "");
    const std::vector<std::string> pair{"ab"};
    EXPECT_EQ(nearest_word("ax", pair), "ab");
    EXPECT_EQ(nearest_word("xy", pair), "");
}

TEST(NearestWord, TakesTheOnlyOneThatBeginsSo) {
    EXPECT_EQ(nearest_word("sum", k_stages), "summary");
    const std::vector<std::string> flags{"--warning-age", "--warning-gave-up", "--timeout"};
    EXPECT_EQ(nearest_word("--time", flags), "--timeout");
    EXPECT_EQ(nearest_word("--warn", flags), "") << "which of the two?";
}

TEST(NearestWord, TakesTheNearestAndOfEqualsTheFirst) {
    const std::vector<std::string> candidates{"abxx", "abcx", "xbcd"};
    EXPECT_EQ(nearest_word("abcd", candidates), "abcx");
}

} // namespace
} // namespace callctl::base
