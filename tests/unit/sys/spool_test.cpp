#include "base/exception.hpp"
#include "sys/spool.hpp"
#include "sys/spool_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace callctl::sys {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Records = std::vector<std::string>;

class SpoolFolder : public testing::Test {
  protected:
    SpoolFolder() {
        std::string name = fs::temp_directory_path() / "callctl-spool-XXXXXX";
        m_folder = ::mkdtemp(name.data());
    }
    ~SpoolFolder() override { fs::remove_all(m_folder); }

    [[nodiscard]] fs::path folder() const { return m_folder / "spool"; }
    [[nodiscard]] SpoolOptions options() {
        return {.on_fault = [this](std::string_view fault) { m_faults.emplace_back(fault); }};
    }
    [[nodiscard]] std::vector<fs::path> files() const { return spool_files_in(folder()); }

    static std::string content(const fs::path& path) {
        std::ifstream in{path, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    static void overwrite(const fs::path& path, const std::string& bytes) {
        std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes;
    }

    std::vector<std::string> m_faults{};

  private:
    fs::path m_folder;
};

void append(Spool& spool, const Records& records) {
    const auto appended = spool.append(records);
    ASSERT_TRUE(appended) << appended.error().message;
}

Records drained(Spool& spool) {
    Records all;
    for (auto some = spool.oldest(3); !some.empty(); some = spool.oldest(3)) {
        all.insert(all.end(), some.begin(), some.end());
        spool.remove(some.size());
    }
    return all;
}

Records numbers(int from, int to) {
    Records records;
    for (int i = from; i < to; ++i) {
        records.push_back(std::to_string(i));
    }
    return records;
}

TEST_F(SpoolFolder, GivesRecordsInTheirOrderAndLeavesNoFile) {
    Spool spool{folder(), options()};
    append(spool, {"a", "b"});
    append(spool, {"c"});
    EXPECT_EQ(spool.depth().records, 3U);
    EXPECT_THAT(spool.oldest(2), ElementsAre("a", "b"));
    EXPECT_THAT(spool.oldest(2), ElementsAre("a", "b")) << "they stay until they are removed";
    spool.remove(1);
    append(spool, {"d"});
    EXPECT_THAT(drained(spool), ElementsAre("b", "c", "d"));
    EXPECT_EQ(spool.depth().records, 0U);
    EXPECT_EQ(spool.depth().bytes, 0U);
    EXPECT_THAT(files(), IsEmpty());
    append(spool, {"e"});
    EXPECT_THAT(drained(spool), ElementsAre("e"));
}

TEST_F(SpoolFolder, BeginsANewFileWhereOneIsLongAndRemovesThoseThatAreRead) {
    auto small = options();
    small.file_bytes = 200;
    Spool spool{folder(), small};
    for (int i = 0; i < 20; ++i) {
        append(spool, {std::to_string(i)});
    }
    const auto before = files().size();
    EXPECT_GE(before, 4U);
    EXPECT_EQ(spool.oldest(10), numbers(0, 10)) << "across files";
    spool.remove(10);
    EXPECT_LT(files().size(), before);
    EXPECT_EQ(drained(spool), numbers(10, 20));
    EXPECT_THAT(files(), IsEmpty());
}

TEST_F(SpoolFolder, HasWhatADeadProcessLeftBeforeItsOwn) {
    {
        Spool dead{folder(), options()};
        append(dead, {"old 1", "old 2"});
    }
    Spool spool{folder(), options()};
    EXPECT_EQ(spool.depth().records, 2U);
    append(spool, {"new"});
    EXPECT_THAT(drained(spool), ElementsAre("old 1", "old 2", "new"));
    EXPECT_THAT(files(), IsEmpty());
}

TEST_F(SpoolFolder, LeavesTheFilesOfLivingProcessesAlone) {
    auto other = std::make_unique<Spool>(folder(), options());
    append(*other, {"theirs"});
    {
        Spool spool{folder(), options()};
        EXPECT_THAT(spool.oldest(5), IsEmpty());
        append(spool, {"ours"});
        EXPECT_THAT(drained(spool), ElementsAre("ours"));
    }
    other.reset();
    Spool next{folder(), options()};
    EXPECT_THAT(drained(next), ElementsAre("theirs"));
}

TEST_F(SpoolFolder, ForgetsWhatWasDamagedSinceItWasCounted) {
    {
        Spool dead{folder(), options()};
        append(dead, {"one", "two", "three"});
    }
    Spool spool{folder(), options()};
    EXPECT_EQ(spool.depth().records, 3U);
    std::string bytes = content(files().at(0));
    bytes[bytes.find("two")] = 'T';
    std::ofstream{files().at(0), std::ios::binary | std::ios::in} << bytes; // the same file
    EXPECT_THAT(drained(spool), ElementsAre("one", "three"));
    EXPECT_EQ(spool.depth().records, 0U);
    EXPECT_EQ(spool.depth().bytes, 0U);
    EXPECT_EQ(m_faults.size(), 1U);
}

TEST_F(SpoolFolder, GoesOnWithoutAFileThatCannotBeRead) {
    {
        Spool dead{folder(), options()};
        append(dead, {"lost", "as well"});
    }
    Spool spool{folder(), options()};
    append(spool, {"fresh"});
    fs::resize_file(files().at(0), 10); // shorter than it was, as a broken disk gives it
    EXPECT_THAT(drained(spool), ElementsAre("fresh"));
    EXPECT_EQ(spool.depth().records, 0U);
    EXPECT_THAT(m_faults, ElementsAre(HasSubstr("cannot be read")));
    EXPECT_FALSE(fs::is_empty(folder() / "damaged"));
}

TEST_F(SpoolFolder, CutsATornEndAndSaysNothingOfIt) {
    {
        Spool dead{folder(), options()};
        append(dead, {"whole"});
    }
    const auto file = files().at(0);
    overwrite(file, content(file) + framed("torn").substr(0, 30));
    Spool spool{folder(), options()};
    EXPECT_THAT(drained(spool), ElementsAre("whole"));
    EXPECT_THAT(m_faults, IsEmpty());
    EXPECT_THAT(files(), IsEmpty());
}

TEST_F(SpoolFolder, KeepsADamagedFileOutOfTheWayAndReportsIt) {
    {
        Spool dead{folder(), options()};
        append(dead, {"one", "two", "three"});
    }
    const auto file = files().at(0);
    std::string bytes = content(file);
    bytes[bytes.find("two")] = 'T';
    overwrite(file, bytes);
    Spool spool{folder(), options()};
    EXPECT_THAT(drained(spool), ElementsAre("one", "three"));
    EXPECT_THAT(m_faults, ElementsAre(HasSubstr("are no record")));
    EXPECT_THAT(files(), IsEmpty());
    EXPECT_EQ(content(folder() / "damaged" / file.filename()), bytes) << "nothing of it is lost";
    EXPECT_EQ(Spool(folder(), options()).depth().records, 0U) << "nor read again";
}

TEST_F(SpoolFolder, SaysWhichFileItCannotOpen) {
    fs::create_directories(folder() / "00000000000000000001-not-a-file.spool");
    fs::create_symlink("nowhere", folder() / "00000000000000000002-a-link.spool");
    Spool spool{folder(), options()};
    EXPECT_EQ(spool.depth().records, 0U);
    EXPECT_THAT(m_faults, ElementsAre(HasSubstr("not-a-file"), HasSubstr("a-link")));
}

TEST_F(SpoolFolder, SetsARecordAsideWithItsFile) {
    Spool spool{folder(), options()};
    append(spool, {"unreadable", "good"});
    ASSERT_EQ(spool.oldest(2).size(), 2U);
    spool.set_aside_oldest("it is no delivery");
    EXPECT_THAT(drained(spool), ElementsAre("good"));
    EXPECT_THAT(m_faults, ElementsAre(HasSubstr("it is no delivery")));
    EXPECT_FALSE(fs::is_empty(folder() / "damaged"));
}

TEST_F(SpoolFolder, SetsARecordAsideWithItsFileAndNotWithOneBeforeItThatHoldsNone) {
    for (const std::string& first : {std::string{}, framed("torn").substr(0, 30)}) {
        m_faults.clear();
        fs::remove_all(folder());
        for (const Records& records : {Records{"lost"}, Records{"unreadable", "good"}}) {
            Spool dead{folder(), options()};
            append(dead, records);
        }
        ASSERT_EQ(files().size(), 2U);
        overwrite(files().at(0), first);
        const fs::path name = files().at(1).filename();
        const std::string bytes = content(files().at(1));
        Spool spool{folder(), options()};
        ASSERT_EQ(spool.oldest(2).size(), 2U);
        spool.set_aside_oldest("it is no delivery");
        EXPECT_THAT(drained(spool), ElementsAre("good"));
        EXPECT_THAT(m_faults, ElementsAre(HasSubstr(name.string())));
        EXPECT_THAT(files(), IsEmpty());
        EXPECT_EQ(content(folder() / "damaged" / name), bytes) << "nothing of it is lost";
        EXPECT_EQ(spool_files_in(folder() / "damaged").size(), 1U);
    }
}

TEST_F(SpoolFolder, IsFullAtItsLimitAndTakesMoreOnceThereIsRoom) {
    auto small = options();
    small.max_bytes = 1'000;
    Spool spool{folder(), small};
    append(spool, {std::string(500, 'a')});
    const auto refused = spool.append(Records{std::string(500, 'b')});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::conflict);
    EXPECT_THAT(refused.error().message, HasSubstr("is full: 540 of 1000 bytes"));
    EXPECT_EQ(drained(spool).size(), 1U);
    append(spool, {std::string(500, 'b')});
}

// As a full disk does: a part of the write fits (setrlimit(2), RLIMIT_FSIZE).
class FileSizeLimit {
  public:
    explicit FileSizeLimit(::rlim_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &m_former);
        const ::rlimit limit{bytes, m_former.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &m_former); }

  private:
    ::rlimit m_former{};
};

TEST_F(SpoolFolder, KeepsNothingOfAnAppendThatTheDiskRefuses) {
    Spool spool{folder(), options()};
    append(spool, {"before"});
    {
        const FileSizeLimit limit{400};
        const auto refused = spool.append(Records{std::string(200, 'a'), std::string(200, 'b')});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().kind, base::ErrorKind::transient);
        EXPECT_THAT(refused.error().message, HasSubstr("cannot write"));
        append(spool, {"fits"});
    }
    append(spool, {std::string(600, 'c')});
    EXPECT_THAT(drained(spool), ElementsAre("before", "fits", std::string(600, 'c')));
}

TEST_F(SpoolFolder, IsForTheEyesOfItsOwnerAlone) {
    Spool spool{folder(), options()};
    append(spool, {"phone numbers"});
    const auto others = fs::perms::group_all | fs::perms::others_all;
    EXPECT_EQ(fs::status(folder()).permissions() & others, fs::perms::none);
    EXPECT_EQ(fs::status(files().at(0)).permissions() & others, fs::perms::none);
}

TEST_F(SpoolFolder, RefusesAPlaceThatIsNoFolder) {
    fs::create_directories(folder().parent_path());
    overwrite(folder(), "a file");
    EXPECT_THROW((Spool{folder(), options()}), base::ConfigError);
}

} // namespace
} // namespace callctl::sys
