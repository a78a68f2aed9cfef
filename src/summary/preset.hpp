// Servers of language models by name, with what is known of each.
#pragma once

#include "summary/server.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace callctl::summary {

/// Every name that preset() knows.
[[nodiscard]] std::span<const std::string_view> preset_names();

/// What such a server wants and allows, without key and model. Those that run on a host of one's
/// own are taken to have a small context, as they have without further settings. Azure's has no
/// base_url: each customer has another. Nothing for an unknown name.
[[nodiscard]] std::optional<Server> preset(std::string_view name);

} // namespace callctl::summary
