#include "base/text.hpp"
#include "twilio/answered.hpp"
#include "twilio/number.hpp"
#include "twilio/rest.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace callctl::twilio {
namespace {

using nlohmann::json;

call::Failure bad_reply(const base::HttpResponse& response, std::string_view what,
                        std::string_view fault) {
    call::Failure failure = answered(response, what);
    failure.reason = call::Reason::bad_reply;
    failure.detail += " with " + std::string{fault};
    return failure;
}

bool is_success(const base::HttpResponse& response) {
    return response.status >= 200 && response.status <= 299;
}

// Numbers come as numbers or as text, and what is unknown as null or not at all.
std::string text_at(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) {
        return {};
    }
    if (found->is_number_integer()) {
        return found->dump();
    }
    return found->is_string() ? base::storable_text(found->get_ref<const std::string&>())
                              : std::string{};
}

std::optional<int> number_of(const json& object, const char* name) {
    return parse_number(text_at(object, name));
}

std::optional<std::chrono::seconds> seconds_of(const json& object, const char* name) {
    const auto number = number_of(object, name);
    return number ? std::optional{std::chrono::seconds{*number}} : std::nullopt;
}

std::optional<base::Time> time_of(const json& object, const char* name) {
    return base::parse_rfc2822(text_at(object, name));
}

// A status that is new to us is that of a recording that exists and may still become something.
call::RecordingState recording_state(const std::string& status) {
    const auto state = call::parse_recording_state(status);
    return !state || *state == call::RecordingState::none ? call::RecordingState::processing
                                                          : *state;
}

std::optional<RecordingEntry> recording_entry(const json& object) {
    auto call = base::CallSid::parse(text_at(object, "call_sid"));
    auto sid = base::RecordingSid::parse(text_at(object, "sid"));
    if (!call || !sid) {
        return std::nullopt;
    }
    call::RecordingFacts facts{.sid = std::move(*sid),
                               .state = recording_state(text_at(object, "status"))};
    facts.source = text_at(object, "source");
    facts.channels = unless_zero(number_of(object, "channels"));
    facts.duration = seconds_of(object, "duration");
    facts.started_at = time_of(object, "start_time");
    facts.error_code = unless_zero(number_of(object, "error_code"));
    return RecordingEntry{std::move(*call), std::move(facts)};
}

std::optional<CallEntry> call_entry(const json& object) {
    auto sid = base::CallSid::parse(text_at(object, "sid"));
    if (!sid) {
        return std::nullopt;
    }
    call::CallFacts facts;
    facts.state = call::parse_call_state(text_at(object, "status"));
    facts.twilio_direction = text_at(object, "direction");
    facts.direction = call::parse_direction(facts.twilio_direction);
    facts.from = text_at(object, "from");
    facts.to = text_at(object, "to");
    facts.parent = base::CallSid::parse(text_at(object, "parent_call_sid"));
    // Twilio counts a call from where it is connected: duration is end_time less start_time. Calls
    // that nobody answered have a start_time too.
    if (facts.state == call::CallState::in_progress || facts.state == call::CallState::completed) {
        facts.answered_at = time_of(object, "start_time");
    }
    if (call::is_terminal(facts.state)) {
        facts.ended_at = time_of(object, "end_time");
        facts.duration = seconds_of(object, "duration");
    }
    return CallEntry{std::move(*sid), std::move(facts)};
}

call::Outcome<json> object_in(const base::HttpResponse& response, std::string_view what) {
    if (!is_success(response)) {
        return base::fail(failure_of(response, what));
    }
    json object = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) {
        return base::fail(bad_reply(response, what, "no JSON object"));
    }
    return call::Outcome<json>{std::move(object)};
}

template <class Entry>
call::Outcome<Entry> read_one(const base::HttpResponse& response, std::string_view what,
                              std::optional<Entry> (*read)(const json&)) {
    const auto object = object_in(response, what);
    if (!object) {
        return base::fail(object.error());
    }
    auto entry = read(*object);
    if (!entry) {
        return base::fail(bad_reply(response, what, "no SIDs that can be read"));
    }
    return std::move(*entry);
}

// `call_key` holds the call's SID. An entry without one belongs to nobody whom we could serve; one
// that cannot be read spoils the page, for a recording overlooked here would be started again.
template <class Entry>
call::Outcome<Page<Entry>> read_page(const base::HttpResponse& response, const char* list,
                                     const char* call_key,
                                     std::optional<Entry> (*read)(const json&)) {
    const std::string what = std::string{"list "} + list;
    const auto object = object_in(response, what);
    if (!object) {
        return base::fail(object.error());
    }
    const auto entries = object->find(list);
    if (entries == object->end() || !entries->is_array()) {
        return base::fail(bad_reply(response, what, "no list"));
    }
    Page<Entry> page;
    for (const json& element : *entries) {
        if (element.is_object() && text_at(element, call_key).empty()) {
            continue;
        }
        auto entry = element.is_object() ? read(element) : std::nullopt;
        if (!entry) {
            return base::fail(bad_reply(response, what, "an entry that cannot be read"));
        }
        page.entries.push_back(std::move(*entry));
    }
    page.next_uri = text_at(*object, "next_page_uri");
    if (!page.next_uri.empty() && !is_page_uri(page.next_uri)) {
        return base::fail(bad_reply(response, what, "a next page outside of its API"));
    }
    return page;
}

// What a WAV file is called, or what a store calls any file; the file itself is audio's to judge.
bool may_be_wav(std::string_view content_type) {
    constexpr std::array<std::string_view, 7> types{"",
                                                    "audio/x-wav",
                                                    "audio/wav",
                                                    "audio/wave",
                                                    "audio/vnd.wave",
                                                    "application/octet-stream",
                                                    "binary/octet-stream"};
    const std::string type =
        base::lower_case(content_type.substr(0, content_type.find_first_of("; \t")));
    return std::ranges::find(types, type) != types.end();
}

} // namespace

call::Outcome<RecordingEntry> read_recording(const base::HttpResponse& response,
                                             std::string_view what) {
    return read_one<RecordingEntry>(response, what, recording_entry);
}

call::Outcome<Page<RecordingEntry>> read_recordings(const base::HttpResponse& response) {
    return read_page<RecordingEntry>(response, "recordings", "call_sid", recording_entry);
}

call::Outcome<CallEntry> read_call(const base::HttpResponse& response) {
    return read_one<CallEntry>(response, "get call", call_entry);
}

call::Outcome<Page<CallEntry>> read_calls(const base::HttpResponse& response) {
    return read_page<CallEntry>(response, "calls", "sid", call_entry);
}

call::Outcome<std::string> read_account(const base::HttpResponse& response) {
    constexpr std::string_view what = "get account";
    const auto object = object_in(response, what);
    if (!object) {
        return base::fail(object.error());
    }
    if (!base::AccountSid::parse(text_at(*object, "sid"))) {
        return base::fail(bad_reply(response, what, "no SIDs that can be read"));
    }
    const std::string status = text_at(*object, "status");
    if (status == "suspended" || status == "closed") {
        call::Failure failure = bad_reply(response, what, "an account that is " + status);
        failure.reason = call::Reason::auth;
        return base::fail(std::move(failure));
    }
    return text_at(*object, "friendly_name");
}

call::Outcome<void> read_media(const base::HttpResponse& response) {
    constexpr std::string_view what = "get media";
    if (!is_success(response)) {
        call::Failure failure = failure_of(response, what);
        // For a while after the callback this is normal; whether the recording is gone for good is
        // in its metadata.
        if (failure.reason == call::Reason::not_found) {
            failure.reason = call::Reason::not_ready;
        }
        // Of a storage that media are redirected to: no account of ours is at fault there.
        if (failure.reason == call::Reason::auth && failure.http_status == 403 &&
            failure.provider_code == 0) {
            failure.reason = call::Reason::bad_media;
        }
        return base::fail(std::move(failure));
    }
    const std::string_view type = base::find_header(response.headers, "Content-Type");
    const bool empty = response.sink_bytes == 0 && response.body.empty();
    if (response.status != 200 || empty || !may_be_wav(type)) {
        const std::string shown = base::shortened(base::one_line(type), 64);
        const std::string fault = shown.empty() ? "no content type" : "content type " + shown;
        call::Failure failure = bad_reply(response, what, empty ? "no bytes" : fault);
        failure.reason = call::Reason::bad_media;
        return base::fail(std::move(failure));
    }
    return {};
}

} // namespace callctl::twilio
