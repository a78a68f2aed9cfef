// What others have told of a call, as a transition. Pure.
#pragma once

#include "base/time.hpp"
#include "call/call.hpp"
#include "call/change.hpp"
#include "pipeline/policy.hpp"

namespace callctl::pipeline {

/// What news mean for the call as it is. A call at rest is taken up again only by news of its
/// recording that change the answer. Decided steps are carried out at once, all others become due.
[[nodiscard]] call::Change on_news(const call::Call& call, const call::CallFacts& news,
                                   base::Time now, const Policy& policy);

} // namespace callctl::pipeline
