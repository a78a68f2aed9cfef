// The numbers behind the decisions. Each default has its reason; none is read from anywhere else.
#pragma once

#include "call/provider.hpp"
#include "call/stage.hpp"

#include <array>
#include <chrono>

namespace callctl::pipeline {

struct Policy {
    using Milliseconds = std::chrono::milliseconds;

    /// How long a callback that should be on its way is waited for before Twilio is asked. The
    /// in-progress callback is sent as soon as a recording starts (Twilio,
    /// recordingStatusCallback).
    Milliseconds callback_grace{std::chrono::seconds{5}};
    /// After the answer of an outbound call: how long our own TwiML, which is asked for at the same
    /// time as the answer is told, may be on its way before the call is recorded by REST: longer
    /// than app::WebhookSettings::voice_patience and the whole second that Twilio tells times in.
    /// Zero where somebody else serves the TwiML of all calls.
    Milliseconds twiml_grace{0};
    /// How long the TwiML that Twilio has asked us for may take to leave, where another application
    /// is asked for its part first: only then is the callback of its recording on its way.
    Milliseconds twiml_answer{0};
    /// Between two starts that were refused with 21220 while the call can still become live.
    Milliseconds start_retry{400};
    /// Refused starts before the pace falls to `ring_poll`.
    int quick_starts{25};
    /// Between two looks at a call that rings.
    Milliseconds ring_poll{std::chrono::seconds{5}};
    /// Between two looks at a call that is live and recorded.
    Milliseconds live_poll{std::chrono::seconds{60}};
    /// Try to start while the call still rings, instead of waiting to hear that it is answered.
    bool start_while_ringing{false};

    /// After a call's end: for how long its list of recordings may still be empty although there is
    /// one.
    Milliseconds settle_window{std::chrono::minutes{2}};
    /// After a call's end: how long Twilio may take to finish a recording, or to serve its file.
    Milliseconds processing_patience{std::chrono::hours{24}};
    /// A call that neither ends nor says anything for this long is over: Twilio ends every call
    /// after 24 hours (Twilio, voice limits).
    Milliseconds longest_call{std::chrono::hours{26}};
    /// Looks at a SID that Twilio does not know before it is believed.
    int unknown_checks{4};

    /// Attempts of a stage before it waits for an operator.
    std::array<int, call::k_stages.size()> max_attempts{10, 8, 8};
    /// Back-off after the n-th failed attempt: full jitter below base * 2^n, at most `backoff_cap`.
    Milliseconds backoff_base{std::chrono::seconds{20}};
    Milliseconds backoff_cap{std::chrono::hours{1}};
    /// Back-off never falls below this, so that a broken provider is not hammered.
    Milliseconds backoff_floor{std::chrono::seconds{1}};
    /// Pause of a provider after its first failure, when it cannot be reached or is rate limited
    /// without saying for how long: most troubles are short.
    Milliseconds first_pause{std::chrono::seconds{15}};
    /// The next pause, and the first one when our account is refused; each further one is twice as
    /// long. After a pause one worker of all hosts probes the provider, for as long at the most.
    Milliseconds probe_pause{std::chrono::minutes{1}};
    Milliseconds pause_cap{std::chrono::minutes{10}};
    /// A provider that failed (5xx) or did not answer in time so often in a row is out, whichever
    /// calls it failed on. While it is, no attempt is burnt by calls that ended not longer ago than
    /// this: an outage is nobody's attempt, a call that only fails itself ends all the same.
    int failures_to_close{3};
    Milliseconds outage_patience{std::chrono::hours{6}};

    /// By provider, of all hosts together; none by default.
    std::array<call::ProviderLimits, call::k_providers.size()> limits{};

    /// For how long a stage may get no further before its worker is taken for hung: longer than its
    /// requests may take, one after the other until something is kept.
    call::StageDeadlines stage_deadlines{std::chrono::minutes{10}, std::chrono::hours{1},
                                         std::chrono::minutes{30}};

    /// Workers that died over one call before it is set aside.
    int max_crashes{3};
    /// A call shorter than this that has no recording was too short to have one (16101).
    std::chrono::seconds shortest_recording{2};

    [[nodiscard]] int attempts_of(call::Stage stage) const {
        return max_attempts[static_cast<std::size_t>(stage)];
    }
    [[nodiscard]] const call::ProviderLimits& limits_of(call::Provider provider) const {
        return limits[static_cast<std::size_t>(provider)];
    }
};

} // namespace callctl::pipeline
