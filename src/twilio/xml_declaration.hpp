// The XML declaration of a document from outside. Used by the scanner alone.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string_view>

namespace callctl::twilio {

/// Where the declaration at the front of `document` ends; 0 when there is none (XML 1.0, fifth
/// edition, 2.8). The error says what is wrong, as when it names another encoding than UTF-8.
[[nodiscard]] base::Result<std::size_t, std::string_view>
xml_declaration_end(std::string_view document);

} // namespace callctl::twilio
