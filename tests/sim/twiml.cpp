#include "sim/twiml.hpp"

#include "sim/message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace callctl::sim {
namespace {

struct ElementRule {
    std::string_view name;
    std::string_view parents; ///< separated by `|`
    std::string_view attributes;
};

constexpr std::string_view k_everywhere = "Response";

const std::vector<ElementRule> k_elements{
    {"Say", "Response|Gather", "voice|language|loop"},
    {"Play", "Response|Gather", "loop|digits"},
    {"Pause", "Response|Gather", "length"},
    {"Gather", k_everywhere,
     "input|action|method|timeout|speechTimeout|maxSpeechTime|profanityFilter|finishOnKey|hints|"
     "numDigits|partialResultCallback|partialResultCallbackMethod|language|barge|debug|"
     "actionOnEmptyResult|speechModel|enhanced"},
    {"Record", k_everywhere,
     "action|method|timeout|finishOnKey|maxLength|playBeep|trim|recordingStatusCallback|"
     "recordingStatusCallbackMethod|recordingStatusCallbackEvent|transcribe|transcribeCallback"},
    {"Dial", k_everywhere,
     "action|method|timeout|hangupOnStar|timeLimit|callerId|record|trim|recordingStatusCallback|"
     "recordingStatusCallbackMethod|recordingStatusCallbackEvent|answerOnBridge|ringTone|"
     "recordingTrack|sequential|referUrl|referMethod"},
    {"Number", "Dial",
     "url|method|statusCallback|statusCallbackEvent|statusCallbackMethod|sendDigits|"
     "machineDetection|byoc"},
    {"Client", "Dial", "url|method|statusCallback|statusCallbackEvent|statusCallbackMethod"},
    {"Sip", "Dial",
     "url|method|username|password|statusCallback|statusCallbackEvent|statusCallbackMethod"},
    {"Redirect", k_everywhere, "method"},
    {"Reject", k_everywhere, "reason"},
    {"Hangup", k_everywhere, ""},
    {"Start", k_everywhere, "action|method"},
    {"Stop", k_everywhere, ""},
    {"Connect", k_everywhere, "action|method"},
    {"Recording", "Start|Stop",
     "name|recordingStatusCallback|recordingStatusCallbackMethod|recordingStatusCallbackEvent|trim|"
     "track|channels|recordingConfigurationId"},
    {"Stream", "Start|Stop|Connect",
     "name|connectorName|url|track|statusCallback|statusCallbackMethod"},
    {"ConversationRelay", "Connect", "url|welcomeGreeting|language|ttsProvider|voice"},
    {"Parameter", "Stream|ConversationRelay|Client", "name|value"},
};

struct ValueRule {
    std::string_view element;
    std::string_view attribute;
    std::string_view values; ///< separated by `|`; `#` any whole number
    int code;
    std::string_view message;
};

constexpr std::string_view k_methods = "GET|POST";
constexpr std::string_view k_schema = "Schema validation warning";

const std::vector<ValueRule> k_values{
    {"Pause", "length", "#", 13910, "Pause: Invalid length value"},
    {"Say", "loop", "#", 13510, "Say: Invalid loop value"},
    {"Play", "loop", "#", 13410, "Play: Invalid loop value"},
    {"Redirect", "method", k_methods, 13710, "Redirect: Invalid method value"},
    {"Reject", "reason", "rejected|busy", 12200, k_schema},
    {"Gather", "method", k_methods, 13312, "Gather: Invalid method value"},
    {"Gather", "timeout", "#|auto", 13313, "Gather: Invalid timeout value"},
    {"Gather", "numDigits", "#", 13314, "Gather: Invalid numDigits value"},
    {"Record", "method", k_methods, 13610, "Record: Invalid method value"},
    {"Record", "timeout", "#", 13611, "Record: Invalid timeout value"},
    {"Record", "maxLength", "#", 13612, "Record: Invalid maxLength value"},
    {"Record", "playBeep", "true|false", 13616, "Record: playBeep must be true or false"},
    {"Dial", "method", k_methods, 13210, "Dial: Invalid method value"},
    {"Dial", "timeout", "#", 13212, "Dial: Invalid timeout value"},
    {"Dial", "timeLimit", "#", 13216, "Dial: Invalid timeLimit value"},
    {"Dial", "hangupOnStar", "true|false", 13213, "Dial: Invalid hangupOnStar value"},
    {"Dial", "record",
     "do-not-record|true|record-from-answer|record-from-ringing|record-from-answer-dual|"
     "record-from-ringing-dual",
     12200, k_schema},
    {"Connect", "method", k_methods, 12200, k_schema},
    {"Recording", "trim", "trim-silence|do-not-trim", 12200, k_schema},
    {"Recording", "track", "inbound|outbound|both", 12200, k_schema},
    {"Recording", "channels", "mono|dual", 12200, k_schema},
    {"Recording", "recordingStatusCallbackMethod", k_methods, 12200, k_schema},
    {"Stream", "statusCallbackMethod", k_methods, 12200, k_schema},
};

bool among(std::string_view list, std::string_view word) {
    return std::ranges::any_of(split(list, '|'), [&](const auto& item) { return item == word; });
}

bool holds(std::string_view values, const std::string& value) {
    if (values.starts_with('#') && to_int(value).value_or(-1) >= 0) {
        return true;
    }
    return among(values, value);
}

void check_events(const Element& element, std::vector<TwimlProblem>& problems) {
    for (const auto& event : split(element.attribute("recordingStatusCallbackEvent"), ' ')) {
        if (!among("in-progress|completed|absent|failed", event)) {
            problems.push_back({13621, false, "Invalid recordingStatusCallbackEvent attribute"});
        }
    }
}

void check_stream(const Element& element, std::string_view parent,
                  std::vector<TwimlProblem>& problems) {
    const std::string url = element.attribute("url");
    const std::string track = element.attribute("track", "inbound_track");
    if (parent == "Stop") {
        return;
    }
    if (!url.starts_with("wss://")) {
        problems.push_back({31922, true, "Stream - WebSocket - URL Schema Not Supported"});
    } else if (url.size() == 6 || url.find_first_of(" ?#") != std::string::npos) {
        problems.push_back({31923, true, "Stream - WebSocket - Malformed URL"});
    }
    const bool track_known = parent == "Connect"
                                 ? track == "inbound_track"
                                 : among("inbound_track|outbound_track|both_tracks", track);
    if (!track_known) {
        problems.push_back({31941, true, "Stream - Invalid Track configuration"});
    }
}

void check(const Element& element, std::string_view parent, std::vector<TwimlProblem>& problems) {
    const auto rule = std::ranges::find(k_elements, element.name, &ElementRule::name);
    if (rule == k_elements.end() || !among(rule->parents, parent)) {
        problems.push_back(
            {12200, false, fmt::format("{}: <{}> in <{}>", k_schema, element.name, parent)});
        return;
    }
    for (const auto& [name, value] : element.attributes) {
        if (!among(rule->attributes, name)) {
            problems.push_back(
                {12200, false, fmt::format("{}: {} of <{}>", k_schema, name, element.name)});
        }
        for (const ValueRule& allowed : k_values) {
            if (allowed.element == element.name && allowed.attribute == name &&
                !holds(allowed.values, value)) {
                problems.push_back({allowed.code, allowed.code != 12200,
                                    fmt::format("{}: {}={}", allowed.message, name, value)});
            }
        }
    }
    check_events(element, problems);
    if (element.name == "Stream") {
        check_stream(element, parent, problems);
    }
    if (element.name == "Parameter" &&
        element.attribute("name").size() + element.attribute("value").size() >= 500) {
        problems.push_back({12200, false, fmt::format("{}: Parameter too long", k_schema)});
    }
    for (const Element& child : element.children) {
        check(child, element.name, problems);
    }
}

Twiml unusable(int code, std::string message) {
    return {.usable = false, .problems = {{code, true, std::move(message)}}};
}

} // namespace

Twiml read_twiml(std::string_view content_type, std::string_view body) {
    const std::string type = lower_case(content_type.substr(0, content_type.find(';')));
    if (type != "text/xml" && type != "application/xml" && type != "text/html") {
        return unusable(12300, fmt::format("Invalid Content-Type: {}", type));
    }
    if (body.size() > k_most_twiml_bytes) {
        return unusable(11750, "TwiML response body too large");
    }
    auto root = parse_xml(body);
    if (!root) {
        return unusable(12100, "Document parse failure");
    }
    if (root->name != "Response" || !root->attributes.empty()) {
        return unusable(12200, fmt::format("{}: <{}> is not <Response>", k_schema, root->name));
    }
    Twiml twiml{.usable = true};
    for (Element& verb : root->children) {
        check(verb, "Response", twiml.problems);
        const auto rule = std::ranges::find(k_elements, verb.name, &ElementRule::name);
        if (rule != k_elements.end() && among(rule->parents, "Response")) {
            twiml.verbs.push_back(std::move(verb));
        }
    }
    return twiml;
}

} // namespace callctl::sim
