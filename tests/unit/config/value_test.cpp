#include "unit/config/sandbox.hpp"

#include "config/value.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::config {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Value from_flag(std::string text) {
    return {std::move(text), {OriginKind::flag, "--thing"}};
}

template <class Action>
std::string refused(std::string text, Action action, std::string_view key = "listen") {
    const Value value = from_flag(std::move(text));
    return refusal([&] { static_cast<void>(action(Item{setting(key), value})); });
}

std::string url_of(std::string text, Scheme scheme = Scheme::http) {
    const Value value = from_flag(std::move(text));
    return to_url({setting("public_url"), value}, scheme);
}

TEST(Url, LosesTheSlashAtItsEndOnly) {
    EXPECT_EQ(url_of("https://calls.example.com"), "https://calls.example.com");
    EXPECT_EQ(url_of("https://calls.example.com/"), "https://calls.example.com");
    EXPECT_EQ(url_of("http://127.0.0.1:8080/a/b//"), "http://127.0.0.1:8080/a/b");
    EXPECT_EQ(url_of("HTTPS://[::1]:443/"), "HTTPS://[::1]:443");
    EXPECT_EQ(url_of("wss://agent.example.com/media", Scheme::wss),
              "wss://agent.example.com/media");
}

struct BadUrl {
    std::string name;
    std::string text;
    std::string problem;
};
class UrlRefusals : public ::testing::TestWithParam<BadUrl> {};

TEST_P(UrlRefusals, SayWhy) {
    EXPECT_THAT(
        refused(GetParam().text, [](const Item& item) { return to_url(item, Scheme::http); }),
        HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    All, UrlRefusals,
    ::testing::Values(BadUrl{"empty", "", "is not an http:// or https:// URL"},
                      BadUrl{"no_scheme", "calls.example.com", "is not an http://"},
                      BadUrl{"other_scheme", "ftp://a", "is not an http://"},
                      BadUrl{"no_host", "https://", "is not an http://"},
                      BadUrl{"only_path", "https:///a", "is not a URL with a host"},
                      BadUrl{"query", "https://a/?b", "must not have a query"},
                      BadUrl{"fragment", "https://a#b", "must not have a query or a fragment"},
                      BadUrl{"space", "https://a b", "is not a URL with a host"},
                      BadUrl{"space_in_path", "https://a/b c", "is not a URL with a host"},
                      BadUrl{"big_port", "https://a:65536", "is not a URL with a host"},
                      BadUrl{"word_port", "https://a:https", "is not a URL with a host"},
                      BadUrl{"open_bracket", "https://[::1", "is not a URL with a host"}),
    [](const auto& row) { return row.param.name; });

TEST(Url, QueryIsRefusedWithoutShowingIt) {
    const std::string message = refused("https://a.example/v1?key=hunter2", [](const Item& item) {
        return to_url(item, Scheme::http);
    });
    EXPECT_THAT(message, HasSubstr("'https://a.example/v1?...'"));
    EXPECT_THAT(message, Not(HasSubstr("hunter2")));
}

TEST(Url, PasswordInItIsRefusedWithoutShowingIt) {
    const std::string message = refused(
        "https://me:hunter2@a/", [](const Item& item) { return to_url(item, Scheme::http); });
    EXPECT_THAT(message, HasSubstr("must not have a user name or a password"));
    EXPECT_THAT(message, Not(HasSubstr("hunter2")));
}

TEST(Url, StreamMustBeEncrypted) {
    EXPECT_THAT(refused("ws://a", [](const Item& item) { return to_url(item, Scheme::wss); }),
                HasSubstr("is not a wss:// URL"));
}

TEST(Listen, TakesNumericAddressesWithPort) {
    for (const char* text : {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:65535", "[::]:80"}) {
        const Value value = from_flag(text);
        EXPECT_EQ(to_listen({setting("listen"), value}), text);
    }
}

TEST(Listen, TakesAnAbsolutePathOfAUnixSocket) {
    const std::string longest = "unix:/" + std::string(106, 'x');
    for (const std::string& text : {std::string{"unix:/run/callctl/webhooks.sock"}, longest}) {
        const Value value = from_flag(text);
        EXPECT_EQ(to_listen({setting("listen"), value}), text);
    }
    for (const std::string& text :
         {std::string{"unix:"}, std::string{"unix:run/web.sock"}, longest + "x"}) {
        EXPECT_THAT(refused(text, to_listen), HasSubstr("is not an absolute path")) << text;
    }
}

TEST(NetworksOf, AreListedOrNone) {
    const auto networks_of = [](const std::string& text) {
        const Value value = from_flag(text);
        return to_networks({setting("trusted_proxies"), value});
    };
    EXPECT_TRUE(networks_of("none").empty());
    const auto networks = networks_of("10.0.0.5, 2001:db8::/32,");
    ASSERT_EQ(networks.size(), 2U);
    EXPECT_TRUE(networks[0].contains(*base::IpAddress::parse("10.0.0.5")));
    EXPECT_TRUE(networks[1].contains(*base::IpAddress::parse("2001:db8::1")));
    for (const char* text :
         {"localhost", "10.0.0.0/8,proxy", "10.0.0.0/99", "none,10.0.0.1", "*"}) {
        EXPECT_THAT(refused(text, to_networks), HasSubstr("is neither an address nor a network"))
            << text;
    }
}

TEST(Listen, RefusesTheRest) {
    for (const char* text : {"", "8080", ":8080", "localhost:8080", "127.0.0.1", "127.0.0.1:",
                             "127.0.0.1:65536", "127.0.0.1:-1", "::1:80", "[::1]", "1.2.3:80"}) {
        EXPECT_THAT(refused(text, to_listen), HasSubstr("is not a numeric address and a port"))
            << text;
    }
}

TEST(Duration, WantsAUnitAndMoreThanNothing) {
    const Value value = from_flag("90s");
    EXPECT_EQ(to_duration({setting("summary.timeout"), value}), milliseconds{90'000});
    for (const char* text : {"", "90", "0s", "-1s", "1 fortnight", "1d2x"}) {
        EXPECT_THAT(refused(text, to_duration), HasSubstr("is not a duration")) << text;
    }
}

TEST(Integer, StaysInItsRange) {
    const auto number = [](const Item& item) { return to_integer(item, 0, 256); };
    const Value value = from_flag("256");
    EXPECT_EQ(number({setting("workers"), value}), 256);
    for (const char* text : {"", "257", "-1", "1.0", "0x10", " 1", "1 ", "99999999999999999999"}) {
        EXPECT_THAT(refused(text, number), HasSubstr("is not a whole number from 0 to 256"))
            << text;
    }
}

TEST(Price, IsExactToTheMillionth) {
    const auto micros = [](std::string text) {
        const Value value = from_flag(std::move(text));
        return to_micros({setting("workers"), value});
    };
    EXPECT_EQ(micros("0"), 0);
    EXPECT_EQ(micros("1"), 1'000'000);
    EXPECT_EQ(micros("0.0045"), 4'500);
    EXPECT_EQ(micros("0.000001"), 1);
    EXPECT_EQ(micros("1000000.999999"), 1'000'000'999'999);
    for (const char* text : {"", ".", "1.", ".5", "0.0000001", "-1", "1,5", "1e3", "nan", "1000001",
                             "0.-1", "1.2.3"}) {
        EXPECT_THAT(refused(text, to_micros), HasSubstr("is not a price")) << text;
    }
}

TEST(Word, OffersTheNearest) {
    constexpr std::array<std::string_view, 2> k_words{"text", "json"};
    const auto word = [&](const Item& item) { return to_word(item, k_words); };
    const Value value = from_flag("json");
    EXPECT_EQ(word({setting("log.format"), value}), 1U);
    EXPECT_EQ(refused("jsn", word),
              "--thing: 'jsn' is not one of: text, json | did you mean 'json'?");
    EXPECT_THAT(refused("completely-else", word),
                EndsWith("is not one of: text, json | write one of these words, in lower case"));
    EXPECT_THAT(refused("", word), StartsWith("--thing: '' is not one of"));
}

TEST(List, IsTrimmedAndHasNoEmptyItems) {
    const auto list = [](std::string text) {
        const Value value = from_flag(std::move(text));
        return to_list({setting("twilio.auth_token"), value});
    };
    EXPECT_THAT(list("a"), ElementsAre("a"));
    EXPECT_THAT(list(" a , b,"), ElementsAre("a", "b"));
    EXPECT_THAT(list(",, ,"), IsEmpty());
    EXPECT_THAT(list(""), IsEmpty());
}

TEST(Languages, AreCodesEachOnce) {
    const auto languages = [](std::string text) {
        const Value value = from_flag(std::move(text));
        return to_languages({setting("language"), value});
    };
    EXPECT_THAT(languages("he"), ElementsAre("he"));
    EXPECT_THAT(languages("HE, en,he"), ElementsAre("he", "en"));
    EXPECT_THAT(languages("auto"), IsEmpty());
    for (const char* text : {"hebrew", "he-IL", "h", "auto,he", "he,auto", "he;en", "עב"}) {
        EXPECT_THAT(refused(text, to_languages), HasSubstr("is not a list of ISO 639 codes"))
            << text;
    }
}

TEST(Refusal, NamesTheVariableTheFlagOrTheFileLineAndKey) {
    const auto message = [](Origin origin) {
        const Value value{"x", std::move(origin)};
        return refusal([&] {
            static_cast<void>(to_duration({setting("summary.timeout"), value}));
        });
    };
    EXPECT_THAT(message({OriginKind::environment, "CALLCTL_SUMMARY_TIMEOUT"}),
                StartsWith("CALLCTL_SUMMARY_TIMEOUT: 'x' is not"));
    EXPECT_THAT(message({OriginKind::flag, "--summary-timeout"}),
                StartsWith("--summary-timeout: 'x' is not"));
    EXPECT_THAT(message({OriginKind::file, "/etc/c.toml", 7}),
                StartsWith("/etc/c.toml:7: summary.timeout: 'x' is not"));
}

TEST(Refusal, NeverShowsASecret) {
    const std::string message = refused(
        "hunter2\n",
        [](const Item& item) {
            check_text(item);
            return 0;
        },
        "twilio.auth_token");
    EXPECT_EQ(message,
              "--thing: the value contains a control character | write it again; a line break "
              "or a tab may have come with a paste");
}

TEST(Refusal, ShowsLongAndBinaryTextsShortAndReadable) {
    const std::string message = refused(std::string(100'000, 'a') + "\xFF", to_duration);
    EXPECT_LT(message.size(), 400U);
    EXPECT_THAT(refused("\xFF", to_duration), HasSubstr("'\xEF\xBF\xBD' is not a duration"));
}

TEST(Text, MustBeUtf8WithoutControlCharacters) {
    const auto check = [](const Item& item) {
        check_text(item);
        return 0;
    };
    EXPECT_EQ(refused("מרפאת שיניים", check), "no error");
    EXPECT_THAT(refused("a\nb", check), HasSubstr("contains a control character"));
    EXPECT_THAT(refused(std::string{"a\0b", 3}, check), HasSubstr("contains a control character"));
    EXPECT_THAT(refused("\xC3", check), HasSubstr("is not valid UTF-8"));
}

} // namespace
} // namespace callctl::config
