#include "base/exception.hpp"
#include "pg/conninfo.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::pg {
namespace {

using testing::HasSubstr;
using testing::Not;

struct PrintableCase {
    std::string name;
    std::string conninfo;
    std::string printable;
};

class PrintableConninfo : public testing::TestWithParam<PrintableCase> {};

TEST_P(PrintableConninfo, MasksSecretsAndKeepsTheRest) {
    EXPECT_EQ(printable_conninfo(GetParam().conninfo), GetParam().printable);
}

INSTANTIATE_TEST_SUITE_P(
    All, PrintableConninfo,
    testing::Values(PrintableCase{"Uri", "postgresql://app:secret@db:5432/calls",
                                  "postgresql://app:***@db:5432/calls"},
                    PrintableCase{"ShortScheme", "postgres://app:secret@db/calls",
                                  "postgres://app:***@db/calls"},
                    PrintableCase{"UriWithoutPassword", "postgresql://app@db:5432/calls",
                                  "postgresql://app@db:5432/calls"},
                    PrintableCase{"UriWithoutUser",
                                  "postgresql://db:5432/calls?application_name=a@b",
                                  "postgresql://db:5432/calls?application_name=a@b"},
                    PrintableCase{"SeveralHosts", "postgresql://app:secret@a:1,b:2/calls",
                                  "postgresql://app:***@a:1,b:2/calls"},
                    PrintableCase{"SixthVersionAddress", "postgresql://[::1]:5432/calls",
                                  "postgresql://[::1]:5432/calls"},
                    PrintableCase{"EmptyUri", "postgresql://", "postgresql://"},
                    PrintableCase{"AtInPassword", "postgresql://app:se@cret@db/calls",
                                  "postgresql://app:***@db/calls"},
                    PrintableCase{"SlashInPassword", "postgresql://app:se/cret@db/calls",
                                  "postgresql://app:***@db/calls"},
                    PrintableCase{"QuestionMarkInPassword", "postgresql://app:se?cret@db/calls",
                                  "postgresql://app:***@db/calls"},
                    PrintableCase{"SlashAndQuestionMarkInPassword",
                                  "postgresql://app:s/e?cret@db/calls",
                                  "postgresql://app:***@db/calls"},
                    PrintableCase{"PasswordThatLooksLikePortAndQuery",
                                  "postgresql://app:12/34?5@db/calls", "postgresql://***"},
                    PrintableCase{"BehindNul",
                                  std::string{"postgresql://app:secret@db/calls"} + '\0' + "secret",
                                  "postgresql://app:***@db/calls"},
                    PrintableCase{"PasswordInQuery",
                                  "postgresql://db/calls?user=app&password=secret&sslmode=require",
                                  "postgresql://db/calls?user=app&password=***&sslmode=require"},
                    PrintableCase{"DisguisedKeyInQuery", "postgresql://db/calls?p%61ssword=secret",
                                  "postgresql://db/calls?p%61ssword=***"},
                    PrintableCase{"KeyPassword", "postgresql://db/calls?sslpassword=secret",
                                  "postgresql://db/calls?sslpassword=***"},
                    PrintableCase{"Pairs", "host=db user=app password='se cret' dbname=calls",
                                  "dbname=calls host=db password=*** user=app"},
                    PrintableCase{"UnreadablePairs", "host=db password secret",
                                  "(unreadable connection string)"},
                    PrintableCase{"Nothing", "", "the default database of the PG* variables"}),
    [](const auto& named) { return named.param.name; });

std::string session(const std::string& conninfo, StartupOptions startup = StartupOptions::with) {
    return session_conninfo({.conninfo = base::Secret{conninfo},
                             .application_name = "callctl.test",
                             .statement_timeout = std::chrono::milliseconds{1'234}},
                            startup);
}

TEST(SessionConninfo, AddsOurSettings) {
    const std::string text = session("postgresql://app:se%40cret@db/calls");
    EXPECT_THAT(text, HasSubstr("password='se@cret'"));
    EXPECT_THAT(text, HasSubstr("application_name='callctl.test'"));
    EXPECT_THAT(text, HasSubstr("client_encoding='UTF8'"));
    EXPECT_THAT(text, HasSubstr("connect_timeout='10'"));
    EXPECT_THAT(text, HasSubstr("-c statement_timeout=1234"));
    EXPECT_THAT(text, HasSubstr("-c TimeZone=UTC"));
}

TEST(SessionConninfo, KeepsWhatTheUserSays) {
    const std::string text =
        session("host=db connect_timeout=3 options='-c search_path=app' target_session_attrs=any");
    EXPECT_THAT(text, HasSubstr("connect_timeout='3'"));
    EXPECT_THAT(text, HasSubstr("target_session_attrs='any'"));
    // Last, because PostgreSQL takes the last setting of a name.
    EXPECT_THAT(text, HasSubstr("-c search_path=app'"));
}

TEST(SessionConninfo, LeavesStartupOptionsOutForPoolers) {
    EXPECT_THAT(session("host=db options='-c search_path=app'", StartupOptions::without),
                Not(HasSubstr("options=")));
}

TEST(SessionConninfo, QuotesValues) {
    EXPECT_THAT(session(R"(password='it\'s a \\ slash')"),
                HasSubstr(R"(password='it\'s a \\ slash')"));
}

std::string refusal(const std::string& conninfo) {
    try {
        static_cast<void>(session(conninfo));
    } catch (const base::ConfigError& error) {
        return std::string{error.what()} + " / " + error.hint();
    }
    return {};
}

TEST(SessionConninfo, RefusesUnreadableTextWithoutShowingIt) {
    const std::string text = refusal("host=db password secret");
    EXPECT_THAT(text, HasSubstr("DATABASE_URL cannot be read"));
    EXPECT_THAT(text, Not(HasSubstr("secret")));
}

TEST(SessionConninfo, RefusesPasswordsThatNeedEncoding) {
    // libpq would take `cret@db` for the host, and its message would show it.
    for (const char* conninfo :
         {"postgresql://app:se@cret@db/calls", "postgresql://app:se/cret@db/calls"}) {
        const std::string text = refusal(conninfo);
        EXPECT_THAT(text, HasSubstr("%40")) << conninfo;
        EXPECT_THAT(text, Not(HasSubstr("cret"))) << conninfo;
    }
}

TEST(WithDatabase, ReplacesOnlyTheDatabase) {
    EXPECT_EQ(
        with_database(base::Secret{"postgresql://app:secret@db:5432/calls"}, "other").reveal(),
        "dbname='other' host='db' password='secret' port='5432' user='app'");
}

} // namespace
} // namespace callctl::pg
