// How fast all hosts together may ask a provider that has a limit.
#pragma once

#include "call/provider.hpp"

namespace callctl::pipeline {

/// The pace that keeps any minute within `requests_per_minute` and uses at least 95 % of them while
/// there is enough to do: the rest is for requests that arrive later or earlier than they were
/// sent. \pre requests_per_minute > 0
[[nodiscard]] call::Pace pace_of(int requests_per_minute);

} // namespace callctl::pipeline
