#include "web/http_text.hpp"

#include <algorithm>

namespace callctl::web {
namespace {

constexpr std::string_view k_token_marks = "!#$%&'*+-.^_`|~";

bool is_token_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           k_token_marks.find(c) != std::string_view::npos;
}

bool is_control(char c) {
    const auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && c != '\t') || code == 0x7f;
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower_case_prefix) {
    return text.size() >= lower_case_prefix.size() &&
           std::equal(lower_case_prefix.begin(), lower_case_prefix.end(), text.begin(),
                      [](char wanted, char c) {
                          return wanted == (c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
                      });
}

} // namespace

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

std::string clean_header_value(std::string_view text) {
    std::string clean{text};
    std::erase_if(clean, is_control);
    return clean;
}

std::optional<std::string> origin_form(std::string_view target) {
    if (target.starts_with('/')) {
        return std::string{target};
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (starts_with_ignoring_case(target, scheme)) {
            target.remove_prefix(
                std::min(target.find_first_of("/?", scheme.size()), target.size()));
            return (target.starts_with('/') ? "" : "/") + std::string{target};
        }
    }
    return std::nullopt;
}

} // namespace callctl::web
