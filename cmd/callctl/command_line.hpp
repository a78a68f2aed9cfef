// The command line: which subcommand, with which options; and what to say when it is wrong.
#pragma once

#include "runner.hpp"

#include <string>
#include <vector>

namespace callctl::cmd {

/// Parses, runs the subcommand, and turns every exception into a message and an exit code.
/// `arguments` is without the program's name.
[[nodiscard]] int run_command_line(Runner& runner, std::vector<std::string> arguments);

} // namespace callctl::cmd
