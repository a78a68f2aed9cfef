#pragma once

#include "cli_forward.hpp"
#include "runner.hpp"

namespace callctl::cmd {

void add_start_recording(CLI::App& app, Runner& runner);

} // namespace callctl::cmd
