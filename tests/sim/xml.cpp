#include "sim/xml.hpp"

#include <expat.h>

#include <algorithm>
#include <memory>

namespace callctl::sim {
namespace {

struct Reader {
    XML_Parser parser{nullptr};
    Element root{};
    std::vector<Element*> open{};
    bool refused{false};
};

Reader& reader_of(void* data) {
    return *static_cast<Reader*>(data);
}

void on_start(void* data, const XML_Char* name, const XML_Char** attributes) {
    Reader& reader = reader_of(data);
    auto& siblings = reader.open.back()->children;
    siblings.push_back({.name = name});
    for (const XML_Char** next = attributes; *next != nullptr; next += 2) {
        siblings.back().attributes.emplace_back(next[0], next[1]);
    }
    reader.open.push_back(&siblings.back());
}

void on_end(void* data, const XML_Char* /*name*/) {
    reader_of(data).open.pop_back();
}

void on_text(void* data, const XML_Char* text, int size) {
    reader_of(data).open.back()->text.append(text, static_cast<std::size_t>(size));
}

void on_doctype(void* data, const XML_Char* /*name*/, const XML_Char* /*system*/,
                const XML_Char* /*public*/, int /*has_internal_subset*/) {
    Reader& reader = reader_of(data);
    reader.refused = true;
    XML_StopParser(reader.parser, XML_FALSE);
}

} // namespace

std::string Element::attribute(std::string_view wanted, std::string_view fallback) const {
    const auto found =
        std::ranges::find_if(attributes, [&](const auto& pair) { return pair.first == wanted; });
    return found == attributes.end() ? std::string{fallback} : found->second;
}

std::optional<Element> parse_xml(std::string_view text) {
    const std::unique_ptr<std::remove_pointer_t<XML_Parser>, decltype(&XML_ParserFree)> parser{
        XML_ParserCreate(nullptr), &XML_ParserFree};
    Reader reader{.parser = parser.get()};
    reader.open.push_back(&reader.root);
    XML_SetUserData(parser.get(), &reader);
    XML_SetElementHandler(parser.get(), on_start, on_end);
    XML_SetCharacterDataHandler(parser.get(), on_text);
    XML_SetStartDoctypeDeclHandler(parser.get(), on_doctype);
    const auto status =
        XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
    if (status != XML_STATUS_OK || reader.refused || reader.root.children.size() != 1) {
        return std::nullopt;
    }
    return std::move(reader.root.children.front());
}

std::string escape_xml(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out.push_back(c);
        }
    }
    return out;
}

} // namespace callctl::sim
