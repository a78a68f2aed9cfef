#include "sys/spool_format.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace callctl::sys {
namespace {

std::vector<std::string> records_of(std::string_view bytes, const SpoolScan& scan) {
    std::vector<std::string> records;
    for (const SpoolBytes& record : scan.records) {
        records.emplace_back(bytes.substr(record.begin, record.end - record.begin));
    }
    return records;
}

std::string file_of(const std::vector<std::string>& records) {
    std::string bytes;
    for (const std::string& record : records) {
        bytes += framed(record);
    }
    return bytes;
}

using Records = std::vector<std::string>;

TEST(SpoolFormat, GivesBackWhatWasWritten) {
    const Records records{"first", "", std::string("nul\0byte", 8), std::string(70'000, 'x')};
    const std::string file = file_of(records);
    const auto scan = scan_spool(file);
    EXPECT_EQ(records_of(file, scan), records);
    EXPECT_TRUE(scan.damaged.empty());
    EXPECT_EQ(scan.torn_at, file.size());
}

TEST(SpoolFormat, CutsARecordThatWasTornAtAnyByte) {
    const std::string whole = file_of({"first", "second"});
    const std::string last = framed("the last");
    for (std::size_t kept = 1; kept < last.size(); ++kept) {
        const std::string file = whole + last.substr(0, kept);
        const auto scan = scan_spool(file);
        EXPECT_EQ(records_of(file, scan), (Records{"first", "second"})) << kept;
        EXPECT_EQ(scan.torn_at, whole.size()) << kept;
        EXPECT_TRUE(scan.damaged.empty()) << kept;
    }
}

TEST(SpoolFormat, CutsZerosThatAFileGrewByBeforeItsBytesWereThere) {
    const std::string whole = file_of({"first"});
    const std::string file = whole + std::string(4096, '\0');
    const auto scan = scan_spool(file);
    EXPECT_EQ(records_of(file, scan), Records{"first"});
    EXPECT_EQ(scan.torn_at, whole.size());
    EXPECT_TRUE(scan.damaged.empty());
}

TEST(SpoolFormat, FindsEveryOtherRecordWhicheverByteIsDamaged) {
    const std::string before = framed("before");
    const std::string hit = framed("this one is hit");
    const std::string file = before + hit + framed("after") + framed("and the last");
    for (std::size_t at = 0; at < hit.size(); ++at) {
        std::string damaged = file;
        damaged[before.size() + at] = static_cast<char>(damaged[before.size() + at] ^ 0x40);
        const auto scan = scan_spool(damaged);
        EXPECT_EQ(records_of(damaged, scan), (Records{"before", "after", "and the last"})) << at;
        EXPECT_EQ(scan.damaged,
                  (std::vector{SpoolBytes{before.size(), before.size() + hit.size()}}))
            << at;
        EXPECT_EQ(scan.torn_at, damaged.size());
    }
}

TEST(SpoolFormat, TakesALastRecordOfWhichOnlyTheBytesAreWrongForDamageAndNotForTorn) {
    std::string file = file_of({"first", "second"});
    file.back() = '!';
    const auto scan = scan_spool(file);
    EXPECT_EQ(records_of(file, scan), Records{"first"});
    EXPECT_EQ(scan.damaged, (std::vector{SpoolBytes{framed("first").size(), file.size()}}));
}

// Bits of the length that lead beyond the end look like a record that was never written to its end.
TEST(SpoolFormat, TakesALastRecordOfWhichOnlyTheLengthIsWrongForDamageAndNotForTorn) {
    const std::string first = framed("first");
    for (const std::size_t byte : {4U, 5U, 6U}) {
        std::string file = first + framed("the last");
        file[first.size() + byte] = static_cast<char>(file[first.size() + byte] ^ 0x20);
        const auto scan = scan_spool(file);
        EXPECT_EQ(records_of(file, scan), Records{"first"}) << byte;
        EXPECT_EQ(scan.damaged, (std::vector{SpoolBytes{first.size(), file.size()}})) << byte;
        EXPECT_EQ(scan.torn_at, file.size()) << byte;
    }
}

TEST(SpoolFormat, DoesNotBelieveALengthBeyondTheLongestRecord) {
    std::string file = framed("first");
    file.replace(4, 4, "\xff\xff\xff\x7f");
    file += framed("second");
    const auto scan = scan_spool(file);
    EXPECT_EQ(records_of(file, scan), Records{"second"});
    EXPECT_EQ(scan.damaged.size(), 1U);
}

RC_GTEST_PROP(SpoolFormat, AccountsForEveryByteOfAnyFile,
              (const std::vector<std::string>& records, const std::string& rest)) {
    const std::string file = file_of(records) + rest;
    const auto scan = scan_spool(file);
    std::size_t at = 0;
    std::size_t record = 0;
    std::size_t damage = 0;
    while (at < scan.torn_at) {
        if (damage < scan.damaged.size() && scan.damaged[damage].begin == at) {
            at = scan.damaged[damage++].end;
            continue;
        }
        RC_ASSERT(record < scan.records.size());
        RC_ASSERT(scan.records[record].begin == at + k_record_frame);
        at = scan.records[record++].end;
    }
    RC_ASSERT(at == scan.torn_at);
    RC_ASSERT(record == scan.records.size());
    RC_ASSERT(damage == scan.damaged.size());
    const auto found = records_of(file, scan);
    RC_ASSERT(std::equal(records.begin(), records.end(), found.begin()));
}

} // namespace
} // namespace callctl::sys
