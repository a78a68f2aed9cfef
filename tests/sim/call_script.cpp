// What the verbs of a TwiML document do to a call.
#include "sim/call_flow.hpp"
#include "sim/notices.hpp"

#include <algorithm>
#include <charconv>

namespace callctl::sim {
namespace {

constexpr milliseconds k_per_character{60};
constexpr milliseconds k_played_file{3000};
constexpr milliseconds k_dial_answers{1000};

milliseconds seconds_attribute(const Element& verb, std::string_view name, int fallback) {
    return std::chrono::seconds{to_int(verb.attribute(name)).value_or(fallback)};
}

/// How long a verb that only takes time takes; nothing for the others.
std::optional<milliseconds> length_of(const Element& verb) {
    if (verb.name == "Say") {
        return k_per_character * static_cast<int>(verb.text.size());
    }
    if (verb.name == "Play") {
        return k_played_file;
    }
    if (verb.name == "Pause") {
        return seconds_attribute(verb, "length", 1);
    }
    if (verb.name == "Gather") {
        milliseconds length = seconds_attribute(verb, "timeout", 5);
        for (const Element& child : verb.children) {
            length += length_of(child).value_or(milliseconds{0});
        }
        return length;
    }
    return std::nullopt;
}

} // namespace

std::string resolved_url(const std::string& document, const std::string& url) {
    if (url.find("://") != std::string::npos || url.empty()) {
        return url;
    }
    const std::size_t host = document.find("://") + 3;
    const std::string path = document.substr(0, document.find_first_of("?#"));
    const std::size_t slash = path.find('/', host);
    if (url.starts_with('/')) {
        return path.substr(0, slash) + url;
    }
    return slash == std::string::npos ? path + "/" + url
                                      : path.substr(0, path.rfind('/') + 1) + url;
}

void CallFlow::begin_script(Call& call, Twiml twiml) {
    ++call.step;
    if (!call.answered && !twiml.verbs.empty() && twiml.verbs.front().name == "Reject") {
        const bool busy = twiml.verbs.front().attribute("reason") == "busy";
        end(call, busy ? CallStatus::busy : CallStatus::no_answer);
        return;
    }
    const bool waits_for_bridge = !twiml.verbs.empty() && twiml.verbs.front().name == "Dial" &&
                                  twiml.verbs.front().attribute("answerOnBridge") == "true";
    if (!call.answered && !waits_for_bridge) {
        answer(call);
    }
    if (call.answered) {
        begin_talking(call);
    }
    m_scripts[call.sid] = {.verbs = std::move(twiml.verbs)};
    run_verbs(call);
}

// Runs on until a verb takes time; that verb comes back here when its time is over.
void CallFlow::run_verbs(Call& call) {
    while (!is_over(call.status)) {
        Script& script = m_scripts[call.sid];
        if (script.next == script.verbs.size()) {
            end(call, CallStatus::completed);
            return;
        }
        const Element verb = script.verbs[script.next++];
        if (const auto length = length_of(verb)) {
            later(call, *length, [this](Call& waited) { run_verbs(waited); });
            return;
        }
        if (verb.name == "Start") {
            run_start(call, verb);
        } else if (verb.name == "Stop") {
            run_stop(call, verb);
        } else if (verb.name == "Redirect") {
            fetch(call,
                  {.url = resolved_url(call.voice.url, verb.text),
                   .method = verb.attribute("method", "POST")},
                  "voice");
            return;
        } else if (verb.name == "Connect") {
            run_connect(call, verb);
            return;
        } else if (verb.name == "Dial") {
            run_dial(call, verb);
            return;
        } else if (verb.name == "Record") {
            run_record(call, verb);
            return;
        } else {
            end(call, CallStatus::completed); // Hangup, and Reject where it comes too late
        }
    }
}

RecordingOrder CallFlow::order_of(const Element& element, std::string_view source) const {
    RecordingOrder order{
        .source = std::string{source},
        .name = element.attribute("name"),
        .callback = {
            .url = element.attribute("recordingStatusCallback"),
            .method = element.attribute("recordingStatusCallbackMethod", "POST"),
            .events = split(element.attribute("recordingStatusCallbackEvent", "completed"), ' ')}};
    return order;
}

bool CallFlow::names_a_recording(const Call& call, const std::string& name) const {
    return !name.empty() && std::ranges::any_of(call.recordings, [&](const std::string& sid) {
        const Recording* const recording = m_world->find_recording(sid);
        return recording != nullptr && recording->name == name;
    });
}

void CallFlow::run_start(Call& call, const Element& verb) {
    for (const Element& child : verb.children) {
        if (child.name != "Recording") {
            continue; // a stream or transcription beside the call changes nothing of it
        }
        RecordingOrder order = order_of(child, "StartCallRecordingTwiML");
        if (names_a_recording(call, order.name)) {
            m_world->debug({.time = m_engine->now(),
                            .code = 12200,
                            .error = false,
                            .call_sid = call.sid,
                            .message = "the name of a <Recording> is unique in its call",
                            .url = call.voice.url});
            continue;
        }
        order.channels = child.attribute("channels", "dual") == "mono" ? 1 : 2;
        order.trim = child.attribute("trim", "trim-silence") != "do-not-trim";
        // Live files had two channels whatever `track` said.
        m_recorder->start(call, order).track = child.attribute("track", "both");
    }
}

void CallFlow::run_stop(Call& call, const Element& verb) {
    for (const Element& child : verb.children) {
        for (const std::string& sid : call.recordings) {
            Recording* const recording = m_world->find_recording(sid);
            if (child.name == "Recording" && recording != nullptr &&
                recording->name == child.attribute("name")) {
                m_recorder->stop(*recording);
            }
        }
    }
}

void CallFlow::run_connect(Call& call, const Element& verb) {
    Script& script = m_scripts[call.sid];
    script.stream_action = resolved_url(call.voice.url, verb.attribute("action"));
    const auto stream = std::ranges::find_if(verb.children, [](const Element& child) {
        return child.name == "Stream" || child.name == "ConversationRelay";
    });
    if (stream == verb.children.end()) {
        run_verbs(call);
        return;
    }
    script.stream_sid = m_world->ids.next("MZ");
    script.stream_name = stream->attribute("name", script.stream_sid);
    script.stream_callback = {.url = stream->attribute("statusCallback"),
                              .method = stream->attribute("statusCallbackMethod", "POST")};
    call.in_stream = true;
    call.in_relay = stream->name == "ConversationRelay";
    const std::string url = stream->attribute("url");
    if (call.plan.stream_fails || !url.starts_with("wss://") ||
        url.find('?') != std::string::npos) {
        m_world->debug({.time = m_engine->now(),
                        .code = 31920,
                        .call_sid = call.sid,
                        .message = "Stream - WebSocket - Handshake Error",
                        .url = url});
        stream_over(call, "stream-error");
        return;
    }
    notify_stream(call, "stream-started");
}

void CallFlow::notify_stream(Call& call, std::string_view event) {
    const Script& script = m_scripts[call.sid];
    if (script.stream_callback.url.empty()) {
        return;
    }
    Fields fields{{"AccountSid", m_world->options.account_sid},
                  {"CallSid", call.sid},
                  {"StreamSid", script.stream_sid},
                  {"StreamName", script.stream_name},
                  {"StreamEvent", std::string{event}},
                  {"Timestamp", iso8601(m_engine->now())}};
    if (event == "stream-error") {
        fields.emplace_back("StreamError", "31920 Stream - WebSocket - Handshake Error");
    }
    std::string kind{event};
    std::ranges::replace(kind, '-', '.');
    m_callbacks->send({.kind = std::move(kind),
                       .call_sid = call.sid,
                       .to = script.stream_callback,
                       .fields = std::move(fields)});
}

void CallFlow::stream_over(Call& call, std::string_view event) {
    call.in_stream = false;
    call.in_relay = false;
    notify_stream(call, event);
    const std::string action = m_scripts[call.sid].stream_action;
    if (!action.empty()) {
        // Also asked for when the caller has hung up; then nobody listens to the answer.
        fetch(call, {.url = action}, "action");
    } else if (!is_over(call.status)) {
        ++call.step;
        run_verbs(call);
    }
}

void CallFlow::run_dial(Call& call, const Element& verb) {
    const auto number = std::ranges::find_if(
        verb.children, [](const Element& child) { return !child.text.empty(); });
    Call& child = m_world->add_call({.sid = m_world->ids.next("CA"),
                                     .direction = "outbound-dial",
                                     .from = verb.attribute("callerId", call.from),
                                     .to = number == verb.children.end() ? verb.text : number->text,
                                     .parent = call.sid,
                                     .status = CallStatus::ringing,
                                     .created = m_engine->now(),
                                     .updated = m_engine->now(),
                                     .dialled = m_engine->now(),
                                     .plan = call.plan});
    later(call, k_dial_answers, [this, verb, sid = child.sid](Call& dialling) {
        Call& bridged = m_world->calls.at(sid);
        set_status(bridged, CallStatus::in_progress);
        bridged.answered = m_engine->now();
        if (!dialling.answered) {
            answer(dialling);
        }
        begin_talking(dialling);
        const std::string record = verb.attribute("record", "do-not-record");
        if (record != "do-not-record" && record != "false") {
            RecordingOrder order = order_of(verb, "DialVerb");
            order.channels = record.ends_with("-dual") ? 2 : 1;
            order.trim = verb.attribute("trim", "do-not-trim") == "trim-silence";
            m_recorder->start(dialling, order);
        }
    });
}

void CallFlow::run_record(Call& call, const Element& verb) {
    RecordingOrder order = order_of(verb, "RecordVerb");
    order.trim = verb.attribute("trim", "trim-silence") != "do-not-trim";
    const std::string sid = m_recorder->start(call, order).sid;
    const std::string action =
        resolved_url(call.voice.url, verb.attribute("action", call.voice.url));
    later(call, seconds_attribute(verb, "maxLength", 3600), [this, sid, action](Call& recorded) {
        m_recorder->stop(m_world->recordings.at(sid));
        fetch(recorded, {.url = action}, "action");
    });
}

} // namespace callctl::sim
