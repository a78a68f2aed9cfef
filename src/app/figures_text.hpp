// What the database and the process are like, in Prometheus' text form. callctl-metrics(7) has all
// names.
#pragma once

#include "port/figures.hpp"
#include "port/process_figures.hpp"

#include <optional>
#include <string>

namespace callctl::app {

/// Nothing: the database could not be asked, and callctl_database_up says so. No name of a family
/// here is in another text, so that texts can be put together.
[[nodiscard]] std::string database_text(const std::optional<port::Figures>& figures);
/// callctl_build_info.
[[nodiscard]] std::string build_text(const std::string& version);
/// process_*, as Prometheus' client libraries give them. Not for a textfile: there they would be
/// taken for the collector's own.
[[nodiscard]] std::string process_text(const port::ProcessFigures& figures);

} // namespace callctl::app
