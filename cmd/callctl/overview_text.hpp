// Where all calls are, for a person.
#pragma once

#include "report_words.hpp"
#include "screen.hpp"

#include "port/call_report.hpp"

namespace callctl::cmd {

/// First whether all is well and why not; then counts, schedule, closed providers, reasons, and the
/// calls, the most urgent first.
void print_overview(const Screen& screen, const port::Overview& overview, Numbers numbers);

} // namespace callctl::cmd
