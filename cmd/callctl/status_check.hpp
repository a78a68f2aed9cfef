// `status --check`: its options, and its run.
#pragma once

#include "cli_forward.hpp"
#include "runner.hpp"

#include "app/health.hpp"

#include <string>

namespace callctl::cmd {

struct CheckOptions {
    bool wanted{false};
    std::string timeout{"10"};
    app::Thresholds thresholds{};
};

void add_check(CLI::App& command, CheckOptions& options);
/// Throws UsageError where options of --check and of reports were given together.
void refuse_mixture(const CLI::App& command, const CheckOptions& options);
/// The exit code is on the scale of monitoring plug-ins.
int run_check(Runner& runner, const CheckOptions& options);

} // namespace callctl::cmd
