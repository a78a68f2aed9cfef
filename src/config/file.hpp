// The TOML file as flat keys with their places; file.cpp alone includes toml++.
#pragma once

#include "config/origin.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace callctl::config {

using Values = std::map<std::string, Value, std::less<>>;

/// The values below an open table, by the rest of their keys.
[[nodiscard]] Values table_of(const Values& values, std::string_view table);

/// The value stands in an open table.
[[nodiscard]] bool is_in_open_table(std::string_view key);

enum class Missing { is_empty, is_error };

/// The values of the file by key, arrays joined by commas. Throws base::ConfigError with file, line
/// and column for what is not TOML, for unknown keys (with the nearest known one) and for values
/// that are neither text, number nor truth.
[[nodiscard]] Values read_file(const std::filesystem::path& path, Missing missing);

} // namespace callctl::config
