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

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const auto byte = byte_of(text.substr(i + 1, 2));
        if (!byte) {
            return std::nullopt;
        }
        out += *byte;
        i += 2;
    }
    return out;
}

bool is_storable(std::string_view text) {
    const bool is_ascii = std::ranges::all_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0 && byte < 0x80;
    });
    return is_ascii || base::storable_text(text) == text;
}

base::Unexpected<base::Error> bad_field(std::size_t number, std::string_view what) {
    return base::fail(base::ErrorKind::invalid_input,
                      "form field " + std::to_string(number) + ' ' + std::string{what});
}

base::Result<Form::value_type> parse_pair(std::string_view pair, std::size_t number) {
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = decoded(pair.substr(0, equals));
    auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) {
        return bad_field(number, "has a % without two hex digits");
    }
    if (name->size() > k_max_field_name) {
        return bad_field(number,
                         "has a name of more than " + std::to_string(k_max_field_name) + " bytes");
    }
    if (value->size() > k_max_field_value) {
        return bad_field(number, "has a value of more than " + std::to_string(k_max_field_value) +
                                     " bytes");
    }
    if (!is_storable(*name) || !is_storable(*value)) {
        return bad_field(number, "is not UTF-8 text");
    }
    return Form::value_type{std::move(*name), std::move(*value)};
}

} // namespace

bool is_form_type(std::string_view content_type) {
    return base::lower_case(content_type.substr(0, content_type.find_first_of("; \t"))) ==
           k_form_type;
}

base::Result<Form> parse_form(std::string_view text) {
    Form form;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) {
            continue;
        }
        if (form.size() == k_max_form_fields) {
            return base::fail(base::ErrorKind::invalid_input,
                              "form has more than " + std::to_string(k_max_form_fields) +
                                  " fields");
        }
        auto parsed = parse_pair(pair, form.size() + 1);
        if (!parsed) {
            return base::fail(parsed.error());
        }
        form.push_back(std::move(*parsed));
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
