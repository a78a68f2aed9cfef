#include "sim/notices.hpp"

#include "sim/digest.hpp"

#include <fmt/format.h>

namespace callctl::sim {
namespace {

constexpr std::string_view k_israel = "+972";

std::string country_of(const std::string& number) {
    return number.starts_with(k_israel) ? "IL" : "US";
}

} // namespace

std::int64_t seconds_of(milliseconds length) {
    return std::chrono::round<std::chrono::seconds>(length).count();
}

std::string recording_url(const std::string& account, const Recording& recording) {
    return fmt::format("{}/{}/Accounts/{}/Recordings/{}", k_public_base, k_api_version, account,
                       recording.sid);
}

Fields voice_fields(const std::string& account, const Call& call) {
    Fields fields{{"Called", call.to},
                  {"ToState", ""},
                  {"CallerCountry", country_of(call.from)},
                  {"Direction", call.direction},
                  {"CallerState", ""},
                  {"ToZip", ""},
                  {"CallSid", call.sid},
                  {"To", call.to},
                  {"CallerZip", ""},
                  {"ToCountry", country_of(call.to)},
                  {"CalledZip", ""},
                  {"ApiVersion", std::string{k_api_version}},
                  {"CalledCity", ""},
                  {"CallStatus", std::string{to_string(call.status)}},
                  {"From", call.from},
                  {"AccountSid", account},
                  {"CalledCountry", country_of(call.to)},
                  {"CallerCity", ""},
                  {"ToCity", ""},
                  {"FromCountry", country_of(call.from)},
                  {"Caller", call.from},
                  {"FromCity", ""},
                  {"CalledState", ""},
                  {"FromZip", ""},
                  {"FromState", ""}};
    if (!call.parent.empty()) {
        fields.emplace_back("ParentCallSid", call.parent);
    }
    return fields;
}

Fields status_fields(const std::string& account, const Call& call, CallStatus status,
                     base::Time now, const Recording* recording) {
    Call shown = call;
    shown.status = status;
    Fields fields = voice_fields(account, shown);
    fields.emplace_back("Timestamp", rfc2822(now));
    fields.emplace_back("CallbackSource", "call-progress-events");
    fields.emplace_back("SequenceNumber", std::to_string(call.sequence));
    if (!is_over(status)) {
        return fields;
    }
    const std::int64_t seconds = seconds_of(call.talked);
    fields.emplace_back("CallDuration", std::to_string(seconds));
    if (status == CallStatus::completed) {
        fields.emplace_back("Duration", std::to_string((seconds + 59) / 60));
    }
    const std::string_view code = status == CallStatus::completed ? "200"
                                  : status == CallStatus::busy    ? "486"
                                  : status == CallStatus::failed  ? "404"
                                                                  : "487";
    fields.emplace_back("SipResponseCode", code);
    if (recording != nullptr) {
        fields.emplace_back("RecordingUrl", recording_url(account, *recording));
        fields.emplace_back("RecordingSid", recording->sid);
        fields.emplace_back("RecordingDuration",
                            std::to_string(seconds_of(recording->until - recording->from)));
    }
    return fields;
}

Fields recording_fields(const std::string& account, const Recording& recording,
                        RecordingStatus status) {
    Fields fields{{"RecordingSource", recording.source},
                  {"RecordingTrack", recording.track},
                  {"RecordingSid", recording.sid},
                  {"RecordingUrl", recording_url(account, recording)},
                  {"RecordingStatus", std::string{to_string(status)}},
                  {"RecordingChannels", std::to_string(recording.channels)},
                  {"ErrorCode", std::to_string(recording.error_code)},
                  {"CallSid", recording.call_sid},
                  {"RecordingStartTime", rfc2822(recording.started)},
                  {"AccountSid", account}};
    if (status == RecordingStatus::completed) {
        fields.emplace_back("RecordingDuration",
                            std::to_string(seconds_of(recording.until - recording.from)));
    }
    return fields;
}

} // namespace callctl::sim
