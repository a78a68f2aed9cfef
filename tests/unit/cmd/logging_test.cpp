#include "logging.hpp"
#include "runner.hpp"

#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

namespace callctl::cmd {
namespace {

using testing::EndsWith;
using testing::MatchesRegex;

std::string logged(config::LogFormat format, bool to_journal, const std::string& message) {
    testing::internal::CaptureStderr();
    make_logger({.format = format, .level = config::LogLevel::info}, to_journal)
        ->warn("event detail=\"{}\"", message);
    return testing::internal::GetCapturedStderr();
}

const std::string k_forged = "x\"\n2026-01-01T00:00:00Z error forged\r\x1b[2J\x7f";

TEST(Logging, MakesOneLineOfWhateverIsQuoted) {
    for (const bool to_journal : {false, true}) {
        const std::string line = logged(config::LogFormat::text, to_journal, k_forged);
        EXPECT_EQ(std::ranges::count(line, '\n'), 1);
        EXPECT_EQ(std::ranges::count_if(line, [](char c) { return c == '\r' || c == '\x1b'; }), 0);
        EXPECT_THAT(line, EndsWith("forged  [2J \"\n"));
    }
}

TEST(Logging, BeginsWithTheTimeOrUnderTheJournalWithThePriority) {
    EXPECT_THAT(logged(config::LogFormat::text, /*to_journal=*/false, "x"),
                MatchesRegex("20[^ ]*Z warning event detail=\"x\"\n"));
    EXPECT_EQ(logged(config::LogFormat::text, /*to_journal=*/true, "x"), "<4>event detail=\"x\"\n");
}

TEST(Messages, BeginWithTheirPriorityUnderTheJournalAlone) {
    std::ostringstream err;
    print_error(err, "a setting is missing", "set it");
    EXPECT_EQ(err.str(), "callctl: error: a setting is missing\nhint: set it\n");
    err.str("");
    mark_as_journal(err);
    print_error(err, "a setting is missing", "set it");
    EXPECT_EQ(err.str(), "<3>callctl: error: a setting is missing\n<3>hint: set it\n");
}

TEST(Logging, WritesJsonThatCanBeRead) {
    const std::string line =
        logged(config::LogFormat::json, /*to_journal=*/true, k_forged + "\xFF");
    const auto object = nlohmann::json::parse(line);
    EXPECT_EQ(object["level"], "warning");
    EXPECT_EQ(std::ranges::count(line, '\n'), 1);
}

TEST(Journal, IsTheFileThatTheVariableNamesAndNoOther) {
    const support::TemporaryFolder folder;
    std::FILE* const file = std::fopen(folder.path("journal").c_str(), "w");
    ASSERT_NE(file, nullptr);
    struct ::stat status {};
    ASSERT_EQ(::fstat(::fileno(file), &status), 0);
    const std::string device = std::to_string(status.st_dev);
    const std::string inode = std::to_string(status.st_ino);
    EXPECT_TRUE(is_journal(device + ":" + inode, ::fileno(file)));
    EXPECT_FALSE(is_journal(device + ":1" + inode, ::fileno(file)));
    EXPECT_FALSE(is_journal("1" + device + ":" + inode, ::fileno(file)));
    EXPECT_FALSE(is_journal("", ::fileno(file)));
    EXPECT_FALSE(is_journal(std::nullopt, ::fileno(file)));
    std::fclose(file);
    EXPECT_FALSE(is_journal(device + ":" + inode, -1));
}

} // namespace
} // namespace callctl::cmd
