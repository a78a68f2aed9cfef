// Options that several subcommands share.
#pragma once

#include "cli_forward.hpp"
#include "exit_code.hpp"
#include "runner.hpp"

#include <initializer_list>
#include <optional>
#include <string>

namespace callctl::cmd {

/// `--flag VALUE` that overrides the setting `key` of the configuration.
CLI::Option* add_setting(CLI::App& command, Runner& runner, const std::string& flag,
                         const std::string& key, const std::string& description);

/// Threads of one process; each has a connection to the database.
inline constexpr int k_most_at_once = 512;

/// `flag N`: a whole number within the limits, else UsageError. Where `highest` is the largest int
/// only the lower limit is named.
CLI::Option* add_number(CLI::App& command, const std::string& flag, int& value, int lowest,
                        int highest, const std::string& description);
CLI::Option* add_number(CLI::App& command, const std::string& flag, std::optional<int>& value,
                        int lowest, int highest, const std::string& description);

void add_json(CLI::App& command, bool& json);
void add_dry_run(CLI::App& command, bool& dry_run, const std::string& description);

/// Exit codes in `--help`, with what they mean; their manual page has the same. Before the
/// examples.
void add_exit_codes(CLI::App& command, std::initializer_list<ExitCode> codes);

/// Examples at the foot of `--help`; the manual page says the rest.
void add_examples(CLI::App& command, const std::string& page, const std::string& examples);

} // namespace callctl::cmd
