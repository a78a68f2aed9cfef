// A strict reading of an XML document into a tree (expat; no DOCTYPE).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace callctl::sim {

struct Element {
    std::string name{};
    std::vector<std::pair<std::string, std::string>> attributes{};
    std::vector<Element> children{};
    std::string text{};

    [[nodiscard]] std::string attribute(std::string_view name,
                                        std::string_view fallback = {}) const;
};

/// Nothing when it is not one well-formed document.
[[nodiscard]] std::optional<Element> parse_xml(std::string_view text);

[[nodiscard]] std::string escape_xml(std::string_view text);

} // namespace callctl::sim
