// callctl-runbook(7) has an entry for every reason and every alert that there is, and for no other.
#include "unit/manual/page.hpp"

#include "call/reason.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace callctl {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

struct Section {
    std::string text{};                           ///< before its first entry
    std::map<std::string, std::string> entries{}; ///< under `## NAME`
};

std::map<std::string, Section> runbook() {
    std::istringstream in{test::page("callctl-runbook.7")};
    std::map<std::string, Section> sections;
    std::string* text = nullptr;
    Section* section = nullptr;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("# ")) {
            section = &sections[line.substr(2)];
            text = &section->text;
        } else if (line.starts_with("## ") && section != nullptr) {
            text = &section->entries[line.substr(3)];
        } else if (text != nullptr) {
            *text += line + "\n";
        }
    }
    return sections;
}

std::set<std::string> all_in(const std::string& text, const std::string& pattern) {
    const std::regex words{pattern};
    std::set<std::string> found;
    for (std::sregex_iterator at{text.begin(), text.end(), words}; at != std::sregex_iterator{};
         ++at) {
        found.insert((*at)[1]);
    }
    return found;
}

// Section by alert, as the page has them.
std::map<std::string, std::string> alerts_of_page() {
    const std::string text = runbook().at("ALERTS").text;
    std::map<std::string, std::string> alerts;
    for (const std::string& alert : all_in(text, R"(\*(Callctl[A-Za-z]+)\*)")) {
        const auto begin = text.find('\t', text.find("*" + alert + "*")) + 1;
        alerts[alert] = text.substr(begin, text.find('\n', begin) - begin);
    }
    return alerts;
}

// What the rules say of each alert, on one line.
std::map<std::string, std::string> alerts_of_rules() {
    std::istringstream in{test::text_of("../scripts/prometheus/callctl.rules.yml")};
    std::map<std::string, std::string> alerts;
    std::string alert;
    const std::string head = "      - alert: ";
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(head)) {
            alert = line.substr(head.size());
        } else if (!alert.empty() && line.find_first_not_of(' ') != std::string::npos) {
            alerts[alert] += " " + line.substr(line.find_first_not_of(' '));
        }
    }
    return alerts;
}

TEST(CallctlRunbook, HasAnEntryForEveryReasonInTheSectionOfItsClass) {
    const auto sections = runbook();
    for (const call::ReasonInfo& reason : call::all_reasons()) {
        std::string found = "no section";
        for (const auto& [name, section] : sections) {
            found = section.entries.contains(std::string{reason.code}) ? section.text : found;
        }
        EXPECT_THAT(found,
                    HasSubstr(fmt::format("class _{}_", call::to_string(reason.reason_class))))
            << reason.code;
    }
}

TEST(CallctlRunbook, HasNoReasonThatIsNotThere) {
    for (const auto& [name, section] : runbook()) {
        for (const auto& [code, text] : section.entries) {
            EXPECT_TRUE(call::parse_reason(code)) << code << " in " << name;
        }
    }
    const auto words = all_in(test::page("callctl-runbook.7"), R"(\b([A-Z]+_[A-Z_]+)\b)");
    EXPECT_GE(words.size(), 10U);
    for (const std::string& code : words) {
        EXPECT_TRUE(call::parse_reason(code)) << code;
    }
}

TEST(CallctlRunbook, EachEntryTellsWhatItMeansWhatCallctlDoesAndWhatYouDo) {
    for (const auto& [name, section] : runbook()) {
        for (const auto& [code, text] : section.entries) {
            EXPECT_THAT(text, HasSubstr("\n*Means")) << code;
            EXPECT_THAT(text, HasSubstr("\n*callctl* ")) << code;
            EXPECT_THAT(text, HasSubstr("\n*You* ")) << code;
            EXPECT_THAT(text, AnyOf(HasSubstr("\n\tcallctl "), HasSubstr("\n*You* do nothing.")))
                << code;
        }
    }
}

TEST(CallctlRunbook, HasEveryAlertAndNoOtherAndTheSectionThatTheAlertNames) {
    const auto sections = runbook();
    const auto of_rules = alerts_of_rules();
    const auto of_page = alerts_of_page();
    EXPECT_GE(of_page.size(), 18U);
    for (const auto& [alert, words] : of_rules) {
        ASSERT_TRUE(of_page.contains(alert)) << alert;
        const std::string& section = of_page.at(alert);
        EXPECT_TRUE(sections.contains(section)) << section;
        EXPECT_THAT(words, HasSubstr("callctl-runbook(7), " + section + ".")) << alert;
    }
    for (const auto& [alert, section] : of_page) {
        EXPECT_TRUE(of_rules.contains(alert)) << alert;
    }
}

} // namespace
} // namespace callctl
