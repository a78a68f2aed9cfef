#include "app/twilio_api.hpp"

#include "app/transport.hpp"

#include <utility>

namespace callctl::app {
namespace {

using call::CallFacts;
using call::Failure;
using call::Outcome;
using call::Reason;

// Twilio error 21220 on a start: the call is not in progress. It does not mean "already recording".
constexpr int k_invalid_call_state = 21220;
// Twilio error 16113: two channels were asked of a recording that has one.
constexpr int k_dual_of_mono = 16113;
// Of one call's recordings; a page has up to a thousand.
constexpr int k_most_pages = 5;
// Twilio finishes a recording within minutes of the call's end; while another one of the call has
// its file, one that hangs is not waited for any longer than this.
constexpr std::chrono::hours k_until_another_counts{1};
// Twilio ends every call then (Twilio, voice limits).
constexpr std::chrono::hours k_longest_call{24};

// As far as anybody has told us.
std::optional<base::Time> end_of(const CallFacts& call) {
    if (call.ended_at || !call.heard_at) {
        return call.ended_at;
    }
    return call::is_terminal(call.state) ? *call.heard_at : *call.heard_at + k_longest_call;
}

twilio::Unfinished unfinished(const CallFacts& call, base::Time now) {
    const auto end = end_of(call);
    return end && now - *end > k_until_another_counts ? twilio::Unfinished::give_way
                                                      : twilio::Unfinished::may_finish;
}

} // namespace

TwilioApi::TwilioApi(port::HttpClient& http, twilio::Account account, std::string callback)
    : m_http{http}, m_account{std::move(account)}, m_callback{std::move(callback)} {}

Outcome<CallFacts> TwilioApi::call_facts(const base::CallSid& sid) {
    const auto response = exchange(m_http, twilio::get_call(m_account, sid), "get call");
    if (!response) {
        return base::fail(response.error());
    }
    const auto entry = twilio::read_call(*response);
    if (entry) {
        return entry->facts;
    }
    if (entry.error().reason == Reason::not_found) {
        return CallFacts{.unknown_to_twilio = true};
    }
    return base::fail(entry.error());
}

Outcome<CallFacts> TwilioApi::recording_facts(const base::CallSid& sid,
                                              const call::RecordingFacts& known,
                                              twilio::Unfinished unfinished) {
    std::vector<twilio::RecordingEntry> entries;
    base::HttpRequest request = twilio::list_call_recordings(m_account, sid);
    for (int pages = 0; pages < k_most_pages; ++pages) {
        const auto response = exchange(m_http, request, "list recordings of the call");
        if (!response) {
            return base::fail(response.error());
        }
        const auto page = twilio::read_recordings(*response);
        if (!page && page.error().reason == Reason::not_found) {
            return CallFacts{.unknown_to_twilio = true};
        }
        if (!page) {
            return base::fail(page.error());
        }
        entries.insert(entries.end(), page->entries.begin(), page->entries.end());
        if (page->next_uri.empty()) {
            break;
        }
        request = twilio::next_page(m_account, page->next_uri);
    }
    return twilio::facts_of(entries, known.sid, unfinished);
}

Outcome<CallFacts> TwilioApi::observe(const base::CallSid& sid, const CallFacts& before,
                                      base::Time now) {
    auto of_call = call_facts(sid);
    if (!of_call) {
        return of_call;
    }
    of_call->observed_at = now;
    of_call->observations = before.observations + 1;
    if (of_call->unknown_to_twilio) {
        return of_call;
    }
    auto of_recording =
        recording_facts(sid, before.recording, unfinished(call::merged(before, *of_call), now));
    if (!of_recording) {
        return of_recording;
    }
    of_recording->unknown_to_twilio = false;
    return call::merged(*of_call, *of_recording);
}

Outcome<CallFacts> TwilioApi::ensure_recording(const base::CallSid& sid, const CallFacts& before,
                                               base::Time now) {
    auto listed = recording_facts(sid, before.recording);
    if (!listed) {
        return listed;
    }
    const CallFacts seen{.observed_at = now, .observations = before.observations + 1};
    if (listed->recording.sid) {
        return call::merged(*listed, seen);
    }
    const auto response = exchange(m_http, twilio::create_recording(m_account, sid, m_callback),
                                   "start the recording");
    if (!response) {
        return base::fail(response.error());
    }
    const auto started = twilio::read_recording(*response, "start the recording");
    if (started) {
        CallFacts facts = seen;
        facts.state = call::CallState::in_progress;
        facts.recording = started->facts;
        return facts;
    }
    if (started.error().provider_code != k_invalid_call_state &&
        started.error().reason != Reason::not_found) {
        return base::fail(started.error());
    }
    // Too early or too late: which of the two, the call itself says.
    auto now_known = observe(sid, before, now);
    if (now_known) {
        now_known->start_refused_at = now;
        now_known->start_refusals = before.start_refusals + 1;
    }
    return now_known;
}

Outcome<void> TwilioApi::fetch(const base::RecordingSid& recording, twilio::MediaChannels channels,
                               const std::string& path) {
    const auto response = exchange(m_http, twilio::get_media(m_account, recording, channels, path),
                                   "download the recording");
    if (!response) {
        return base::fail(response.error());
    }
    return twilio::read_media(*response);
}

Failure TwilioApi::why_not_there(const base::RecordingSid& recording, Failure first) {
    const auto response =
        exchange(m_http, twilio::get_recording(m_account, recording), "get recording");
    if (!response) {
        return response.error();
    }
    const auto entry = twilio::read_recording(*response);
    if (!entry) {
        Failure failure = entry.error();
        if (failure.reason == Reason::not_found) {
            failure.reason = Reason::deleted;
            failure.detail = "the recording is not at Twilio any more";
        }
        return failure;
    }
    switch (entry->facts.state) {
    case call::RecordingState::deleted:
        first.reason = Reason::deleted;
        break;
    case call::RecordingState::absent:
        first.reason = Reason::absent;
        break;
    case call::RecordingState::failed:
        first.reason = Reason::encrypted;
        break;
    default:
        break;
    }
    return first;
}

Outcome<void> TwilioApi::download(const base::RecordingSid& recording, const std::string& path) {
    auto fetched = fetch(recording, twilio::MediaChannels::dual, path);
    if (!fetched && fetched.error().provider_code == k_dual_of_mono) {
        fetched = fetch(recording, twilio::MediaChannels::mono, path);
    }
    if (!fetched && fetched.error().reason == Reason::not_ready) {
        return base::fail(why_not_there(recording, fetched.error()));
    }
    return fetched;
}

Outcome<std::string> TwilioApi::check_account() {
    const auto response = exchange(m_http, twilio::get_account(m_account), "get account");
    if (!response) {
        return base::fail(response.error());
    }
    return twilio::read_account(*response);
}

} // namespace callctl::app
