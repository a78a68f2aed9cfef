// How each AI server says no: one error, in the form and with the status of that server.
#pragma once

#include "sim/ai_route.hpp"
#include "sim/faults.hpp"
#include "sim/message.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace callctl::sim {

using Json = nlohmann::ordered_json;

struct AiError {
    int status{400};
    std::string message{};
    std::string type{"invalid_request_error"};
    std::string param{}; ///< empty: null
    std::string code{};  ///< empty: null
    bool billed{false};  ///< with a top-level `usage` of 0 seconds
    std::vector<std::pair<std::string, std::int64_t>> numbers{}; ///< more members, where they exist
};

/// A request as a server sees it, in words that errors use.
struct Asked {
    AiRoute route{};
    std::string request_id{};
};

[[nodiscard]] Answer error_answer(const AiError& error, const Asked& asked);

/// A `status` fault in the server's own words: by code where it is a known one, else by status.
[[nodiscard]] AiError error_of(const Fault& fault, AiServer server);

} // namespace callctl::sim
