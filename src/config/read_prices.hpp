// The prices of models, by which costs are counted.
#pragma once

#include "config/config.hpp"
#include "config/reader.hpp"

#include <map>
#include <string>

namespace callctl::config {

/// By model. Throws base::ConfigError for what is no price.
[[nodiscard]] std::map<std::string, Price> read_prices(const Reader& read);

} // namespace callctl::config
