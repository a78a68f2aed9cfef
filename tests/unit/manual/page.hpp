// The manual pages, as they are written.
#pragma once

#include <fstream>
#include <sstream>
#include <string>

namespace callctl::test {

/// Of a file below the folder of the pages.
[[nodiscard]] inline std::string text_of(const std::string& path) {
    std::ifstream in{std::string{CALLCTL_MAN_DIR} + "/" + path};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

/// \param name as in `callctl-status.1`
[[nodiscard]] inline std::string page(const std::string& name) {
    return text_of(name + ".scd");
}

} // namespace callctl::test
