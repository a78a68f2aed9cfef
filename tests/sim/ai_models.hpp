// The models that the AI servers have.
#pragma once

#include "sim/ai_error.hpp"
#include "sim/ai_route.hpp"

#include <string>
#include <string_view>

namespace callctl::sim {

struct Model {
    AiServer server;
    std::string_view id;
    bool transcribes;
    std::string_view shutdown_date; ///< empty: null
    bool old_parameters;            ///< takes max_tokens and any temperature
};

/// Null: the server has no such model. Azure's deployments are named like OpenAI's models.
[[nodiscard]] const Model* find_model(AiServer server, std::string_view id);
[[nodiscard]] AiError no_such_model(AiServer server, std::string_view id);
/// All, or the one that the path names.
[[nodiscard]] Answer models_answer(const Asked& asked);

[[nodiscard]] Answer json_answer(const Json& body);

} // namespace callctl::sim
