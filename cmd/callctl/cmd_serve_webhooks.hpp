#pragma once

#include "runner.hpp"

namespace CLI {
class App;
}

namespace callctl::cmd {

void add_serve_webhooks(CLI::App& app, Runner& runner);

} // namespace callctl::cmd
