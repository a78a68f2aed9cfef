// The version of this binary and of what it is made of.
#pragma once

#include <string>

namespace callctl::cmd {

/// `0.1.0+g1234abc`
[[nodiscard]] std::string version_text();
/// Several lines: the version, then the libraries that it was built with or runs on.
[[nodiscard]] std::string version_report();

} // namespace callctl::cmd
