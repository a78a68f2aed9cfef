#include "support/temporary_folder.hpp"
#include "sys/whole_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <thread>

namespace callctl::sys {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class WholeFile : public testing::Test {
  protected:
    [[nodiscard]] std::string path() const { return m_folder.path("x.prom"); }
    [[nodiscard]] static ::mode_t mode_of(const std::string& path) {
        struct stat state {};
        return ::stat(path.c_str(), &state) == 0 ? state.st_mode & 07777U : 0U;
    }

    support::TemporaryFolder m_folder{};
};

TEST_F(WholeFile, HoldsTheNewTextAndLeavesNothingBeside) {
    ASSERT_TRUE(replace_file(path(), "one\n"));
    ASSERT_TRUE(replace_file(path(), "2\n"));
    EXPECT_EQ(m_folder.read("x.prom"), "2\n");
    EXPECT_THAT(m_folder.names(), ElementsAre("x.prom"));
}

TEST_F(WholeFile, CanBeReadByEverybodyWhateverTheUmask) {
    const auto before = ::umask(0077);
    ASSERT_TRUE(replace_file(path(), "1\n"));
    ::umask(before);
    EXPECT_EQ(mode_of(path()), 0644U);
}

// Two writers and a reader: each text is its length in equal bytes, so that a torn one shows.
TEST_F(WholeFile, IsNeverTornForAReaderInALoop) {
    const auto text_of = [](int round) {
        return std::string(static_cast<std::size_t>(round % 7 + 1) * 20'000,
                           static_cast<char>('a' + round % 7));
    };
    ASSERT_TRUE(replace_file(path(), text_of(0)));
    std::atomic<int> writing{2};
    const auto write = [&](int first) {
        for (int round = first; round < first + 60; ++round) {
            EXPECT_TRUE(replace_file(path(), text_of(round)));
        }
        --writing;
    };
    std::thread one{write, 0};
    std::thread other{write, 3};
    int read = 0;
    while (writing > 0) {
        const std::string text = m_folder.read("x.prom");
        ASSERT_FALSE(text.empty());
        ASSERT_EQ(text, text_of(text[0] - 'a'));
        ++read;
    }
    one.join();
    other.join();
    EXPECT_GT(read, 0);
    EXPECT_THAT(m_folder.names(), ElementsAre("x.prom"));
}

TEST_F(WholeFile, IsWholeWheneverItsWriterIsKilled) {
    const auto text_of = [](int round) {
        return std::string(50'000, static_cast<char>('a' + round % 20));
    };
    for (int kill = 0; kill < 10; ++kill) {
        ASSERT_TRUE(replace_file(path(), "before\n"));
        const pid_t writer = ::fork();
        ASSERT_GE(writer, 0);
        if (writer == 0) {
            for (int round = 0;; ++round) {
                static_cast<void>(replace_file(path(), text_of(round)));
            }
        }
        // Killed somewhere in the middle of a later round than the first.
        while (m_folder.read("x.prom") == "before\n") {
        }
        for (int round = 0; round < kill; ++round) {
            const std::string seen = m_folder.read("x.prom");
            ASSERT_EQ(seen, text_of(seen.at(0) - 'a'));
        }
        ::kill(writer, SIGKILL);
        ASSERT_EQ(::waitpid(writer, nullptr, 0), writer);
        const std::string left = m_folder.read("x.prom");
        EXPECT_EQ(left, text_of(left.at(0) - 'a'));
    }
    ASSERT_TRUE(replace_file(path(), "after\n"));
    EXPECT_THAT(m_folder.names(), ElementsAre("x.prom")) << "what they left was used up";
}

TEST_F(WholeFile, StaysAsItWasBesideWhatAKilledWriterLeft) {
    ASSERT_TRUE(replace_file(path(), "whole\n"));
    m_folder.write("x.prom.new", std::string(100'000, 'x'));
    EXPECT_EQ(m_folder.read("x.prom"), "whole\n");
    ASSERT_TRUE(replace_file(path(), "next\n"));
    EXPECT_EQ(m_folder.read("x.prom"), "next\n");
    EXPECT_THAT(m_folder.names(), ElementsAre("x.prom"));
}

TEST_F(WholeFile, SaysWhyItCannotBeWritten) {
    const auto missing = replace_file(m_folder.path("no/x.prom"), "1\n");
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().message,
                HasSubstr("no/x.prom cannot be written: No such file or directory"));
    std::filesystem::create_directories(path() + "/inside");
    const auto folder = replace_file(path(), "1\n");
    ASSERT_FALSE(folder);
    EXPECT_THAT(folder.error().message, HasSubstr("Is a directory"));
    EXPECT_THAT(m_folder.names(), ElementsAre("x.prom")) << "what was begun is gone";
}

TEST_F(WholeFile, DoesNotWriteWhereALinkPlantedBesideItLeads) {
    m_folder.write("victim", "precious");
    std::filesystem::create_symlink(m_folder.path("victim"), path() + ".new");
    EXPECT_FALSE(replace_file(path(), "1\n"));
    EXPECT_EQ(m_folder.read("victim"), "precious");
}

TEST_F(WholeFile, IsReadUpToALimit) {
    m_folder.write("x.prom", "0123456789");
    EXPECT_EQ(read_file(path(), 100), "0123456789");
    EXPECT_EQ(read_file(path(), 10), "0123456789");
    EXPECT_EQ(read_file(path(), 4), "0123");
    m_folder.write("x.prom", "");
    EXPECT_EQ(read_file(path(), 4), "");
}

TEST_F(WholeFile, OnlyAFileIsRead) {
    EXPECT_EQ(read_file(path(), 4), std::nullopt);
    EXPECT_EQ(read_file(m_folder.path(), 4), std::nullopt);
    ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
    EXPECT_EQ(read_file(path(), 4), std::nullopt) << "a pipe that nobody writes to";
}

} // namespace
} // namespace callctl::sys
