// What a text in Prometheus' form says, for tests.
#pragma once

#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>

namespace callctl::app {

/// Values by series as it is written: `callctl_calls{stage="summary",status="failed"}`. Throws
/// where a line is no sample, or a series comes twice.
inline std::map<std::string, double> series_of(const std::string& text) {
    std::map<std::string, double> series;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) {
            continue;
        }
        const auto space = line.rfind(' ');
        if (space == std::string::npos ||
            !series.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second) {
            throw std::runtime_error{"no sample, or one that is there already: " + line};
        }
    }
    return series;
}

/// The families as callctl-metrics(7) has them: `*callctl_due* (gauge)\n\tCalls that are due now.`
inline std::set<std::string> entries_of(const std::string& text) {
    std::set<std::string> entries;
    std::map<std::string, std::string> helps;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) {
        std::istringstream words{line};
        std::string hash;
        std::string kind;
        std::string name;
        words >> hash >> kind >> name;
        if (hash == "#" && kind == "HELP") {
            helps[name] = line.substr(line.find(name) + name.size() + 1);
        } else if (hash == "#" && kind == "TYPE") {
            std::string type;
            words >> type;
            entries.insert("*" + name + "* (" + type + ")\n\t" + helps[name] + ".\n");
        }
    }
    return entries;
}

} // namespace callctl::app
