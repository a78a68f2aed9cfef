#include "sim/message.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>

namespace callctl::sim {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char low = static_cast<char>(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

std::string decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low >= 0) {
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

std::string base64_decode(std::string_view text) {
    std::string out(text.size() / 4 * 3 + 3, '\0');
    // OpenSSL's own byte type is unsigned.
    const auto* const from = reinterpret_cast<const unsigned char*>(text.data());
    auto* const to = reinterpret_cast<unsigned char*>(out.data());
    const int size = EVP_DecodeBlock(to, from, static_cast<int>(text.size()));
    if (size < 0) {
        return {};
    }
    const auto padding = static_cast<std::size_t>(std::ranges::count(text, '='));
    out.resize(static_cast<std::size_t>(size) - std::min(padding, static_cast<std::size_t>(size)));
    return out;
}

} // namespace

Fields parse_fields(std::string_view text) {
    Fields fields;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        if (pair.empty()) {
            continue;
        }
        const std::size_t equals = pair.find('=');
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
        fields.emplace_back(decode(pair.substr(0, equals), true), decode(value, true));
    }
    return fields;
}

std::string encode_fields(const Fields& fields) {
    std::string out;
    for (const auto& [name, value] : fields) {
        out += out.empty() ? "" : "&";
        out += base::percent_encode(name) + "=" + base::percent_encode(value);
    }
    return out;
}

Request read_request(const port::WebRequest& request, std::shared_ptr<const MappedFile> long_body) {
    const std::string_view target = request.target;
    const std::size_t question = target.find('?');
    Request read{.method = request.method,
                 .path = decode(target.substr(0, question), false),
                 .target = request.target,
                 .headers = request.headers,
                 .body = request.body,
                 .long_body = std::move(long_body)};
    if (question != std::string_view::npos) {
        read.query = parse_fields(target.substr(question + 1));
    }
    const auto type = lower_case(base::find_header(request.headers, "Content-Type"));
    if (type.starts_with("application/x-www-form-urlencoded")) {
        read.form = parse_fields(request.body);
    }
    return read;
}

std::optional<std::string> value_of(const Fields& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, &Fields::value_type::first);
    return found == fields.end() ? std::nullopt : std::optional{found->second};
}

std::vector<std::string> values_of(const Fields& fields, std::string_view name) {
    std::vector<std::string> values;
    for (const auto& [key, value] : fields) {
        if (key == name) {
            values.push_back(value);
        }
    }
    return values;
}

std::optional<int> to_int(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find(separator));
        if (!part.empty()) {
            parts.emplace_back(part);
        }
        text.remove_prefix(std::min(part.size() + 1, text.size()));
    }
    return parts;
}

std::string lower_case(std::string_view text) {
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
}

std::optional<std::pair<std::string, std::string>>
basic_credentials(const std::vector<base::HttpHeader>& headers) {
    const std::string_view header = base::find_header(headers, "Authorization");
    if (!lower_case(header).starts_with("basic ")) {
        return std::nullopt;
    }
    const std::string plain = base64_decode(header.substr(6));
    const std::size_t colon = plain.find(':');
    if (colon == std::string::npos) {
        return std::nullopt;
    }
    return std::pair{plain.substr(0, colon), plain.substr(colon + 1)};
}

} // namespace callctl::sim
