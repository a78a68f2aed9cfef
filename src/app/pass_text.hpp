// What a reconcile pass did, in Prometheus' text form: for node_exporter's textfile collector.
#pragma once

#include "app/reconcile.hpp"
#include "base/time.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace callctl::app {

struct PassFigures {
    base::Time ended_at{}; ///< by this host's clock
    std::chrono::milliseconds duration{};
    int exit_code{0};
    std::optional<base::Time> last_success{}; ///< of this pass or of an earlier one
    std::optional<ReconcileReport> report{};  ///< nothing: it did not come to its end
};

[[nodiscard]] std::string pass_text(const PassFigures& pass);

/// The last success that a text of pass_text() tells of, whatever else is in it; nothing when there
/// is none, or it is no time from 1970 to 9999.
[[nodiscard]] std::optional<base::Time> last_success_in(std::string_view text);

} // namespace callctl::app
