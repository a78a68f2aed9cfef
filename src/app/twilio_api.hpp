// Twilio as the pipeline sees it: what is known of a call, start a recording, fetch one.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "call/facts.hpp"
#include "call/failure.hpp"
#include "port/http_client.hpp"
#include "twilio/rest.hpp"

#include <optional>
#include <string>

namespace callctl::app {

class TwilioApi {
  public:
    /// `callback` is the absolute URL for recording status callbacks. `http` must outlive this.
    TwilioApi(port::HttpClient& http, twilio::Account account, std::string callback);

    /// The call and its recordings as Twilio knows them. A SID that Twilio does not know is a fact,
    /// not a failure. Counts as one observation more than `before` has. An hour after the call's
    /// end a recording that is still not finished gives way to one that is.
    [[nodiscard]] call::Outcome<call::CallFacts>
    observe(const base::CallSid& sid, const call::CallFacts& before, base::Time now);

    /// Makes sure that a recording exists: lists first, because a start beside another method's
    /// recording makes a second, billed one (Twilio, "Start recording"). A refusal with 21220 is a
    /// fact (start_refusals) together with the call's state as it is then.
    [[nodiscard]] call::Outcome<call::CallFacts>
    ensure_recording(const base::CallSid& sid, const call::CallFacts& before, base::Time now);

    /// Downloads the recording to `path`: two channels, or one where it was made with one (16113).
    /// When the file is not there, the recording itself is asked: deleted ones fail as such.
    [[nodiscard]] call::Outcome<void> download(const base::RecordingSid& recording,
                                               const std::string& path);

    /// Proves the credentials; returns the account's name.
    [[nodiscard]] call::Outcome<std::string> check_account();

  private:
    [[nodiscard]] call::Outcome<call::CallFacts> call_facts(const base::CallSid& sid);
    [[nodiscard]] call::Outcome<call::CallFacts>
    recording_facts(const base::CallSid& sid, const call::RecordingFacts& known,
                    twilio::Unfinished unfinished = twilio::Unfinished::may_finish);
    [[nodiscard]] call::Outcome<void> fetch(const base::RecordingSid& recording,
                                            twilio::MediaChannels channels,
                                            const std::string& path);
    [[nodiscard]] call::Failure why_not_there(const base::RecordingSid& recording,
                                              call::Failure first);

    port::HttpClient& m_http;
    twilio::Account m_account;
    std::string m_callback;
};

} // namespace callctl::app
