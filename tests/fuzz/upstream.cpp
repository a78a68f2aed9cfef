#include "fuzz/claim.hpp"
#include "fuzz/fuzzers.hpp"

#include "sim/xml.hpp"
#include "twilio/twiml_upstream.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace callctl::fuzz {
namespace {

using sim::Element;
using twilio::FrontedTwiml;
using twilio::VoicePlan;

constexpr std::string_view k_callback = "https://calls.example.com/webhook/handle_recording";

std::string_view trimmed(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

bool has_recording(const Element& start) {
    return std::any_of(start.children.begin(), start.children.end(),
                       [](const Element& noun) { return noun.name == "Recording"; });
}

bool records_from_the_start(const Element& root) {
    for (const Element& verb : root.children) {
        if (verb.name != "Start" || has_recording(verb)) {
            return verb.name == "Start";
        }
    }
    return false;
}

bool is_rejected(const Element& root) {
    return !root.children.empty() && root.children.front().name == "Reject";
}

bool asks_to_record(const Element& element) {
    const std::string value = element.attribute("record");
    return !value.empty() && value != "do-not-record" && value != "false";
}

// What of a verb records, by its own tree.
std::string recording_in(const Element& verb) {
    if (verb.name == "Record" || (verb.name == "Dial" && asks_to_record(verb))) {
        return verb.name;
    }
    for (const Element& noun : verb.children) {
        if ((verb.name == "Start" && noun.name == "Recording") ||
            (verb.name == "Dial" && noun.name == "Conference" && asks_to_record(noun))) {
            return noun.name;
        }
    }
    return {};
}

std::string first_that_records(const Element& root) {
    for (const Element& verb : root.children) {
        if (std::string name = recording_in(verb); !name.empty()) {
            return name;
        }
    }
    return {};
}

// Byte for byte what it was, but for the recording.
void check_bytes(std::string_view document, const std::string& twiml, const std::string& front) {
    const std::size_t at = twiml.find(front);
    must(at != std::string::npos, "the recording is in it");
    std::string rest = twiml;
    rest.erase(at, front.size());
    const bool empty_root = document.substr(0, at + 1).ends_with("/>");
    if (empty_root) { // `<Response/>` was opened for it
        rest.replace(at - 1, std::string_view{"></Response>"}.size(), "/>");
    }
    must(rest == document, "all else stays as it is");
}

void check_tree(const Element& before, std::string_view document, const FrontedTwiml& fronted,
                const VoicePlan& plan) {
    const bool stays = plan.is_recorded || is_rejected(before) || records_from_the_start(before);
    must(stays == (fronted.twiml == document), "it is recorded once, if anybody answers");
    if (!stays) {
        const auto after = sim::parse_xml(fronted.twiml);
        must(after && after->children.size() == before.children.size() + 1, "no verb is lost");
        must(has_recording(after->children.front()), "the recording comes first");
        check_bytes(document, fronted.twiml, twilio::start_recording_twiml(plan));
    }
    const bool counts =
        !is_rejected(before) && (plan.is_recorded || !records_from_the_start(before));
    // What is written as a reference is not looked into.
    must(document.find('&') != std::string_view::npos ||
             fronted.also_records == (counts ? first_that_records(before) : ""),
         "what records besides is named");
}

// Nothing that we refuse although expat takes it.
bool is_plain(std::string_view document) {
    return document.size() + 512 <= twilio::k_max_twiml_bytes && !document.starts_with("<?xml") &&
           document.find("<!DOCTYPE") == std::string_view::npos;
}

void check_with(std::string_view input, const VoicePlan& plan) {
    const std::string_view document = trimmed(input);
    const auto fronted = twilio::with_recording_in_front(input, plan);
    const bool ascii = std::all_of(document.begin(), document.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    const auto tree = ascii ? sim::parse_xml(document) : std::nullopt;
    if (!fronted) {
        must(fronted.error().kind == base::ErrorKind::invalid_input, "a bad document is bad input");
        must(fronted.error().message.size() < 120, "no message quotes the document");
        must(!tree || tree->name != "Response" || !is_plain(document),
             "what Twilio takes is not refused");
        return;
    }
    must(fronted->twiml.size() <= twilio::k_max_twiml_bytes, "Twilio reads all of it");
    constexpr std::array<std::string_view, 5> k_names{"", "Dial", "Conference", "Record",
                                                      "Recording"};
    must(std::find(k_names.begin(), k_names.end(), fronted->also_records) != k_names.end(),
         "what records besides has one of four names");
    const auto again = twilio::with_recording_in_front(fronted->twiml, plan);
    must(again && again->twiml == fronted->twiml, "a recording is not put in twice");
    if (ascii) {
        must(tree && tree->name == "Response", "what we hand out is TwiML");
        check_tree(*tree, document, *fronted, plan);
    }
}

} // namespace

void upstream(std::string_view input) {
    check_with(input, {.recording_callback = std::string{k_callback}});
    check_with(input, {.is_recorded = true});
}

} // namespace callctl::fuzz
