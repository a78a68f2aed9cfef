#include "sim/twilio_resource.hpp"

#include "sim/digest.hpp"
#include "sim/notices.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace callctl::sim {
namespace {

Json date_or_null(const std::optional<base::Time>& time) {
    return time ? Json(rfc2822(*time)) : Json(nullptr);
}

Json text_or_null(const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
}

std::string account_path(const World& world) {
    return fmt::format("/{}/Accounts/{}", k_api_version, world.options.account_sid);
}

// A plain GET knows neither in-progress nor paused (Recording resource, "status").
std::string_view shown_status(const Recording& recording) {
    switch (recording.status) {
    case RecordingStatus::in_progress:
    case RecordingStatus::paused:
    case RecordingStatus::processing:
        return "processing";
    case RecordingStatus::failed:
        return "absent";
    case RecordingStatus::completed:
    case RecordingStatus::absent:
    case RecordingStatus::deleted:
        break;
    }
    return to_string(recording.status);
}

} // namespace

Json call_resource(const World& world, const Call& call, bool stale) {
    const CallStatus status = stale ? call.status_before : call.status;
    const bool over = is_over(status);
    const std::string path = fmt::format("{}/Calls/{}", account_path(world), call.sid);
    Json subresources = Json::object();
    for (const auto& [name, folder] :
         {std::pair{"notifications", "Notifications"},
          {"recordings", "Recordings"},
          {"payments", "Payments"},
          {"events", "Events"},
          {"siprec", "Siprec"},
          {"streams", "Streams"},
          {"transcriptions", "Transcriptions"},
          {"user_defined_message_subscriptions", "UserDefinedMessageSubscriptions"},
          {"user_defined_messages", "UserDefinedMessages"}}) {
        subresources[name] = fmt::format("{}/{}.json", path, folder);
    }
    // `initiated` is a word of webhooks only.
    const CallStatus shown = status == CallStatus::initiated ? CallStatus::queued : status;
    return {{"account_sid", world.options.account_sid},
            {"answered_by", nullptr},
            {"api_version", k_api_version},
            {"caller_name", nullptr},
            {"date_created", rfc2822(call.created)},
            {"date_updated", rfc2822(call.updated)},
            {"direction", call.direction},
            {"duration",
             over && call.answered ? Json(std::to_string(seconds_of(call.talked))) : Json(nullptr)},
            {"end_time", over ? date_or_null(call.ended) : Json(nullptr)},
            {"forwarded_from", nullptr},
            {"from", call.from},
            {"from_formatted", call.from},
            {"group_sid", nullptr},
            {"parent_call_sid", text_or_null(call.parent)},
            {"phone_number_sid", "PN" + hex_sha256(call.to).substr(0, 32)},
            {"price", nullptr},
            {"price_unit", "USD"},
            {"sid", call.sid},
            {"start_time", date_or_null(call.answered ? call.answered : call.dialled)},
            {"status", to_string(shown)},
            {"subresource_uris", std::move(subresources)},
            {"to", call.to},
            {"to_formatted", call.to},
            {"trunk_sid", nullptr},
            {"uri", path + ".json"},
            {"queue_time", std::to_string(call.plan.queued.count())}};
}

Json recording_resource(const World& world, const Recording& recording, Below below,
                        std::string_view status) {
    const std::string account = account_path(world);
    const std::string path = fmt::format("{}/Recordings/{}", account, recording.sid);
    const bool whole = recording.status == RecordingStatus::completed ||
                       recording.status == RecordingStatus::deleted;
    Json resource{
        {"account_sid", world.options.account_sid},
        {"api_version", k_api_version},
        {"call_sid", recording.call_sid},
        {"conference_sid", nullptr},
        {"channels", recording.channels},
        {"date_created", rfc2822(recording.created)},
        {"date_updated", rfc2822(recording.updated)},
        {"start_time", rfc2822(recording.started)},
        {"price", nullptr},
        {"price_unit", whole ? Json("USD") : Json(nullptr)},
        {"duration", whole ? Json(std::to_string(seconds_of(recording.until - recording.from)))
                           : Json(nullptr)},
        {"sid", recording.sid},
        {"source", recording.source},
        {"status", status.empty() ? shown_status(recording) : status},
        {"error_code", recording.error_code == 0 ? Json(nullptr) : Json(recording.error_code)},
        {"encryption_details", nullptr},
        {"track", recording.track},
        {"uri", fmt::format("{}/Calls/{}/Recordings/{}.json", account, recording.call_sid,
                            recording.sid)}};
    if (below == Below::account) {
        resource["uri"] = path + ".json";
        resource["subresource_uris"] = {{"add_on_results", path + "/AddOnResults.json"},
                                        {"transcriptions", path + "/Transcriptions.json"}};
        resource["media_url"] = std::string{k_public_base} + path;
    }
    return resource;
}

Json account_resource(const World& world, base::Time now) {
    const std::string path = account_path(world);
    return {{"auth_token", std::string(32, '*')},
            {"date_created", rfc2822(now)},
            {"date_updated", rfc2822(now)},
            {"friendly_name", "Simulated account"},
            {"owner_account_sid", world.options.account_sid},
            {"sid", world.options.account_sid},
            {"status", "active"},
            {"subresource_uris",
             {{"calls", path + "/Calls.json"}, {"recordings", path + "/Recordings.json"}}},
            {"type", "Full"},
            {"uri", path + ".json"}};
}

} // namespace callctl::sim
