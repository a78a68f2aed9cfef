#include "unit/config/sandbox.hpp"

#include "config/sample.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace callctl::config {
namespace {

using testing::HasSubstr;

// As after the # was removed from every setting and table.
std::string uncommented(const std::string& sample) {
    std::istringstream in{sample};
    std::string text;
    for (std::string line; std::getline(in, line);) {
        const bool commented_out = line.size() > 1 && line[0] == '#' && line[1] != ' ';
        text += (commented_out ? line.substr(1) : line) + "\n";
    }
    return text;
}

std::vector<std::string> lines_of(const Loaded& loaded) {
    std::vector<std::string> lines;
    for (const Entry& entry : loaded.entries) {
        lines.push_back(entry.key + " = " + entry.shown);
    }
    return lines;
}

TEST(Sample, SetsNothingAsItIs) {
    for (const Entry& entry : load(Sandbox{}.with_file(sample_file())).entries) {
        EXPECT_NE(entry.origin.kind, OriginKind::file) << entry.key;
    }
}

TEST(Sample, ShowsTheDefaultsThatHold) {
    const Loaded plain = load(Sandbox{}.sources());
    EXPECT_EQ(lines_of(load(Sandbox{}.with_file(uncommented(sample_file())))), lines_of(plain));
}

TEST(Sample, HasEverySettingWithWhatItDoes) {
    const std::string text = sample_file();
    for (const Setting& setting : k_settings) {
        EXPECT_THAT(text, HasSubstr(fmt::format("\n#{} = ", setting.key)));
        EXPECT_THAT(text, HasSubstr(fmt::format("\n# {}\n", setting.description)));
    }
    for (const std::string_view table : k_open_tables) {
        EXPECT_THAT(text, HasSubstr(fmt::format("\n#[{}]\n", table)));
    }
}

} // namespace
} // namespace callctl::config
