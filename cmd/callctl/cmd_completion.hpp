#pragma once

#include "cli_forward.hpp"
#include "runner.hpp"

namespace callctl::cmd {

/// \pre `app` outlives the action: its commands and options are what is completed.
void add_completion(CLI::App& app, Runner& runner);

} // namespace callctl::cmd
