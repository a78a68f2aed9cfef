#include "twilio/twiml.hpp"

#include "fuzz/claim.hpp"
#include "fuzz/fuzzers.hpp"

#include "base/text.hpp"
#include "sim/xml.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace callctl::fuzz {
namespace {

using sim::Element;
using twilio::VoicePlan;

constexpr std::string_view k_callback =
    "https://calls.example.com/webhook/handle_recording#rc=3&rp=all";
constexpr std::size_t k_room = 512; // for what is put in front

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";

std::string_view trimmed(std::string_view text) {
    if (text.starts_with(k_byte_order_mark)) {
        text.remove_prefix(3);
    }
    return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

bool is_our_start(const Element& verb) {
    return verb.name == "Start" && verb.children.size() == 1 &&
           verb.children.front().name == "Recording" &&
           verb.children.front().attribute("recordingStatusCallback") == k_callback &&
           verb.children.front().attribute("channels") == "dual" &&
           verb.children.front().attribute("trim") == "do-not-trim";
}

bool begins_with_recording(const Element& root) {
    for (const Element& verb : root.children) {
        if (verb.name != "Start") {
            return false;
        }
        if (std::any_of(verb.children.begin(), verb.children.end(),
                        [](const Element& noun) { return noun.name == "Recording"; })) {
            return true;
        }
    }
    return false;
}

bool begins_with_reject(const Element& root) {
    return !root.children.empty() && root.children.front().name == "Reject";
}

// The verbs of the document are all there, behind ours where one was needed.
void check_verbs(const Element& before, const Element& after, bool added) {
    must(added != (begins_with_recording(before) || begins_with_reject(before)),
         "a recording is put in front unless there is one, or nobody answers");
    must(after.children.size() == before.children.size() + (added ? 1 : 0), "no verb is lost");
    must(!added || is_our_start(after.children.front()), "the recording comes first");
    for (std::size_t i = 0; i < before.children.size(); ++i) {
        must(before.children[i].name == after.children[i + (added ? 1 : 0)].name,
             "the verbs keep their order");
    }
}

// expat takes any version.
bool is_plain_declaration(std::string_view text) {
    return !text.starts_with("<?xml") || text.find("\"1.0\"") != std::string_view::npos ||
           text.find("'1.0'") != std::string_view::npos;
}

// Nothing that we refuse although XML allows it, or expat, which skips a second byte order mark.
bool is_plain(std::string_view document) {
    return !document.starts_with(k_byte_order_mark) &&
           document.size() + k_room <= twilio::k_max_twiml_bytes &&
           base::storable_text(document) == document &&
           is_plain_declaration(document.substr(0, document.find("?>"))) &&
           document.find("<!DOCTYPE") == std::string_view::npos &&
           document.find("encoding") == std::string_view::npos;
}

void check_document(std::string_view input) {
    const VoicePlan plan{.recording_callback = std::string{k_callback},
                         .document = std::string{input}};
    const auto twiml = twilio::voice_twiml(plan);
    const std::string_view document = trimmed(input);
    const auto before = sim::parse_xml(document);
    if (!twiml) {
        must(twiml.error().kind == base::ErrorKind::invalid_input, "a bad document is bad input");
        must(!before || before->name != "Response" || !is_plain(document),
             "what Twilio takes is not refused");
        return;
    }
    must(twiml->size() <= twilio::k_max_twiml_bytes, "Twilio reads all of it");
    VoicePlan again = plan;
    again.document = *twiml;
    must(twilio::voice_twiml(again).value_or("") == *twiml, "a recording is not put in twice");
    again = plan;
    again.is_recorded = true;
    must(twilio::voice_twiml(again).has_value(), "what is recorded needs no recording");
    // Of names beyond ASCII expat knows those of 1998, XML allows more since 2008.
    if (!is_ascii(document)) {
        return;
    }
    const auto after = sim::parse_xml(*twiml);
    must(before && after && after->name == "Response", "what we hand out is TwiML");
    check_verbs(*before, *after, *twiml != document);
}

// What of a text may stand in XML 1.0.
std::string allowed(std::string text) {
    text.erase(std::remove(text.begin(), text.end(), '\0'), text.end());
    std::string out;
    for (const char c : base::storable_text(text)) {
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r') {
            out += c;
        }
    }
    for (const std::string_view forbidden : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"}) {
        for (auto at = out.find(forbidden); at != std::string::npos; at = out.find(forbidden)) {
            out.erase(at, forbidden.size());
        }
    }
    return out;
}

// A caller chooses his name, an operator the URLs: neither can break out.
void check_attributes(std::string_view input) {
    const std::string text{input};
    const VoicePlan plan{.recording_callback = text,
                         .stream_url = "wss://agent.example.com/" + text,
                         .stream_action = text,
                         .stream_parameters = {{"from", text}, {text, "x"}}};
    const auto twiml = twilio::voice_twiml(plan);
    if (!twiml) {
        must(text.size() > 4'000, "what is short fits in");
        return;
    }
    const auto root = sim::parse_xml(*twiml);
    must(root && root->name == "Response" && root->children.size() == 2, "our own TwiML is TwiML");
    const Element& connect = root->children[1];
    const Element& stream = connect.children.front();
    const std::string wanted = allowed(text);
    must(connect.attribute("action") == wanted, "an action is the text");
    must(stream.attribute("url") == "wss://agent.example.com/" + wanted, "a URL is the text");
    must(root->children[0].children.front().attribute("recordingStatusCallback") == wanted,
         "a callback is the text");
    must(stream.children.size() <= 2, "there are two parameters at most");
    for (const Element& parameter : stream.children) {
        must(parameter.attribute("value") == wanted || parameter.attribute("name") == wanted,
             "a parameter is the text");
        must(parameter.attribute("name").size() + parameter.attribute("value").size() < 2'000,
             "a parameter is within Twilio's limit");
    }
}

} // namespace

void twiml(std::string_view input) {
    if (!input.empty()) { // without a document the plan is another one
        check_document(input);
    }
    check_attributes(input);
}

} // namespace callctl::fuzz
