#include "sim/twilio_answer.hpp"

#include "sim/xml.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace callctl::sim {
namespace {

// account_sid -> AccountSid
std::string camel_case(std::string_view name) {
    std::string out;
    bool upper = true;
    for (const char c : name) {
        if (c == '_') {
            upper = true;
            continue;
        }
        out.push_back(upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        upper = false;
    }
    return out;
}

std::string element(const std::string& name, const Json& value) {
    if (value.is_null()) {
        return fmt::format("<{}/>", name);
    }
    std::string inside;
    if (value.is_object()) {
        for (const auto& [key, member] : value.items()) {
            inside += element(camel_case(key), member);
        }
    } else if (value.is_array()) {
        // calls -> Call
        for (const Json& member : value) {
            inside += element(name.substr(0, name.size() - 1), member);
        }
    } else {
        inside = escape_xml(value.is_string() ? value.get<std::string>() : value.dump());
    }
    return fmt::format("<{0}>{1}</{0}>", name, inside);
}

Answer xml_answer(int status, const std::string& inside) {
    return {.response = {.status = status,
                         .content_type = "application/xml",
                         .body = "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse>" +
                                 inside + "</TwilioResponse>"}};
}

} // namespace

Answer error_answer(const ApiError& error, Format format) {
    const std::string more_info = fmt::format("https://www.twilio.com/docs/errors/{}", error.code);
    if (format == Format::xml) {
        return xml_answer(error.status,
                          fmt::format("<RestException><Code>{}</Code><Detail>{}</Detail><Message>{}"
                                      "</Message><MoreInfo>{}</MoreInfo><Status>{}</Status>"
                                      "</RestException>",
                                      error.code, escape_xml(error.detail.value_or("")),
                                      escape_xml(error.message), more_info, error.status));
    }
    Json body{{"code", error.code}};
    if (error.detail) {
        body["detail"] = *error.detail;
    }
    body["message"] = error.message;
    body["more_info"] = more_info;
    body["status"] = error.status;
    return {.response = {
                .status = error.status, .content_type = "application/json", .body = body.dump()}};
}

ApiError not_found(const std::string& path) {
    return {404, 20404, fmt::format("The requested resource {} was not found", path), {}};
}

Answer resource_answer(int status, const Json& resource, std::string_view name, Format format) {
    if (format == Format::xml) {
        return xml_answer(status, element(std::string{name}, resource));
    }
    return {.response = {
                .status = status, .content_type = "application/json", .body = resource.dump()}};
}

void add_twilio_headers(port::WebResponse& response, const std::string& request_id) {
    const std::vector<base::HttpHeader> headers{
        {"Twilio-Concurrent-Requests", "1"},
        {"Twilio-Request-Id", request_id},
        {"Twilio-Request-Duration", "0.080"},
        {"X-Home-Region", "us1"},
        {"X-API-Domain", "api.twilio.com"},
        {"X-Powered-By", "AT-5000"},
        {"X-Shenanigans", "none"},
        {"Access-Control-Allow-Origin", "*"},
        {"Access-Control-Allow-Credentials", "true"},
        {"Access-Control-Expose-Headers", "ETag, Twilio-Request-Id"},
        {"Strict-Transport-Security", "max-age=31536000"}};
    response.headers.insert(response.headers.end(), headers.begin(), headers.end());
}

} // namespace callctl::sim
