#include "twilio/xml_scanner.hpp"

#include "base/text.hpp"
#include "twilio/xml_declaration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace callctl::twilio {
namespace {

constexpr std::string_view k_space = " \t\r\n";

// What is wrong, in words that fit behind "twiml: line 3: "; empty while nothing is.
using Fault = std::string_view;

bool is_name_start(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == ':' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_name(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool is_forbidden(char c) {
    return static_cast<unsigned char>(c) < 0x20 && k_space.find(c) == std::string_view::npos;
}

bool is_xml_character(std::uint32_t code) {
    return code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code <= 0xD7FF) ||
           (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

bool is_character_reference(std::string_view name) {
    const bool hex = name.starts_with("#x");
    const std::string_view digits = name.substr(hex ? 2 : 1);
    std::uint32_t code = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, code, hex ? 16 : 10);
    return error == std::errc{} && rest == end && is_xml_character(code);
}

// `&` only as one of the five entities or as a character reference (XML 1.0, 4.1).
Fault check_references(std::string_view text) {
    constexpr std::array<std::string_view, 5> entities{"amp", "lt", "gt", "quot", "apos"};
    for (std::size_t at = text.find('&'); at != std::string_view::npos;
         at = text.find('&', at + 1)) {
        const std::size_t end = text.find(';', at);
        if (end == std::string_view::npos) {
            return "& that begins no entity";
        }
        const std::string_view name = text.substr(at + 1, end - at - 1);
        const bool known = name.starts_with('#')
                               ? is_character_reference(name)
                               : std::ranges::find(entities, name) != entities.end();
        if (!known) {
            return "& that begins none of XML's own entities";
        }
    }
    return {};
}

class Scanner {
  public:
    explicit Scanner(std::string_view document) : m_document{document} {}

    base::Result<std::vector<XmlTag>> run() {
        Fault fault = declaration();
        while (fault.empty() && m_at < m_document.size()) {
            fault = m_document[m_at] == '<' ? markup() : text();
        }
        if (fault.empty() && m_tags.empty()) {
            fault = "no element";
        }
        if (fault.empty() && !m_open.empty()) {
            fault = "an element is not closed";
        }
        if (!fault.empty()) {
            const auto line = std::ranges::count(m_document.substr(0, m_at), '\n') + 1;
            return base::fail(base::ErrorKind::invalid_input,
                              "line " + std::to_string(line) + ": " + std::string{fault});
        }
        return std::move(m_tags);
    }

  private:
    [[nodiscard]] std::string_view rest() const { return m_document.substr(m_at); }

    void skip_space() {
        m_at = std::min(m_document.find_first_not_of(k_space, m_at), m_document.size());
    }

    std::string_view name() {
        const std::size_t begin = m_at;
        if (m_at < m_document.size() && is_name_start(m_document[m_at])) {
            const auto* const end =
                std::find_if_not(m_document.begin() + m_at, m_document.end(), is_name);
            m_at = static_cast<std::size_t>(end - m_document.begin());
        }
        return m_document.substr(begin, m_at - begin);
    }

    Fault declaration() {
        const auto end = xml_declaration_end(m_document);
        m_at = end ? *end : 0;
        return end ? Fault{} : end.error();
    }

    Fault text() {
        const std::size_t end = std::min(m_document.find('<', m_at), m_document.size());
        const std::string_view found = m_document.substr(m_at, end - m_at);
        if (m_open.empty() && found.find_first_not_of(k_space) != std::string_view::npos) {
            return "text outside of the root element";
        }
        if (found.find("]]>") != std::string_view::npos) {
            return "]]> in text";
        }
        const Fault fault = check_references(found);
        if (fault.empty()) {
            m_at = end;
        }
        return fault;
    }

    Fault markup() {
        if (rest().starts_with("<!--")) {
            return comment();
        }
        if (rest().starts_with("<![CDATA[")) {
            return m_open.empty() ? "text outside of the root element"
                                  : skip_past("]]>", "a CDATA section is not closed");
        }
        if (rest().starts_with("<!")) {
            return "document type declarations are not allowed";
        }
        if (rest().starts_with("<?")) {
            return instruction();
        }
        return rest().starts_with("</") ? closing_tag() : opening_tag();
    }

    Fault skip_past(std::string_view mark, Fault otherwise) {
        const std::size_t found = m_document.find(mark, m_at);
        if (found == std::string_view::npos) {
            return otherwise;
        }
        m_at = found + mark.size();
        return {};
    }

    Fault comment() {
        constexpr std::size_t begin_size = 4;
        const std::size_t dashes = m_document.find("--", m_at + begin_size);
        if (dashes == std::string_view::npos) {
            return "a comment is not closed";
        }
        if (!m_document.substr(dashes).starts_with("-->")) {
            return "-- in a comment";
        }
        m_at = dashes + 3;
        return {};
    }

    Fault instruction() {
        m_at += 2;
        const std::string_view target = name();
        if (target.empty() || base::lower_case(target) == "xml") {
            return "a processing instruction without a name of its own";
        }
        if (!rest().starts_with("?>") && rest().find_first_of(k_space) != 0) {
            return "no space behind the name of a processing instruction";
        }
        return skip_past("?>", "a processing instruction is not closed");
    }

    Fault closing_tag() {
        const std::size_t begin = m_at;
        m_at += 2;
        const std::string_view found = name();
        if (m_open.empty() || m_open.back() != found) {
            return "a closing tag that fits no open element";
        }
        skip_space();
        if (!rest().starts_with('>')) {
            return "a tag is not closed";
        }
        ++m_at;
        m_open.pop_back();
        m_tags.push_back({XmlTagKind::close, found, m_open.size(), begin, m_at});
        return {};
    }

    Fault opening_tag() {
        const std::size_t begin = m_at++;
        const std::string_view found = name();
        if (found.empty()) {
            return "< that begins no tag";
        }
        if (m_open.empty() && !m_tags.empty()) {
            return "a second root element";
        }
        if (const Fault fault = attributes(); !fault.empty()) {
            return fault;
        }
        const bool empty = rest().starts_with("/>");
        if (!empty && !rest().starts_with('>')) {
            return "a tag is not closed";
        }
        m_at += empty ? 2 : 1;
        const XmlTagKind kind = empty ? XmlTagKind::empty : XmlTagKind::open;
        m_tags.push_back({kind, found, m_open.size(), begin, m_at});
        if (!empty) {
            m_open.push_back(found);
        }
        return {};
    }

    Fault attributes() {
        std::vector<std::string_view> names;
        for (;;) {
            const std::size_t before = m_at;
            skip_space();
            const bool spaced = m_at > before;
            const std::string_view found = name();
            if (found.empty()) {
                // Together and sorted: a hostile document has thousands of them.
                std::ranges::sort(names);
                const bool twice = std::ranges::adjacent_find(names) != names.end();
                return twice ? "an attribute appears twice" : Fault{};
            }
            if (!spaced) {
                return "no space before an attribute";
            }
            names.push_back(found);
            if (const Fault fault = attribute_value(); !fault.empty()) {
                return fault;
            }
        }
    }

    Fault attribute_value() {
        skip_space();
        if (!rest().starts_with('=')) {
            return "an attribute without a value";
        }
        ++m_at;
        skip_space();
        if (!rest().starts_with('"') && !rest().starts_with('\'')) {
            return "an attribute's value is not quoted";
        }
        const std::size_t begin = m_at + 1;
        const std::size_t end = m_document.find(m_document[m_at], begin);
        if (end == std::string_view::npos) {
            return "an attribute's value is not closed";
        }
        const std::string_view value = m_document.substr(begin, end - begin);
        if (value.find('<') != std::string_view::npos) {
            return "< in an attribute's value";
        }
        m_at = end + 1;
        return check_references(value);
    }

    std::string_view m_document;
    std::size_t m_at{0};
    std::vector<std::string_view> m_open{};
    std::vector<XmlTag> m_tags{};
};

} // namespace

base::Result<std::vector<XmlTag>> scan_xml(std::string_view document) {
    if (base::storable_text(document) != document) {
        return base::fail(base::ErrorKind::invalid_input, "not UTF-8 text");
    }
    if (std::ranges::any_of(document, is_forbidden) ||
        document.find("\xEF\xBF\xBE") != std::string_view::npos ||
        document.find("\xEF\xBF\xBF") != std::string_view::npos) {
        return base::fail(base::ErrorKind::invalid_input, "a character that XML does not allow");
    }
    return Scanner{document}.run();
}

} // namespace callctl::twilio
