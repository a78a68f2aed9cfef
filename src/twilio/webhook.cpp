#include "twilio/webhook.hpp"

#include "twilio/number.hpp"

#include <array>
#include <utility>

namespace callctl::twilio {
namespace {

struct RoutePath {
    Route route;
    std::string_view path;
};

constexpr std::array k_routes{
    RoutePath{Route::incoming_call, "/webhook/incoming_call"},
    RoutePath{Route::outbound_call, "/webhook/outbound_call"},
    RoutePath{Route::handle_recording, "/webhook/handle_recording"},
    RoutePath{Route::call_status, "/webhook/call_status"},
    RoutePath{Route::stream_ended, "/webhook/stream_ended"},
};

base::Unexpected<base::Error> invalid(std::string_view name, std::string_view what) {
    return base::fail(base::ErrorKind::invalid_input, std::string{name} + ' ' + std::string{what});
}

template <class Id>
base::Result<Id> required_sid(const Form& form, std::string_view name) {
    const auto text = field(form, name);
    if (!text || text->empty()) {
        return invalid(name, "is missing");
    }
    auto sid = Id::parse(*text);
    if (!sid) {
        return invalid(name, "is not " + std::string{Id::k_prefix} + " and 32 hex digits");
    }
    return std::move(*sid);
}

std::string text_of(const Form& form, std::string_view name) {
    return std::string{field(form, name).value_or(std::string_view{})};
}

std::optional<int> number_in(const Form& form, std::string_view name) {
    return parse_number(field(form, name).value_or(std::string_view{}));
}

std::optional<std::chrono::seconds> seconds_in(const Form& form, std::string_view name) {
    const auto number = number_in(form, name);
    return number ? std::optional{std::chrono::seconds{*number}} : std::nullopt;
}

std::optional<base::Time> time_in(const Form& form, std::string_view name) {
    return base::parse_rfc2822(field(form, name).value_or(std::string_view{}));
}

// What every delivery about a call may carry.
call::CallFacts read_common(const Form& form, base::Time received) {
    call::CallFacts facts;
    facts.heard_at = received;
    facts.state = call::parse_call_state(field(form, "CallStatus").value_or(std::string_view{}));
    facts.twilio_direction = text_of(form, "Direction");
    facts.direction = call::parse_direction(facts.twilio_direction);
    facts.from = text_of(form, "From");
    facts.to = text_of(form, "To");
    facts.parent = base::CallSid::parse(field(form, "ParentCallSid").value_or(std::string_view{}));
    return facts;
}

base::Result<call::RecordingFacts> read_recording_callback(const Form& form) {
    auto sid = required_sid<base::RecordingSid>(form, "RecordingSid");
    if (!sid) {
        return base::fail(sid.error());
    }
    const std::string status = text_of(form, "RecordingStatus");
    const auto state = call::parse_recording_state(status);
    if (!state || *state == call::RecordingState::none) {
        return invalid("RecordingStatus", status.empty() ? "is missing" : "is unknown");
    }
    call::RecordingFacts facts{.sid = std::move(*sid), .state = *state};
    facts.source = text_of(form, "RecordingSource");
    facts.channels = unless_zero(number_in(form, "RecordingChannels"));
    facts.duration = seconds_in(form, "RecordingDuration");
    facts.started_at = time_in(form, "RecordingStartTime");
    facts.error_code = unless_zero(number_in(form, "ErrorCode"));
    return facts;
}

// Only Record=true and <Dial record> put these into the call's own callback, at its end; the file
// may not be ready by then.
base::Result<call::RecordingFacts> read_recording_of_call(const Form& form) {
    call::RecordingFacts facts;
    if (text_of(form, "RecordingSid").empty()) {
        return facts;
    }
    auto sid = required_sid<base::RecordingSid>(form, "RecordingSid");
    if (!sid) {
        return base::fail(sid.error());
    }
    facts.sid = std::move(*sid);
    facts.state = call::RecordingState::processing;
    facts.duration = seconds_in(form, "RecordingDuration");
    return facts;
}

base::Result<call::RecordingFacts> read_recording_in(Route route, const Form& form) {
    switch (route) {
    case Route::handle_recording:
        return read_recording_callback(form);
    case Route::call_status:
        return read_recording_of_call(form);
    case Route::incoming_call:
    case Route::outbound_call:
    case Route::stream_ended:
        break;
    }
    return call::RecordingFacts{};
}

// `CallStatus` says what the call is now, and only its own callback says since when. At the end of
// a stream `in-progress` is old news: the call was answered long before.
void add_times(call::CallFacts& facts, Route route, const Form& form, base::Time received) {
    const base::Time happened =
        route == Route::call_status ? time_in(form, "Timestamp").value_or(received) : received;
    if (facts.state == call::CallState::in_progress && route != Route::stream_ended) {
        facts.answered_at = happened;
    }
    if (call::is_terminal(facts.state)) {
        facts.ended_at = happened;
    }
}

} // namespace

std::string_view path_of(Route route) {
    return k_routes[static_cast<std::size_t>(route)].path;
}

std::optional<Route> parse_route(std::string_view path) {
    for (const RoutePath& entry : k_routes) {
        if (entry.path == path) {
            return entry.route;
        }
    }
    return std::nullopt;
}

base::Result<WebhookNews> read_webhook(Route route, const Form& form, base::Time received) {
    auto sid = required_sid<base::CallSid>(form, "CallSid");
    if (!sid) {
        return base::fail(sid.error());
    }
    auto account = required_sid<base::AccountSid>(form, "AccountSid");
    if (!account) {
        return base::fail(account.error());
    }
    auto recording = read_recording_in(route, form);
    if (!recording) {
        return base::fail(recording.error());
    }
    call::CallFacts facts = read_common(form, received);
    if (route == Route::incoming_call || route == Route::outbound_call) {
        facts.direction =
            route == Route::incoming_call ? call::Direction::inbound : call::Direction::outbound;
    }
    if (route == Route::call_status) {
        facts.duration = seconds_in(form, "CallDuration");
    }
    add_times(facts, route, form, received);
    facts.recording = std::move(*recording);
    facts.recording_count = facts.recording.sid ? 1 : 0;
    return WebhookNews{std::move(*sid), std::move(*account), std::move(facts)};
}

} // namespace callctl::twilio
