// The headers that the AI servers send beside what they say.
#pragma once

#include "sim/ai_error.hpp"

namespace callctl::sim {

/// Request ids, versions and rate limits, each under the server's own name.
void add_ai_headers(port::WebResponse& response, const Asked& asked);

} // namespace callctl::sim
