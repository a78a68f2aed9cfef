// The TOML file as flat keys with their places; file.cpp alone includes toml++.
#pragma once

#include "config/origin.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace callctl::config {

using Values = std::map<std::string, Value, std::less<>>;

enum class Missing { is_empty, is_error };

/// The values of the file by key, arrays joined by commas. Throws base::ConfigError with file, line
/// and column for what is not TOML, for unknown keys (with the nearest known one) and for values
/// that are neither text, number nor truth.
[[nodiscard]] Values read_file(const std::filesystem::path& path, Missing missing);

} // namespace callctl::config
