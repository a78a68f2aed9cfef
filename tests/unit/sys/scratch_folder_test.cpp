#include "base/exception.hpp"
#include "support/temporary_folder.hpp"
#include "sys/scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>

namespace callctl::sys {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

void write_audio(const ScratchFolder& scratch) {
    std::ofstream{scratch.path() + "/recording.wav"} << "voices";
}

TEST(ScratchFolder, IsForItsOwnerAloneAndGoneAtTheEnd) {
    const support::TemporaryFolder shared;
    {
        const ScratchFolder scratch{shared.path("scratch")};
        struct stat state {};
        ASSERT_EQ(::stat(scratch.path().c_str(), &state), 0);
        EXPECT_EQ(state.st_mode & 0777U, 0700U);
        write_audio(scratch);
    }
    EXPECT_TRUE(fs::is_empty(shared.path("scratch")));
}

TEST(ScratchFolder, OfAProcessThatWasKilledIsRemovedByTheNext) {
    const support::TemporaryFolder shared;
    const pid_t child = ::fork();
    if (child == 0) {
        const ScratchFolder scratch{shared.path()};
        write_audio(scratch);
        ::raise(SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_THAT(shared.names(), SizeIs(1)) << "the audio is still there";
    {
        const ScratchFolder next{shared.path()};
        EXPECT_THAT(shared.names(), SizeIs(1));
        EXPECT_TRUE(fs::is_empty(next.path()));
    }
    EXPECT_THAT(shared.names(), IsEmpty());
}

TEST(ScratchFolder, OfAProcessThatLivesIsLeftAlone) {
    const support::TemporaryFolder shared;
    const ScratchFolder first{shared.path()};
    write_audio(first);
    const ScratchFolder second{shared.path()};
    EXPECT_NE(first.path(), second.path());
    EXPECT_TRUE(fs::exists(first.path() + "/recording.wav"));
}

TEST(ScratchFolder, RemovesNothingThatIsNotOurs) {
    const support::TemporaryFolder shared;
    fs::create_directory(shared.path("spool"));
    shared.write("notes.txt", "keep");
    { const ScratchFolder scratch{shared.path()}; }
    EXPECT_THAT(shared.names(), testing::UnorderedElementsAre("spool", "notes.txt"));
}

TEST(ScratchFolder, NamesAPlaceThatCannotBeWrittenTo) {
    try {
        const ScratchFolder scratch{"/proc/self/scratch"};
        FAIL() << "it was made";
    } catch (const base::ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("/proc/self/scratch"));
    }
}

} // namespace
} // namespace callctl::sys
