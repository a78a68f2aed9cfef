// One request to the simulator, and its answer.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace callctl::chaos {

using Json = nlohmann::json;

/// Throws std::runtime_error when it is refused or not answered.
Json ask(std::uint16_t port, const std::string& method, const std::string& target,
         const Json& body = nullptr);

} // namespace callctl::chaos
