// TwiML that somebody else wrote, with our recording in front of it.
#pragma once

#include "base/result.hpp"
#include "twilio/twiml.hpp"

#include <string>
#include <string_view>

namespace callctl::twilio {

struct FrontedTwiml {
    std::string twiml{};
    /// The first element of the document that records beside the recording that the call has
    /// anyway: `Dial`, `Conference`, `Record` or `Recording`. Twilio makes, and bills, one of each
    /// (seen on live accounts). Empty: there is none.
    std::string also_records{};
};

/// The document with `<Start><Recording .../></Start>` of `plan.recording_callback` as the first
/// child of its Response; all else stays as it is, byte for byte, but for white space and a byte
/// order mark before the document, which go (Twilio refuses them, error 12100).
///
/// It stays as it is altogether where `plan.is_recorded`, and where it records from second 0 by
/// itself: a <Recording> in one of its leading <Start>s, which do not block. Nothing else counts:
/// `<Dial record>` and `<Conference record>` hear nothing of what comes before and after them, and
/// not the ringing either unless told to; <Record> is voicemail on one channel; a later <Start>
/// misses the beginning (Twilio, "TwiML for Programmable Voice": Dial, Conference, Record,
/// Recording). Likewise a document that begins with <Reject>: a verb in front would answer the
/// call.
///
/// Errors (invalid_input, without a word of the document): empty, not well-formed XML in UTF-8,
/// with a document type declaration or entities of its own, another root element, or over
/// k_max_twiml_bytes with or without the recording.
[[nodiscard]] base::Result<FrontedTwiml> with_recording_in_front(std::string_view document,
                                                                 const VoicePlan& plan);

} // namespace callctl::twilio
