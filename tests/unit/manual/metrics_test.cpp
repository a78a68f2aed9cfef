// callctl-metrics(7) has every figure that is exposed, and no other.
#include "unit/app/exposed.hpp"
#include "unit/app/figures_samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace callctl::app {
namespace {

// Entries in the form of entries_of(): a name in bold, its kind and labels, what it says.
std::set<std::string> entries_of_page() {
    std::ifstream in{std::string{CALLCTL_MAN_DIR} + "/callctl-metrics.7.scd"};
    std::set<std::string> entries;
    std::string head;
    std::string help;
    const auto finish = [&] {
        if (!head.empty()) {
            entries.insert(head + "\n\t" + help + "\n");
        }
        head.clear();
        help.clear();
    };
    for (std::string line; std::getline(in, line);) {
        const bool begins = line.starts_with("*callctl_") || line.starts_with("*process_");
        if (begins || line.empty() || line.starts_with("#")) {
            finish();
        }
        if (begins) {
            const auto end = line.find_first_of(":)", line.find('('));
            head = line.substr(0, end) + ")";
        } else if (!head.empty()) {
            help += (help.empty() ? "" : " ") + line.substr(line.find_first_not_of('\t'));
        }
    }
    finish();
    return entries;
}

TEST(CallctlMetrics, HasEveryFigureWithItsTypeAndMeaning) {
    const auto page = entries_of_page();
    for (const std::string& entry : entries_of(every_text())) {
        EXPECT_EQ(page.count(entry), 1U) << entry;
    }
}

TEST(CallctlMetrics, HasNoFigureThatIsNotThere) {
    const auto exposed = entries_of(every_text());
    for (const std::string& entry : entries_of_page()) {
        EXPECT_EQ(exposed.count(entry), 1U) << entry;
    }
    EXPECT_EQ(entries_of_page().size(), exposed.size());
}

} // namespace
} // namespace callctl::app
