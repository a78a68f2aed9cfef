#include "fuzz/claim.hpp"
#include "fuzz/fuzzers.hpp"
#include "fuzz/reply.hpp"

#include "base/http.hpp"
#include "base/text.hpp"
#include "twilio/rest.hpp"

#include <string>

namespace callctl::fuzz {
namespace {

using twilio::CallEntry;
using twilio::RecordingEntry;

template <class Outcome>
void check(const base::HttpResponse& response, const Outcome& outcome) {
    if (outcome) {
        must(response.status >= 200 && response.status <= 299, "only 2xx brings anything");
    } else {
        check_failure(outcome.error());
        must(outcome.error().http_status == response.status, "a failure knows its status");
    }
}

void check_entry(const RecordingEntry& entry) {
    must(entry.facts.sid.has_value(), "a recording has a SID");
    must(entry.facts.state != call::RecordingState::none, "a recording that is listed is one");
    must(entry.facts.channels.value_or(1) > 0, "it has channels or says nothing");
    must(entry.facts.duration.value_or(std::chrono::seconds{0}).count() >= 0,
         "no recording is negative");
    must(base::storable_text(entry.facts.source) == entry.facts.source, "a source can be stored");
}

void check_entry(const CallEntry& entry) {
    must(base::storable_text(entry.facts.from) == entry.facts.from, "a number can be stored");
    must(base::storable_text(entry.facts.to) == entry.facts.to, "a number can be stored");
    must(!entry.facts.ended_at || call::is_terminal(entry.facts.state),
         "only what is over has an end");
    must(entry.facts.duration.value_or(std::chrono::seconds{0}).count() >= 0,
         "no call is negative");
}

// With our credentials we go nowhere else.
void check_next(const std::string& next_uri) {
    if (next_uri.empty()) {
        return;
    }
    const auto sid = base::AccountSid::parse("AC0123456789abcdef0123456789abcdef");
    const twilio::Account account{.sid = *sid, .user = sid->str(), .password = base::Secret{"x"}};
    const std::string url = twilio::next_page(account, next_uri).url;
    must(url.starts_with("https://api.twilio.com/2010-04-01/"), "a next page is one of the API");
    must(base::host_of(url) == "api.twilio.com", "a next page is at the same host");
}

template <class Entry>
void check_page(const call::Outcome<twilio::Page<Entry>>& page) {
    if (page) {
        for (const Entry& entry : page->entries) {
            check_entry(entry);
        }
        check_next(page->next_uri);
    }
}

void check_facts(const std::vector<RecordingEntry>& entries) {
    const call::CallFacts facts = twilio::facts_of(entries);
    must(facts.recording_count >= 0 &&
             static_cast<std::size_t>(facts.recording_count) <= entries.size(),
         "no more recordings are counted than there are");
    must(facts.recording.sid.has_value() == !entries.empty(), "of several recordings one is kept");
}

void read_all(const base::HttpResponse& response) {
    const auto recording = twilio::read_recording(response);
    check(response, recording);
    if (recording) {
        check_entry(*recording);
    }
    const auto recordings = twilio::read_recordings(response);
    check(response, recordings);
    check_page(recordings);
    if (recordings) {
        check_facts(recordings->entries);
    }
    const auto call = twilio::read_call(response);
    check(response, call);
    if (call) {
        check_entry(*call);
    }
    const auto calls = twilio::read_calls(response);
    check(response, calls);
    check_page(calls);
    const auto account = twilio::read_account(response);
    check(response, account);
    must(!account || base::storable_text(*account) == *account, "a name can be stored");
    check(response, twilio::read_media(response));
    check_failure(twilio::failure_of(response, "get"));
}

void check_depths() {
    check_depth({"", "recordings", "calls", "sid", "message"}, [](const std::string& body) {
        read_all({.status = 200, .body = body});
        read_all({.status = 400, .body = body});
    });
}

} // namespace

void twilio_reply(std::string_view input) {
    [[maybe_unused]] static const bool k_once = (check_depths(), true);
    read_all(reply_of(input));
}

} // namespace callctl::fuzz
