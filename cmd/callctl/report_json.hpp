// The JSON that commands print. It is the contract with scripts: callctl-status(1) lists the
// fields.
#pragma once

#include "lead_text.hpp"
#include "report_words.hpp"

#include "app/reconcile.hpp"
#include "port/call_report.hpp"

#include <nlohmann/json_fwd.hpp>

namespace callctl::cmd {

/// Grows when a field changes its meaning or goes; new fields may come under the same number.
inline constexpr int k_json_schema = 1;

[[nodiscard]] nlohmann::ordered_json to_json(const call::Call& call, Numbers numbers);
[[nodiscard]] nlohmann::ordered_json to_json(const port::Overview& overview, Numbers numbers);
[[nodiscard]] nlohmann::ordered_json to_json(const port::CallStory& story,
                                             const pipeline::Step& step, Numbers numbers);
[[nodiscard]] nlohmann::ordered_json to_json(const Lead& lead, int limit, Numbers numbers);
[[nodiscard]] nlohmann::ordered_json to_json(const app::ReconcileReport& report, bool dry_run);

[[nodiscard]] nlohmann::ordered_json text_or_null(const std::string& text);
/// RFC 3339, or null.
[[nodiscard]] nlohmann::ordered_json time_json(const std::optional<base::Time>& time);

} // namespace callctl::cmd
