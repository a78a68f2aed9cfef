// JSON bodies of the control API as values.
#pragma once

#include "base/result.hpp"
#include "sim/call_flow.hpp"
#include "sim/faults.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

using Json = nlohmann::ordered_json;

// Each: error invalid_input names the field that is unknown or has a senseless value.
[[nodiscard]] base::Result<Json> parse_object(const std::string& body);
[[nodiscard]] base::Result<Fault> read_fault(const Json& object);
[[nodiscard]] base::Result<Placement> read_placement(const Json& object, const World& world);
[[nodiscard]] base::Result<PlannedCall> read_plan(const Json& object, const World& world);
[[nodiscard]] base::Result<Settings> read_settings(const Json& object, Settings settings);

} // namespace callctl::sim
