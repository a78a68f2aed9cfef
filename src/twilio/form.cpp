#include "twilio/form.hpp"

#include "base/http.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace callctl::twilio {
namespace {

std::optional<char> byte_of(std::string_view hex) {
    std::uint8_t value = 0;
    const auto* const end = hex.data() + hex.size();
    const auto [rest, error] = std::from_chars(hex.data(), end, value, 16);
    if (hex.size() != 2 || error != std::errc{} || rest != end) {
        return std::nullopt;
    }
    return static_cast<char>(value);
}

std::string decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = text[i] == '%' ? byte_of(text.substr(i + 1, 2)) : std::nullopt;
        out += byte.value_or(text[i] == '+' ? ' ' : text[i]);
        i += byte ? 2U : 0U;
    }
    return out;
}

void make_storable(std::string& text, std::size_t most) {
    text = base::shortened(base::storable_text(text), most);
}

} // namespace

bool is_form_type(std::string_view content_type) {
    return base::lower_case(content_type.substr(0, content_type.find_first_of("; \t"))) ==
           k_form_type;
}

Form fields_as_sent(std::string_view text) {
    Form form;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (!pair.empty()) {
            const std::size_t equals = std::min(pair.find('='), pair.size());
            form.emplace_back(decoded(pair.substr(0, equals)),
                              decoded(pair.substr(std::min(equals + 1, pair.size()))));
        }
    }
    return form;
}

base::Result<Form> parse_form(std::string_view text) {
    Form form = fields_as_sent(text);
    if (form.size() > k_max_form_fields) {
        return base::fail(base::ErrorKind::invalid_input,
                          "form has more than " + std::to_string(k_max_form_fields) + " fields");
    }
    for (auto& [name, value] : form) {
        make_storable(name, k_max_field_name);
        make_storable(value, k_max_field_value);
    }
    return form;
}

std::string encode_form(const Form& form) {
    std::string out;
    for (const auto& [name, value] : form) {
        if (!out.empty()) {
            out += '&';
        }
        out += base::percent_encode(name) + '=' + base::percent_encode(value);
    }
    return out;
}

std::optional<std::string_view> field(const Form& form, std::string_view name) {
    const auto found =
        std::ranges::find_if(form, [name](const auto& pair) { return pair.first == name; });
    return found == form.end() ? std::nullopt : std::optional<std::string_view>{found->second};
}

} // namespace callctl::twilio
