// The fields of each webhook, in the order in which Twilio sends them.
#pragma once

#include "base/time.hpp"
#include "sim/message.hpp"
#include "sim/state.hpp"

namespace callctl::sim {

inline constexpr std::string_view k_api_version = "2010-04-01";
/// What stands in the URLs that Twilio sends, wherever it is really reached.
inline constexpr std::string_view k_public_base = "https://api.twilio.com";

/// Of the voice webhook (https://www.twilio.com/docs/voice/twiml#request-parameters).
[[nodiscard]] Fields voice_fields(const std::string& account, const Call& call);

/// Of a call progress event (https://www.twilio.com/docs/voice/api/call-resource#statuscallback).
/// `recording` only for calls placed with Record=true.
[[nodiscard]] Fields status_fields(const std::string& account, const Call& call, CallStatus status,
                                   base::Time now, const Recording* recording);

/// Of a recordingStatusCallback, in the order of a captured request.
[[nodiscard]] Fields recording_fields(const std::string& account, const Recording& recording,
                                      RecordingStatus status);

/// Whole seconds, as Twilio counts them.
[[nodiscard]] std::int64_t seconds_of(milliseconds length);

[[nodiscard]] std::string recording_url(const std::string& account, const Recording& recording);

} // namespace callctl::sim
