// The TwiML that answers a voice webhook (https://www.twilio.com/docs/voice/twiml).
#pragma once

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace callctl::twilio {

/// Twilio reads at most this much of an answer (error 11750).
inline constexpr std::size_t k_max_twiml_bytes = 64UL << 10U;

/// How a call goes on after the recording has been started.
struct VoicePlan {
    std::string recording_callback{}; ///< absolute URL, with its `#rc=..` overrides
    std::string stream_url{};         ///< `wss://..` of the agent: <Connect><Stream>
    std::string stream_action{};      ///< absolute URL asked for when the stream ends
    /// <Parameter> of the stream. Twilio limits name and value together to 500 characters; one that
    /// is longer is left out, because it would cost the whole call.
    std::vector<std::pair<std::string, std::string>> stream_parameters{};
    std::string document{};  ///< instead of a stream: a TwiML document from a file
    bool is_recorded{false}; ///< already, by another method: a second one would be billed, too
};

/// `<Response><Start><Recording channels="dual" trim="do-not-trim" .../></Start>` and what follows:
/// the stream, or the children of `document`'s Response (with_recording_in_front says when the
/// document stays as it is). With neither, a <Pause> keeps the call up for as long as Twilio
/// allows, because a call ends with its TwiML. With `is_recorded` nothing is put in front. Errors
/// (invalid_input): the document is not TwiML, or the result is over k_max_twiml_bytes.
[[nodiscard]] base::Result<std::string> voice_twiml(const VoicePlan& plan);

/// `<Start><Recording channels="dual" trim="do-not-trim" .../></Start>` with
/// `plan.recording_callback`.
[[nodiscard]] std::string start_recording_twiml(const VoicePlan& plan);

/// An error (invalid_input) beyond k_max_twiml_bytes.
[[nodiscard]] base::Result<void> fits_twilio(std::string_view twiml);

/// `<Response><Hangup/></Response>`
[[nodiscard]] std::string hangup_twiml();

/// Text as it may stand in an XML attribute or element; characters that XML 1.0 forbids are left
/// out.
[[nodiscard]] std::string xml_escaped(std::string_view text);

} // namespace callctl::twilio
