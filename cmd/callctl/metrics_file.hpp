// The file in which a reconcile pass leaves its figures for node_exporter's textfile collector.
#pragma once

#include "runner.hpp"

#include "app/reconcile.hpp"

#include <functional>
#include <optional>

namespace callctl::cmd {

/// Carries out the pass, which returns the exit code and sets the report where it comes to its end,
/// and then writes what became of it, with the database's figures, to the configured file. Rethrows
/// what the pass throws. A file that cannot be written is a warning and no more: the pass counts.
int with_metrics_file(Runner& runner, const config::Config& config,
                      const std::function<int(std::optional<app::ReconcileReport>&)>& pass);

} // namespace callctl::cmd
