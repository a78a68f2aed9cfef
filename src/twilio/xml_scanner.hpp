// A strict scanner for small XML documents from outside: tags in order, nothing that could expand.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace callctl::twilio {

enum class XmlTagKind : std::uint8_t { open, close, empty };

struct XmlTag {
    XmlTagKind kind{XmlTagKind::open};
    std::string_view name{};
    std::size_t depth{0}; ///< of the element: 0 for the root
    std::size_t begin{0}; ///< offset of `<` in the document
    std::size_t end{0};   ///< offset behind `>`
};

/// All tags of a well-formed document (XML 1.0, fifth edition, without document type declarations),
/// in order. Comments, processing instructions and CDATA sections are allowed and skipped. Errors
/// (invalid_input, with the line): not well-formed, not UTF-8 or declared as another encoding, a
/// document type declaration, an entity other than the five of XML itself. The names are views into
/// `document`.
[[nodiscard]] base::Result<std::vector<XmlTag>> scan_xml(std::string_view document);

} // namespace callctl::twilio
