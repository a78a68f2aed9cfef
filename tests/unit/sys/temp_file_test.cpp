#include "support/temporary_folder.hpp"
#include "sys/temp_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <chrono>
#include <optional>

namespace callctl::sys {
namespace {

using namespace std::chrono_literals;

TEST(TempFile, IsEmptyAndForItsOwnerAlone) {
    const support::TemporaryFolder folder;
    const auto file = TempFile::create(folder.path());
    ASSERT_TRUE(file) << file.error().message;
    struct stat state {};
    ASSERT_EQ(::stat(file->path().c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 0777U, 0600U);
    EXPECT_EQ(state.st_size, 0);
    EXPECT_THAT(file->path(), testing::StartsWith(folder.path() + "/"));
}

TEST(TempFile, IsGoneAtTheEnd) {
    const support::TemporaryFolder folder;
    {
        const auto file = TempFile::create(folder.path());
        ASSERT_EQ(folder.names().size(), 1U);
    }
    EXPECT_THAT(folder.names(), testing::IsEmpty());
}

TEST(TempFile, HasANewNameEveryTime) {
    const support::TemporaryFolder folder;
    const auto first = TempFile::create(folder.path());
    const auto second = TempFile::create(folder.path());
    EXPECT_NE(first->path(), second->path());
}

TEST(TempFile, GoesAlongWhenMoved) {
    const support::TemporaryFolder folder;
    {
        auto made = TempFile::create(folder.path());
        std::optional<TempFile> first{std::move(*made)};
        TempFile second{std::move(*first)};
        first.reset();
        EXPECT_EQ(folder.names().size(), 1U);
        auto other = TempFile::create(folder.path());
        second = std::move(*other);
    }
    EXPECT_THAT(folder.names(), testing::IsEmpty());
}

TEST(TempFile, MayBeRemovedByOthers) {
    const support::TemporaryFolder folder;
    const auto file = TempFile::create(folder.path());
    std::filesystem::remove(file->path());
}

TEST(TempFile, NamesADirectoryThatIsNotThere) {
    const auto file = TempFile::create("/nonexistent/folder");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().kind, base::ErrorKind::transient);
    EXPECT_THAT(file.error().message, testing::HasSubstr("/nonexistent/folder"));
}

TEST(AbandonedTempFiles, AreRemovedAndNothingElse) {
    const support::TemporaryFolder folder;
    const auto young = TempFile::create(folder.path());
    const auto old = TempFile::create(folder.path());
    const auto partial = old->path() + ".a1b2c3"; // a download beside it
    folder.write(std::filesystem::path{partial}.filename(), "x");
    folder.write("spool", "not ours");
    for (const auto& path : {old->path(), partial, folder.path("spool")}) {
        std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - 48h);
    }
    EXPECT_EQ(remove_abandoned_temp_files(folder.path(), 24h), 2U);
    EXPECT_THAT(folder.names(),
                testing::UnorderedElementsAre(
                    "spool", std::filesystem::path{young->path()}.filename().string()));
}

TEST(AbandonedTempFiles, AreNoneInADirectoryThatIsNotThere) {
    EXPECT_EQ(remove_abandoned_temp_files("/nonexistent/folder", 0s), 0U);
}

} // namespace
} // namespace callctl::sys
