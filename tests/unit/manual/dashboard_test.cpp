// The dashboard for Grafana asks for figures that are exposed, and says what each panel shows.
#include "unit/app/exposed.hpp"
#include "unit/app/figures_samples.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <regex>
#include <set>
#include <string>

namespace callctl::app {
namespace {

using nlohmann::json;

json panels() {
    std::ifstream in{CALLCTL_DASHBOARD};
    return json::parse(in).at("panels");
}

// As they are asked for: a histogram by its parts.
std::set<std::string> exposed_names() {
    std::set<std::string> names;
    for (const std::string& entry : entries_of(every_text())) {
        const std::string name = entry.substr(1, entry.find('*', 1) - 1);
        if (entry.find("(histogram)") == std::string::npos) {
            names.insert(name);
            continue;
        }
        for (const std::string part : {"_bucket", "_sum", "_count"}) {
            names.insert(name + part);
        }
    }
    return names;
}

std::set<std::string> asked_names() {
    const std::regex name{"(callctl|process)_[a-z_]+"};
    std::set<std::string> names;
    for (const json& panel : panels()) {
        for (const json& target : panel.value("targets", json::array())) {
            const auto expression = target.at("expr").get<std::string>();
            for (std::sregex_iterator at{expression.begin(), expression.end(), name}, end;
                 at != end; ++at) {
                names.insert(at->str());
            }
        }
    }
    return names;
}

TEST(Dashboard, AsksForNoFigureThatIsNotThere) {
    const auto exposed = exposed_names();
    const auto asked = asked_names();
    EXPECT_GE(asked.size(), 30U);
    for (const std::string& name : asked) {
        EXPECT_EQ(exposed.count(name), 1U) << name;
    }
}

TEST(Dashboard, HasPanelsThatSayWhatTheyShowFromTheChosenSource) {
    std::set<int> ids;
    for (const json& panel : panels()) {
        const auto title = panel.at("title").get<std::string>();
        EXPECT_TRUE(ids.insert(panel.at("id").get<int>()).second) << title;
        if (panel.at("type") != "row") {
            EXPECT_FALSE(panel.at("description").get<std::string>().empty()) << title;
            EXPECT_EQ(panel.at("datasource").at("uid"), "${datasource}") << title;
        }
    }
}

TEST(Dashboard, HasNoPanelOverAnother) {
    std::set<std::pair<int, int>> taken;
    for (const json& panel : panels()) {
        const json& place = panel.at("gridPos");
        for (int x = place.at("x"); x < place.at("x").get<int>() + place.at("w").get<int>(); ++x) {
            for (int y = place.at("y"); y < place.at("y").get<int>() + place.at("h").get<int>();
                 ++y) {
                EXPECT_TRUE(taken.emplace(x, y).second) << panel.at("title");
                EXPECT_LT(x, 24) << panel.at("title");
            }
        }
    }
}

} // namespace
} // namespace callctl::app
