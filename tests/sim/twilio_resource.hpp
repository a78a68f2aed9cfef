// Calls, recordings and the account as the REST API shows them
// (OpenAPI document twilio_api_v2010, field by field).
#pragma once

#include "sim/twilio_answer.hpp"
#include "sim/world.hpp"

namespace callctl::sim {

/// `stale`: as it was before its last change (the resource is only eventually consistent).
[[nodiscard]] Json call_resource(const World& world, const Call& call, bool stale);

/// Where a recording is looked at: below its call it has fewer fields than below the account.
enum class Below { call, account };
/// `status` other than the one a plain GET would show, for the answers of create and update.
[[nodiscard]] Json recording_resource(const World& world, const Recording& recording, Below below,
                                      std::string_view status = {});
[[nodiscard]] Json account_resource(const World& world, base::Time now);

} // namespace callctl::sim
