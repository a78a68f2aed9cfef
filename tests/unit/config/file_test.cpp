#include "unit/config/sandbox.hpp"

#include "config/file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace callctl::config {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class FileTest : public ::testing::Test {
  protected:
    [[nodiscard]] Values read(const std::string& toml) const {
        return read_file(m_box.write("callctl.toml", toml), Missing::is_error);
    }
    [[nodiscard]] std::string refused(const std::string& toml) const {
        return refusal([&] { static_cast<void>(read(toml)); });
    }
    Sandbox m_box;
};

TEST_F(FileTest, GivesTextsByKeyWithTheirLines) {
    const Values values =
        read("listen = '0.0.0.0:80'\n\n[twilio]\nbase_url = \"http://a#b;c=d\"\n");
    ASSERT_EQ(values.size(), 2U);
    EXPECT_EQ(values.at("listen").text, "0.0.0.0:80");
    EXPECT_EQ(values.at("listen").origin.line, 1);
    EXPECT_EQ(values.at("twilio.base_url").text, "http://a#b;c=d");
    EXPECT_THAT(to_string(values.at("twilio.base_url").origin), EndsWith("callctl.toml:4"));
}

TEST_F(FileTest, TakesDottedKeysNumbersTruthsAndArrays) {
    const Values values = read("twilio.auth_token = ['one', 'two']\n"
                               "workers = 8\n"
                               "price.'gpt-5.6-luna'.input_million = 0.2\n"
                               "call_log.defaults.active = true\n");
    EXPECT_EQ(values.at("twilio.auth_token").text, "one,two");
    EXPECT_EQ(values.at("workers").text, "8");
    EXPECT_EQ(values.at("price.gpt-5.6-luna.input_million").text, "0.2");
    EXPECT_EQ(values.at("call_log.defaults.active").text, "true");
}

TEST_F(FileTest, TakesAnyColumnAsDefaultOfTheHostsTable) {
    const Values values = read("[call_log.defaults]\nbusiness_id = 1\nnote = ''\n");
    EXPECT_EQ(values.at("call_log.defaults.business_id").text, "1");
    EXPECT_EQ(values.at("call_log.defaults.note").text, "");
}

TEST_F(FileTest, EmptyFileAndCommentsAreNothing) {
    EXPECT_TRUE(read("").empty());
    EXPECT_TRUE(read("# nothing\n\n[twilio]\n").empty());
}

TEST_F(FileTest, WhatBeginsNoNameOfATableIsRefused) {
    for (const char* const toml : {"[;og]\n", "[[=]]\n", "[ \xC3\xA4]\n"}) {
        EXPECT_THAT(refused(toml), HasSubstr("the file must be TOML")) << toml;
    }
}

// Under the sanitizers this ended the program: toml++ took most letters for unreachable.
TEST_F(FileTest, LettersBeyondAsciiNeedQuotes) {
    for (const char* const toml : {"business_name = \u00e9\n", "listen\uFEBFx = 1\n",
                                   "x = \"\"\"\\\n \u0439\"\"\" \u0439\n"}) {
        EXPECT_THAT(refused(toml), HasSubstr("the file must be TOML")) << toml;
    }
    EXPECT_EQ(read("business_name = \"\"\"\\\n \u0439\"\"\"").at("business_name").text, "\u0439");
}

TEST_F(FileTest, UnknownKeyIsRefusedWithTheNearestOne) {
    EXPECT_THAT(refused("\n  listn = 'x'\n"),
                EndsWith("callctl.toml:2:3: unknown key 'listn' | did you mean 'listen'?"));
    EXPECT_THAT(refused("[twilio]\nauth_tokn = 'x'\n"),
                HasSubstr("unknown key 'twilio.auth_tokn' | did you mean 'twilio.auth_token'?"));
    EXPECT_THAT(refused("[twillio]\nauth_token = 'x'\n"),
                HasSubstr("unknown key 'twillio' | did you mean 'twilio'?"));
    EXPECT_THAT(refused("[call_log]\nbusiness_id = 1\n"),
                HasSubstr("unknown key 'call_log.business_id'"));
    EXPECT_THAT(refused("zzzzzzzzzzzzzzzzzzzz = 1\n"), HasSubstr("callctl.toml(5) lists all keys"));
}

TEST_F(FileTest, WrongShapesAreRefused) {
    EXPECT_THAT(refused("twilio = 'x'\n"), HasSubstr("'twilio' is a table: write [twilio]"));
    EXPECT_THAT(refused("listen = { a = 1 }\n"), HasSubstr("'listen' must be text, a number"));
    EXPECT_THAT(refused("listen = 2020-01-01\n"), HasSubstr("'listen' must be text, a number"));
    EXPECT_THAT(refused("language = ['he', 3]\n"),
                HasSubstr("'language' must be an array of texts"));
    EXPECT_THAT(refused("[[twilio]]\nauth_token = 'x'\n"), HasSubstr("'twilio' is a table"));
    EXPECT_THAT(refused("[call_log.defaults]\na = { b = 1 }\n"),
                HasSubstr("'call_log.defaults.a' must be text"));
}

TEST_F(FileTest, WhatIsNotTomlIsRefusedWithLineAndColumn) {
    EXPECT_THAT(refused("a = 'x\n"), HasSubstr("callctl.toml:1:"));
    EXPECT_THAT(refused("listen = 'a'\nlisten = 'b'\n"), HasSubstr("callctl.toml:2:"));
    EXPECT_THAT(refused("listen 127.0.0.1\n"), HasSubstr("the file must be TOML"));
    EXPECT_NE(refused(std::string{"listen = '\xFF\xFE'\n"}), "no error");
    EXPECT_NE(refused(std::string(20, '\0')), "no error");
}

TEST_F(FileTest, DeepNestingIsRefusedNotFollowed) {
    std::string toml = "language = ";
    toml += std::string(50'000, '[') + std::string(50'000, ']');
    EXPECT_NE(refused(toml), "no error");
}

TEST_F(FileTest, EndlessKeysAreRefusedNotFollowed) {
    std::string parts = "a";
    for (int i = 0; i < 100'000; ++i) {
        parts += i % 2 == 0 ? ".a" : " . \"a\"";
    }
    for (const std::string& text :
         {parts + " = 1", "[" + parts + "]", "[[" + parts + "]]", "a = { " + parts + " = 1 }",
          parts + ".\"=,{\\\"[#\".'=' = 1"}) {
        EXPECT_THAT(refused("# first line\n" + text),
                    HasSubstr(":2: a key of more than 256 parts"));
    }
}

TEST_F(FileTest, DotsThatAreInNoKeyAreNotCounted) {
    const std::string dots(1'000, '.');
    EXPECT_EQ(read("# " + dots + "\nlanguage = 'en' #" + dots + "\n").size(), 1U);
    for (const std::string& text : {dots, dots + " = ]", "# " + dots + "="}) {
        EXPECT_EQ(read("language = '" + text + "'\n").at("language").text, text);
    }
}

TEST_F(FileTest, HugeFileIsRefused) {
    EXPECT_THAT(refused(std::string((1U << 20U) + 1, '#')), HasSubstr("it is larger than 1 MiB |"));
}

TEST_F(FileTest, FileThatIsNotThereIsAnErrorOnlyWhenNamed) {
    const auto path = m_box.folder() / "none.toml";
    EXPECT_TRUE(read_file(path, Missing::is_empty).empty());
    EXPECT_THAT(
        refusal([&] { static_cast<void>(read_file(path, Missing::is_error)); }),
        EndsWith("none.toml: No such file or directory | check the path, and that this user may "
                 "read it"));
}

TEST_F(FileTest, FolderAndPipeAreRefused) {
    EXPECT_THAT(refusal([&] { static_cast<void>(read_file(m_box.folder(), Missing::is_empty)); }),
                EndsWith("it is not a file | name a TOML file"));
    const auto pipe = m_box.folder() / "pipe";
    ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_THAT(refusal([&] { static_cast<void>(read_file(pipe, Missing::is_empty)); }),
                EndsWith("it is not a file | name a TOML file"));
}

TEST_F(FileTest, PathThroughAFileIsAsGoodAsMissing) {
    const auto path = m_box.write("plain", "x") / "callctl.toml";
    EXPECT_TRUE(read_file(path, Missing::is_empty).empty());
}

TEST_F(FileTest, WritesNumbersOutInDigits) {
    const Values values = read("price.m.audio_minute = 0.00005\n"
                               "price.m.input_million = 1e-6\n"
                               "price.m.output_million = 2.5e3\n"
                               "price.n.audio_minute = 1e-300\n");
    EXPECT_EQ(values.at("price.m.audio_minute").text, "0.00005");
    EXPECT_EQ(values.at("price.m.input_million").text, "0.000001");
    EXPECT_EQ(values.at("price.m.output_million").text, "2500");
    EXPECT_EQ(values.at("price.n.audio_minute").text.size(), 302U);
}

} // namespace
} // namespace callctl::config
