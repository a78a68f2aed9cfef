// The statements behind PgCallStore::figures(), where a test can look at their plans.
#pragma once

#include <string>

namespace callctl::pg {

/// The reasons of calls at rest that nobody has to look at, in the spelling of the predicate of the
/// index work_given_up.
[[nodiscard]] std::string reasons_to_rest();

/// On the schedule: stage, held, calls, due of them, the longest overdue, stuck of them.
[[nodiscard]] const std::string& schedule_sql();
/// Given up: stage, reason, calls.
[[nodiscard]] const std::string& given_up_sql();
/// Deliveries that are not applied: how many.
[[nodiscard]] const std::string& unapplied_sql();
/// Created within $1 ms: stage, reason, rests, class of head loss, calls, largest head loss in ms.
[[nodiscard]] const std::string& recent_calls_sql();
/// Begun within $1 ms: stage, reason, open, attempts, requests, audio in ms, cost in micros, and
/// how many ms all that were looked at go back, where that was not all of them.
[[nodiscard]] const std::string& attempts_sql();

} // namespace callctl::pg
