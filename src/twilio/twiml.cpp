#include "twilio/twiml.hpp"

#include "base/text.hpp"
#include "twilio/xml_scanner.hpp"

#include <algorithm>
#include <optional>

namespace callctl::twilio {
namespace {

constexpr std::string_view k_prolog = R"(<?xml version="1.0" encoding="UTF-8"?>)";

// Twilio ends a call after 4 hours, or after 24 where the account has asked for it, so this
// outlasts every call.
constexpr std::string_view k_pause = R"(<Pause length="86400"/>)";

// Twilio, <Stream>: "The length of name and value of a Parameter together is limited".
constexpr std::size_t k_max_parameter_characters = 499;

std::string attribute(std::string_view name, std::string_view value) {
    std::string out{" "};
    out.append(name).append("=\"").append(xml_escaped(value));
    return out += '"';
}

// trim-silence is the default here: it would move every offset and make a silent call absent.
std::string start_recording(const VoicePlan& plan) {
    if (plan.is_recorded) {
        return {};
    }
    std::string out{R"(<Start><Recording channels="dual" trim="do-not-trim")"};
    if (!plan.recording_callback.empty()) {
        out += attribute("recordingStatusCallback", plan.recording_callback);
        out += attribute("recordingStatusCallbackMethod", "POST");
        out += attribute("recordingStatusCallbackEvent", "in-progress completed absent");
    }
    return out += "/></Start>";
}

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string connect_stream(const VoicePlan& plan) {
    std::string out{"<Connect"};
    if (!plan.stream_action.empty()) {
        out += attribute("action", plan.stream_action);
    }
    out += "><Stream" + attribute("url", plan.stream_url) + '>';
    for (const auto& [name, value] : plan.stream_parameters) {
        // As they are written: each byte that is no UTF-8 becomes a character.
        const auto count =
            characters(base::storable_text(name)) + characters(base::storable_text(value));
        if (count <= k_max_parameter_characters) {
            out += "<Parameter" + attribute("name", name) + attribute("value", value) + "/>";
        }
    }
    return out += "</Stream></Connect>";
}

// <Start> does not block, so whatever stands in the leading ones begins together with the call. A
// call that is rejected first is never answered: a verb in front of <Reject> would answer it.
bool needs_recording(const std::vector<XmlTag>& tags) {
    bool in_start = false;
    bool first = true;
    for (const XmlTag& tag : tags) {
        if (tag.depth == 1 && tag.kind != XmlTagKind::close) {
            if (tag.name != "Start") {
                return !(first && tag.name == "Reject");
            }
            first = false;
            in_start = tag.kind == XmlTagKind::open;
        } else if (tag.depth == 2 && in_start && tag.name == "Recording") {
            return false;
        }
    }
    return true;
}

base::Result<std::string> with_recording(std::string_view document, const std::string& recording) {
    const auto tags = scan_xml(document);
    if (!tags) {
        return base::fail(tags.error().kind, "twiml document: " + tags.error().message);
    }
    const XmlTag& root = tags->front();
    if (root.name != "Response") {
        return base::fail(base::ErrorKind::invalid_input,
                          "twiml document: the root element is not Response");
    }
    if (!needs_recording(*tags)) {
        return std::string{document};
    }
    std::string out{document.substr(0, root.end)};
    if (root.kind == XmlTagKind::empty) {
        out.resize(out.size() - 2);
        out += '>' + recording + "</Response>";
    } else {
        out += recording;
    }
    return out.append(document.substr(root.end));
}

// White space before the XML declaration is a common slip that Twilio does not forgive (12100).
std::string_view trimmed(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

base::Error too_long(std::size_t bytes) {
    return {base::ErrorKind::invalid_input, "twiml has " + std::to_string(bytes) +
                                                " bytes, twilio reads at most " +
                                                std::to_string(k_max_twiml_bytes)};
}

std::optional<std::string_view> escape_of(char c) {
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    // As they are, these would become spaces in an attribute (XML 1.0, 3.3.3).
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return static_cast<unsigned char>(c) < 0x20 ? std::optional<std::string_view>{""}
                                                    : std::nullopt;
    }
}

} // namespace

base::Result<std::string> voice_twiml(const VoicePlan& plan) {
    const std::string recording = start_recording(plan);
    base::Result<std::string> twiml{std::string{}};
    if (!plan.document.empty()) {
        if (plan.document.size() > k_max_twiml_bytes) {
            return base::fail(too_long(plan.document.size()));
        }
        twiml = with_recording(trimmed(plan.document), recording);
    } else {
        const std::string next =
            plan.stream_url.empty() ? std::string{k_pause} : connect_stream(plan);
        twiml = std::string{k_prolog} + "<Response>" + recording + next + "</Response>";
    }
    if (twiml && twiml->size() > k_max_twiml_bytes) {
        return base::fail(too_long(twiml->size()));
    }
    return twiml;
}

std::string hangup_twiml() {
    return std::string{k_prolog} + "<Response><Hangup/></Response>";
}

std::string xml_escaped(std::string_view text) {
    std::string plain{text};
    std::erase(plain, '\0');
    std::string out;
    for (const char c : base::storable_text(plain)) {
        if (const auto escape = escape_of(c)) {
            out += *escape;
        } else {
            out += c;
        }
    }
    for (const std::string_view forbidden : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
        for (std::size_t at = out.find(forbidden); at != std::string::npos;
             at = out.find(forbidden, at)) {
            out.erase(at, forbidden.size());
        }
    }
    return out;
}

} // namespace callctl::twilio
