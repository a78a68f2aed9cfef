// The configuration file that an installation begins with.
#pragma once

#include <string>

namespace callctl::config {

/// A TOML file in which every setting stands, commented out, with its default and what it does.
/// Read as it is, it sets nothing.
[[nodiscard]] std::string sample_file();

} // namespace callctl::config
