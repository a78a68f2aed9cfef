// Where all calls are, for a person.
#pragma once

#include "report_words.hpp"
#include "screen.hpp"

#include "app/health.hpp"

namespace callctl::cmd {

/// What a person is told of: the usual thresholds, and whatever gave up.
[[nodiscard]] app::Verdict verdict_on(const port::Overview& overview);

/// First whether all is well and why not; then counts, schedule, closed providers, reasons, and the
/// calls, the most urgent first.
void print_overview(const Screen& screen, const port::Overview& overview, Numbers numbers);

/// Calls, one a line.
void print_calls(const Screen& screen, const std::vector<port::CallLine>& calls, base::Time now,
                 Numbers numbers);

} // namespace callctl::cmd
