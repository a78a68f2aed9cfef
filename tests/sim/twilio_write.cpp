// The requests of Twilio's REST API that change something: placing, ending, redirecting a call,
// starting and stopping a recording.
#include "sim/callback_url.hpp"
#include "sim/twilio_resource.hpp"
#include "sim/twilio_rest.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace callctl::sim {
namespace {

constexpr std::size_t k_longest_twiml = 4000;
constexpr std::string_view k_not_eligible = "Requested resource is not eligible for recording";
constexpr std::array<std::string_view, 4> k_call_events{"initiated", "ringing", "answered",
                                                        "completed"};
constexpr std::array<std::string_view, 4> k_recording_events{"in-progress", "completed", "absent",
                                                             "failed"};

bool is_number(const std::string& text) {
    const bool address = text.starts_with("sip:") || text.starts_with("client:");
    const bool digits =
        text.size() >= 8 && text.size() <= 16 && text.front() == '+' &&
        std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
    return address || digits;
}

std::string field_or(const Fields& form, std::string_view name, std::string_view fallback) {
    return value_of(form, name).value_or(std::string{fallback});
}

bool is_method(const std::string& method) {
    return method == "GET" || method == "POST";
}

/// Several events as repeated fields, or separated by blanks in one.
std::vector<std::string> events_of(const Fields& form, std::string_view name) {
    std::vector<std::string> events;
    for (const std::string& value : values_of(form, name)) {
        std::ranges::move(split(value, ' '), std::back_inserter(events));
    }
    return events.empty() ? std::vector<std::string>{"completed"} : events;
}

std::optional<ApiError> bad_recording_order(const Fields& form) {
    const std::string callback = field_or(form, "RecordingStatusCallback", "");
    if (!callback.empty() && !parse_callback_url(callback)) {
        return ApiError{400, 21502, "Invalid callback url", {}};
    }
    const bool sound =
        is_method(field_or(form, "RecordingStatusCallbackMethod", "POST")) &&
        std::ranges::all_of(events_of(form, "RecordingStatusCallbackEvent"), [](const auto& event) {
            return std::ranges::find(k_recording_events, event) != k_recording_events.end();
        });
    const std::string channels = field_or(form, "RecordingChannels", "mono");
    const std::string track = field_or(form, "RecordingTrack", "both");
    const std::string trim = field_or(form, "Trim", "do-not-trim");
    if (!sound || (channels != "mono" && channels != "dual") ||
        (track != "inbound" && track != "outbound" && track != "both") ||
        (trim != "trim-silence" && trim != "do-not-trim")) {
        return ApiError{422, 20422, "Invalid parameter", {}};
    }
    return std::nullopt;
}

RecordingOrder recording_order(const Fields& form, std::string_view source,
                               std::string_view default_trim) {
    return {.source = std::string{source},
            .channels = field_or(form, "RecordingChannels", "mono") == "dual" ? 2 : 1,
            .track = field_or(form, "RecordingTrack", "both"),
            .trim = field_or(form, "Trim", default_trim) == "trim-silence",
            .callback = {.url = field_or(form, "RecordingStatusCallback", ""),
                         .method = field_or(form, "RecordingStatusCallbackMethod", "POST"),
                         .events = events_of(form, "RecordingStatusCallbackEvent")}};
}

std::optional<ApiError> bad_numbers(const Fields& form) {
    const std::string to = field_or(form, "To", "");
    const std::string from = field_or(form, "From", "");
    if (to.empty()) {
        return ApiError{400, 21201, "No 'To' number is specified", {}};
    }
    if (from.empty()) {
        return ApiError{400, 21213, "No 'From' number is specified", {}};
    }
    if (!is_number(to)) {
        return ApiError{
            400,
            21211,
            fmt::format("The phone number you are attempting to call, {}, is not valid.", to),
            {}};
    }
    if (!is_number(from)) {
        return ApiError{400,
                        21212,
                        fmt::format("The source phone number provided, {}, is not valid.", from),
                        {}};
    }
    return std::nullopt;
}

std::optional<ApiError> bad_call(const Fields& form) {
    if (const auto error = bad_numbers(form)) {
        return error;
    }
    const std::string url = field_or(form, "Url", "");
    const std::string twiml = field_or(form, "Twiml", "");
    if (url.empty() && (twiml.empty() || twiml.size() > k_longest_twiml)) {
        return ApiError{400, 21205, "Url parameter is required.", {}};
    }
    if (!url.empty() && !parse_callback_url(url)) {
        return ApiError{400, 21205, fmt::format("Url is not a valid URL: {}", url), {}};
    }
    if (!is_method(field_or(form, "Method", "POST"))) {
        return ApiError{400, 21209, "Invalid Method", {}};
    }
    const auto timeout = to_int(field_or(form, "Timeout", "60"));
    if (!timeout || *timeout < 0 || *timeout > 600) {
        return ApiError{400, 21208, "Invalid Timeout", {}};
    }
    const std::string callback = field_or(form, "StatusCallback", "");
    if (!callback.empty() && !parse_callback_url(callback)) {
        return ApiError{400, 21609, "Invalid StatusCallback URL", {}};
    }
    for (const std::string& event : values_of(form, "StatusCallbackEvent")) {
        if (std::ranges::find(k_call_events, event) == k_call_events.end()) {
            return ApiError{400, 21626, fmt::format("Invalid StatusCallbackEvent: {}", event), {}};
        }
    }
    return field_or(form, "Record", "false") == "true" ? bad_recording_order(form) : std::nullopt;
}

} // namespace

TwilioRest::Reply TwilioRest::create_call(const Request& request, const TwilioRoute& route) {
    if (auto error = bad_call(request.form)) {
        return *error;
    }
    const Fields& form = request.form;
    Placement placement{
        .direction = "outbound-api",
        .from = field_or(form, "From", ""),
        .to = field_or(form, "To", ""),
        .voice = {.url = field_or(form, "Url", ""), .method = field_or(form, "Method", "POST")},
        .fallback = {.url = field_or(form, "FallbackUrl", ""),
                     .method = field_or(form, "FallbackMethod", "POST")},
        .status_callback = {.url = field_or(form, "StatusCallback", ""),
                            .method = field_or(form, "StatusCallbackMethod", "POST"),
                            .events = events_of(form, "StatusCallbackEvent")},
        .twiml = field_or(form, "Twiml", "")};
    placement.plan.dialogue = m_world->settings.default_dialogue;
    const auto planned = std::ranges::find_if(m_world->planned, [&](const PlannedCall& next) {
        return next.to.empty() || next.to == placement.to;
    });
    if (planned != m_world->planned.end()) {
        placement.plan = planned->plan;
        m_world->planned.erase(planned);
    }
    if (field_or(form, "Record", "false") == "true") {
        placement.record = recording_order(form, "OutboundAPI", "trim-silence");
    }
    const Call& call = m_flow->place(placement);
    return resource_answer(201, call_resource(*m_world, call, false), "Call", route.format);
}

TwilioRest::Reply TwilioRest::update_call(const Request& request, const TwilioRoute& route,
                                          Call& call) {
    const std::string status = field_or(request.form, "Status", "");
    const std::string url = field_or(request.form, "Url", "");
    const std::string twiml = field_or(request.form, "Twiml", "");
    const bool live = call.status == CallStatus::in_progress;
    if (!status.empty() && status != "completed" && status != "canceled") {
        return ApiError{422, 20422, "Invalid parameter: Status", {}};
    }
    if (!status.empty() && (is_over(call.status) || (status == "canceled" && live))) {
        return ApiError{400, 21220, "Call is not in the expected state", {}};
    }
    if (status.empty() && (!url.empty() || !twiml.empty()) && !live) {
        return ApiError{400, 21220, "Call is not in-progress. Cannot redirect.", {}};
    }
    if (!url.empty() && !parse_callback_url(url)) {
        return ApiError{400, 21205, fmt::format("Url is not a valid URL: {}", url), {}};
    }
    if (!status.empty()) {
        m_flow->end(call, live ? CallStatus::completed : CallStatus::canceled);
    } else if (!url.empty()) {
        m_flow->redirect(call, {.url = url, .method = field_or(request.form, "Method", "POST")});
    } else if (!twiml.empty()) {
        m_flow->run_document(call, twiml);
    }
    return resource_answer(200, call_resource(*m_world, call, false), "Call", route.format);
}

TwilioRest::Reply TwilioRest::create_recording(const Request& request, const TwilioRoute& route,
                                               Call& call) {
    if (auto error = bad_recording_order(request.form)) {
        return *error;
    }
    if (call.status != CallStatus::in_progress || call.in_relay) {
        return ApiError{400, 21220, std::string{k_not_eligible}, {}};
    }
    const RecordingOrder order =
        recording_order(request.form, "StartCallRecordingAPI", "do-not-trim");
    const Recording* const running = m_recorder->running(call, order.source);
    if (running == nullptr) {
        const Recording& started = m_recorder->start(call, order);
        return resource_answer(201,
                               recording_resource(*m_world, started, Below::call, "in-progress"),
                               "Recording", route.format);
    }
    // A second start succeeds and starts nothing.
    Recording shown = *running;
    if (m_world->settings.phantom_on_second_start) {
        shown.sid = m_world->ids.next("RE");
    }
    return resource_answer(200, recording_resource(*m_world, shown, Below::call, "in-progress"),
                           "Recording", route.format);
}

TwilioRest::Reply TwilioRest::update_recording(const Request& request, const TwilioRoute& route,
                                               const Call& call) {
    Recording* recording = m_world->find_recording(route.recording_sid);
    if (route.recording_sid == "Twilio.CURRENT") {
        if (m_recorder->running_count(call) > 1) {
            return ApiError{400, 16108, "Request failed due to concurrent recordings", {}};
        }
        for (const std::string& sid : call.recordings) {
            Recording* const candidate = m_world->find_recording(sid);
            const bool runs =
                candidate != nullptr && (candidate->status == RecordingStatus::in_progress ||
                                         candidate->status == RecordingStatus::paused);
            recording = runs ? candidate : recording;
        }
    }
    if (recording == nullptr || recording->call_sid != call.sid) {
        return not_found(request.path);
    }
    const std::string status = field_or(request.form, "Status", "");
    if (status != "stopped" && status != "paused" && status != "in-progress") {
        return ApiError{422, 20422, "Invalid parameter: Status", {}};
    }
    if (recording->status != RecordingStatus::in_progress &&
        recording->status != RecordingStatus::paused) {
        return ApiError{400, 21220, std::string{k_not_eligible}, {}};
    }
    if (status == "stopped") {
        m_recorder->stop(*recording);
    } else {
        recording->status =
            status == "paused" ? RecordingStatus::paused : RecordingStatus::in_progress;
    }
    return resource_answer(200, recording_resource(*m_world, *recording, Below::call, status),
                           "Recording", route.format);
}

} // namespace callctl::sim
