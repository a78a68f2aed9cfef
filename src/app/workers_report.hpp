// What a run of workers tells of its calls. Private to the workers.
#pragma once

#include "app/workers.hpp"

#include <map>

namespace callctl::app {

/// Where each call is counted in a report.
using CountedPlaces = std::map<base::CallId, int*>;

/// What a drive has cost, however it ended.
void count_costs(WorkReport& report, const DriveReport& drive);

/// A call that is driven again in the same run leaves the place where it was counted before. For a
/// run without end nobody reads the report, and its calls are not remembered.
void count(WorkReport& report, CountedPlaces& places, base::CallId call, const DriveReport& drive,
           WorkRequest::Until until);

[[nodiscard]] call::Call without_texts(call::Call call);

} // namespace callctl::app
