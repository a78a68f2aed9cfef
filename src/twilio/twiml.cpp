#include "twilio/twiml.hpp"

#include "base/text.hpp"
#include "twilio/twiml_upstream.hpp"

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

// trim-silence is the default here: it would move every offset and make a silent call absent.
std::string start_recording_twiml(const VoicePlan& plan) {
    std::string out{R"(<Start><Recording channels="dual" trim="do-not-trim")"};
    if (!plan.recording_callback.empty()) {
        out += attribute("recordingStatusCallback", plan.recording_callback);
        out += attribute("recordingStatusCallbackMethod", "POST");
        out += attribute("recordingStatusCallbackEvent", "in-progress completed absent");
    }
    return out += "/></Start>";
}

base::Result<void> fits_twilio(std::string_view twiml) {
    if (twiml.size() <= k_max_twiml_bytes) {
        return {};
    }
    return base::fail(base::ErrorKind::invalid_input, "twiml has " + std::to_string(twiml.size()) +
                                                          " bytes, twilio reads at most " +
                                                          std::to_string(k_max_twiml_bytes));
}

base::Result<std::string> voice_twiml(const VoicePlan& plan) {
    if (!plan.document.empty()) {
        auto fronted = with_recording_in_front(plan.document, plan);
        if (!fronted) {
            return base::fail(fronted.error());
        }
        return std::move(fronted->twiml);
    }
    const std::string recording = plan.is_recorded ? std::string{} : start_recording_twiml(plan);
    const std::string next = plan.stream_url.empty() ? std::string{k_pause} : connect_stream(plan);
    std::string twiml = std::string{k_prolog} + "<Response>" + recording + next + "</Response>";
    if (const auto fits = fits_twilio(twiml); !fits) {
        return base::fail(fits.error());
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
