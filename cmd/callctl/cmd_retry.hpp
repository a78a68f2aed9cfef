#pragma once

#include "cli_forward.hpp"
#include "runner.hpp"

namespace callctl::cmd {

void add_retry(CLI::App& app, Runner& runner);

} // namespace callctl::cmd
