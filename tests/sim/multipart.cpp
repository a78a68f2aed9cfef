#include "sim/multipart.hpp"

#include "sim/message.hpp"

namespace callctl::sim {
namespace {

/// `name="value"` or `name=value` in a header's parameters.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
    const std::string wanted = std::string{name} + "=";
    std::size_t at = header.find(wanted);
    while (at != std::string_view::npos && at > 0 && header[at - 1] != ' ' &&
           header[at - 1] != ';') {
        at = header.find(wanted, at + 1);
    }
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view value = header.substr(at + wanted.size());
    if (value.starts_with('"')) {
        const std::size_t end = value.find('"', 1);
        return end == std::string_view::npos ? std::nullopt
                                             : std::optional{std::string{value.substr(1, end - 1)}};
    }
    return std::string{value.substr(0, value.find_first_of("; \t"))};
}

std::optional<Part> parse_part(std::string_view text) {
    const std::size_t blank = text.find("\r\n\r\n");
    if (blank == std::string_view::npos) {
        return std::nullopt;
    }
    Part part{.content = std::string{text.substr(blank + 4)}};
    std::string_view head = text.substr(0, blank);
    bool named = false;
    while (!head.empty()) {
        const std::string_view line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(line.size() + 2, head.size()));
        if (lower_case(line).starts_with("content-disposition: form-data")) {
            const auto name = parameter(line, "name");
            named = name.has_value();
            part.name = name.value_or("");
            part.file_name = parameter(line, "filename");
        }
    }
    return named ? std::optional{std::move(part)} : std::nullopt;
}

} // namespace

std::optional<std::vector<Part>> parse_multipart(std::string_view content_type,
                                                 std::string_view body) {
    const auto boundary = parameter(content_type, "boundary");
    if (!lower_case(content_type).starts_with("multipart/form-data") || !boundary ||
        boundary->empty()) {
        return std::nullopt;
    }
    const std::string delimiter = "--" + *boundary;
    std::size_t at = body.find(delimiter);
    if (at != 0) {
        return std::nullopt;
    }
    std::vector<Part> parts;
    while (true) {
        at += delimiter.size();
        if (body.substr(at, 2) == "--") {
            return parts;
        }
        const std::size_t end = body.find("\r\n" + delimiter, at);
        if (body.substr(at, 2) != "\r\n" || end == std::string_view::npos) {
            return std::nullopt;
        }
        auto part = parse_part(body.substr(at + 2, end - at - 2));
        if (!part) {
            return std::nullopt;
        }
        parts.push_back(std::move(*part));
        at = end + 2;
    }
}

} // namespace callctl::sim
