#include "sim/twilio_rest.hpp"

#include "sim/twilio_list.hpp"
#include "sim/twilio_resource.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace callctl::sim {
namespace {

// A name, and what stands behind its last dot.
std::pair<std::string, std::string> without_extension(const std::string& name) {
    for (const std::string_view extension : {"json", "xml", "wav", "mp3", "csv"}) {
        if (name.ends_with("." + std::string{extension})) {
            return {name.substr(0, name.size() - extension.size() - 1), std::string{extension}};
        }
    }
    return {name, ""};
}

std::string_view pick(const Request& request, std::string_view get, std::string_view post,
                      std::string_view remove) {
    return request.method == "GET"      ? get
           : request.method == "POST"   ? post
           : request.method == "DELETE" ? remove
                                        : std::string_view{};
}

// `parts` are those after the account.
std::string_view place_of(const Request& request, const std::vector<std::string>& parts,
                          TwilioRoute& route) {
    const bool of_call = parts.size() >= 3 && parts[0] == "Calls" && parts[2] == "Recordings";
    if (parts.empty()) {
        return pick(request, "twilio.get_account", "", "");
    }
    if (parts.size() == 1 && parts[0] == "Calls") {
        return pick(request, "twilio.list_calls", "twilio.create_call", "");
    }
    if (parts.size() == 1 && parts[0] == "Recordings") {
        return pick(request, "twilio.list_recordings", "", "");
    }
    if (parts.size() == 2 && parts[0] == "Calls") {
        route.call_sid = parts[1];
        return pick(request, "twilio.get_call", "twilio.update_call", "");
    }
    if (parts.size() == 2 && parts[0] == "Recordings") {
        route.recording_sid = parts[1];
        const bool metadata = route.extension == "json" || route.extension == "xml";
        return pick(request, metadata ? "twilio.get_recording" : "media", "",
                    "twilio.delete_recording");
    }
    if (parts.size() == 3 && of_call) {
        route.call_sid = parts[1];
        return pick(request, "twilio.list_call_recordings", "twilio.create_recording", "");
    }
    if (parts.size() == 4 && of_call) {
        route.call_sid = parts[1];
        route.recording_sid = parts[3];
        return pick(request, "twilio.get_recording", "twilio.update_recording",
                    "twilio.delete_recording");
    }
    return "nowhere";
}

} // namespace

std::optional<TwilioRoute> route_twilio(const Request& request) {
    std::vector<std::string> parts = split(request.path, '/');
    if (parts.empty() || parts[0] != "2010-04-01") {
        return std::nullopt;
    }
    TwilioRoute route;
    std::tie(parts.back(), route.extension) = without_extension(parts.back());
    route.format = route.extension == "json" ? Format::json : Format::xml;
    if (parts.size() < 3 || parts[1] != "Accounts") {
        return route;
    }
    route.account = parts[2];
    parts.erase(parts.begin(), parts.begin() + 3);
    const std::string_view place = place_of(request, parts, route);
    route.wrong_method = place.empty();
    route.place = place == "nowhere" ? "" : place;
    return route;
}

std::optional<ApiError> TwilioRest::refusal(const Request& request,
                                            const TwilioRoute& route) const {
    const Options& options = m_world->options;
    const auto credentials = basic_credentials(request.headers);
    if (!credentials) {
        return ApiError{401, 20003, "Authentication Error - No credentials provided",
                        "Your AccountSid or AuthToken was incorrect."};
    }
    const bool by_account = *credentials == std::pair{options.account_sid, options.auth_token};
    const bool by_key = !options.api_key_sid.empty() &&
                        *credentials == std::pair{options.api_key_sid, options.api_key_secret};
    if (!by_account && !by_key) {
        return ApiError{401, 20003, "Authenticate", "Your AccountSid or AuthToken was incorrect."};
    }
    if (route.wrong_method) {
        return ApiError{405, 20004, "Method not allowed", {}};
    }
    if (route.place.empty() || route.account != options.account_sid) {
        return not_found(request.path);
    }
    if (!route.call_sid.empty() && m_world->find_call(route.call_sid) == nullptr) {
        return not_found(request.path);
    }
    return std::nullopt;
}

Recording* TwilioRest::visible_recording(const Request& request, const TwilioRoute& route) const {
    Recording* const recording = m_world->find_recording(route.recording_sid);
    const bool also_deleted = value_of(request.query, "IncludeSoftDeleted") == "true";
    const bool here = recording != nullptr &&
                      (route.call_sid.empty() || recording->call_sid == route.call_sid) &&
                      (recording->status != RecordingStatus::deleted || also_deleted);
    return here ? recording : nullptr;
}

Answer TwilioRest::answer(const Request& request, const TwilioRoute& route, bool stale) {
    Reply made = reply(request, route, stale);
    if (const auto* const error = std::get_if<ApiError>(&made)) {
        return error_answer(*error, route.format);
    }
    return std::get<Answer>(std::move(made));
}

TwilioRest::Reply TwilioRest::reply(const Request& request, const TwilioRoute& route, bool stale) {
    if (route.place == "twilio.get_account") {
        return resource_answer(200, account_resource(*m_world, m_engine->now()), "Account",
                               route.format);
    }
    if (route.place == "twilio.create_call") {
        return create_call(request, route);
    }
    if (route.place == "twilio.list_calls") {
        return list_calls(request, route, stale);
    }
    if (route.place == "twilio.list_recordings" || route.place == "twilio.list_call_recordings") {
        return list_recordings(request, route);
    }
    if (route.place == "twilio.get_call") {
        return resource_answer(200,
                               call_resource(*m_world, *m_world->find_call(route.call_sid), stale),
                               "Call", route.format);
    }
    if (route.place == "twilio.update_call") {
        return update_call(request, route, *m_world->find_call(route.call_sid));
    }
    if (route.place == "twilio.create_recording") {
        return create_recording(request, route, *m_world->find_call(route.call_sid));
    }
    if (route.place == "twilio.update_recording") {
        return update_recording(request, route, *m_world->find_call(route.call_sid));
    }
    Recording* const recording = visible_recording(request, route);
    if (recording == nullptr) {
        return not_found(request.path);
    }
    if (route.place == "twilio.delete_recording") {
        return delete_recording(*recording);
    }
    const Below below = route.call_sid.empty() ? Below::account : Below::call;
    return resource_answer(
        200,
        recording_resource(*m_world, *recording, below, stale ? "processing" : std::string_view{}),
        "Recording", route.format);
}

TwilioRest::Reply TwilioRest::list_calls(const Request& request, const TwilioRoute& route,
                                         bool stale) {
    for (const std::string_view name : {"StartTime", "EndTime"}) {
        if (const auto error = bad_date(request.query, name)) {
            return *error;
        }
    }
    std::vector<ListEntry> entries;
    for (const std::string& sid : m_world->call_order) {
        const Call& call = m_world->calls.at(sid);
        bool passes = true;
        for (const auto& [name, value] : {std::pair{"To", call.to},
                                          {"From", call.from},
                                          {"ParentCallSid", call.parent},
                                          {"Status", std::string{to_string(call.status)}}}) {
            passes = passes && value_of(request.query, name).value_or(value) == value;
        }
        for (const auto& [name, time] :
             {std::pair{"StartTime", call.answered ? call.answered : call.dialled},
              {"EndTime", call.ended}}) {
            passes = passes && passes_dates(request.query, name, time);
        }
        if (passes) {
            entries.push_back(
                {sid, [this, &call, stale] { return call_resource(*m_world, call, stale); }});
        }
    }
    std::ranges::reverse(entries);
    const auto page = list_page(request, "calls", entries);
    if (const auto* const error = std::get_if<ApiError>(&page)) {
        return *error;
    }
    return resource_answer(200, std::get<Json>(page), "Calls", route.format);
}

TwilioRest::Reply TwilioRest::list_recordings(const Request& request, const TwilioRoute& route) {
    if (const auto error = bad_date(request.query, "DateCreated")) {
        return *error;
    }
    std::vector<ListEntry> entries;
    const bool also_deleted = value_of(request.query, "IncludeSoftDeleted") == "true";
    const Below below = route.call_sid.empty() ? Below::account : Below::call;
    const std::string call =
        below == Below::call ? route.call_sid : value_of(request.query, "CallSid").value_or("");
    for (const std::string& sid : m_world->recording_order) {
        const Recording& recording = m_world->recordings.at(sid);
        const bool passes = passes_dates(request.query, "DateCreated", recording.created) &&
                            (call.empty() || call == recording.call_sid) &&
                            !value_of(request.query, "ConferenceSid") &&
                            (also_deleted || recording.status != RecordingStatus::deleted);
        if (passes) {
            entries.push_back({sid, [this, &recording, below] {
                                   return recording_resource(*m_world, recording, below);
                               }});
        }
    }
    std::ranges::reverse(entries);
    const auto page = list_page(request, "recordings", entries);
    if (const auto* const error = std::get_if<ApiError>(&page)) {
        return *error;
    }
    return resource_answer(200, std::get<Json>(page), "Recordings", route.format);
}

TwilioRest::Reply TwilioRest::delete_recording(Recording& recording) {
    if (recording.status != RecordingStatus::completed) {
        return ApiError{409, 20409, "Only completed recordings can be deleted", {}};
    }
    recording.status = RecordingStatus::deleted;
    recording.updated = m_engine->now();
    return Answer{.response = {.status = 204}};
}

} // namespace callctl::sim
