#include "app/backfill.hpp"

#include "app/breaker.hpp"
#include "app/news_given_up.hpp"
#include "app/step_client.hpp"
#include "app/transport.hpp"
#include "base/digest.hpp"
#include "pipeline/news.hpp"
#include "pipeline/outcome.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace callctl::app {
namespace {

using call::CallFacts;
using call::Failure;
using call::Outcome;
using call::Provider;
using call::Reason;
using twilio::CallEntry;
using twilio::RecordingEntry;

constexpr std::array k_twilio{Provider::twilio};

// A plain GET says `processing` of a recording that goes on, too (Twilio, Recording resource).
bool same_state(call::RecordingState left, call::RecordingState right) {
    const auto under_way = [](call::RecordingState state) {
        return state == call::RecordingState::in_progress ||
               state == call::RecordingState::processing;
    };
    return left == right || (under_way(left) && under_way(right));
}

// What the pipeline would decide by. Twilio's times differ from ours by parts of a second; that is
// no news.
bool tells_more(const CallFacts& old, const CallFacts& news) {
    const CallFacts after = call::merged(old, news);
    return after.state != old.state || after.recording.sid != old.recording.sid ||
           !same_state(after.recording.state, old.recording.state) ||
           after.recording_count != old.recording_count;
}

// As a webhook would have said it: what is stored as the delivery, and told twice is the same one.
std::string words_of(const CallFacts& facts) {
    std::string words = fmt::format("CallStatus={}", call::to_string(facts.state));
    if (facts.recording.sid) {
        words += fmt::format("&RecordingSid={}&RecordingStatus={}&Recordings={}",
                             facts.recording.sid->str(), call::to_string(facts.recording.state),
                             facts.recording_count);
    }
    return words;
}

// The same words are news again where what they were told to is another: the recording that they
// name may have been one too many then, and be the only one with a file now.
call::Delivery delivery_of(const CallEntry& entry, const CallFacts& known) {
    const std::string route = "backfill";
    std::string raw = words_of(entry.facts);
    std::string digest = base::sha256(route + entry.sid.str() + raw + words_of(known));
    return {.route = route,
            .raw = std::move(raw),
            .digest = std::move(digest),
            .sid = entry.sid,
            .news = entry.facts};
}

std::vector<base::CallSid> sids_of(const std::vector<CallEntry>& entries) {
    std::vector<base::CallSid> sids;
    sids.reserve(entries.size());
    std::ranges::transform(entries, std::back_inserter(sids), &CallEntry::sid);
    return sids;
}

// Recordings of the same call joined. Where one that is not finished is the call's, the one that
// has a file is told of after it, as a callback of its own would have: it may open the call.
std::vector<CallEntry> by_call(const std::vector<RecordingEntry>& recordings) {
    std::map<base::CallSid, std::vector<RecordingEntry>> groups;
    for (const RecordingEntry& recording : recordings) {
        groups[recording.call].push_back(recording);
    }
    std::vector<CallEntry> entries;
    entries.reserve(groups.size());
    for (const auto& [sid, group] : groups) {
        entries.push_back({sid, twilio::facts_of(group)});
        auto finished = twilio::facts_of(group, std::nullopt, twilio::Unfinished::give_way);
        if (finished.recording.sid != entries.back().facts.recording.sid) {
            entries.push_back({sid, std::move(finished)});
        }
    }
    return entries;
}

// `; RATE_LIMITED: Too many requests`, as it was when it closed.
std::string why_closed(port::CallStore& store) {
    for (const port::ProviderState& state : store.providers()) {
        if (state.provider == Provider::twilio && state.reason) {
            return fmt::format("; {}{}{}", call::to_string(*state.reason),
                               state.detail.empty() ? "" : ": ", state.detail);
        }
    }
    return {};
}

} // namespace

/// One pass and what it has found so far.
struct Backfill::Pass {
    port::HttpClient& http;
    bool dry_run;
    std::optional<port::Clock::Monotonic> ends_at;
    BackfillReport report{};
    /// Found in this pass: in a dry run the tables do not show them.
    std::set<base::CallSid> found{};
    std::set<base::CallSid> refused{};
    std::set<base::CallSid> corrected{};
    std::set<base::CallSid> doubled{};
    NewsGivenUp given_up{};
    std::map<base::CallSid, std::optional<base::RecordingSid>> first{}; ///< recordings, of any page
    /// What waits on this host's disk, which a real pass takes in before.
    std::map<base::CallSid, std::vector<CallFacts>> heard{};
};

Outcome<void> Backfill::may_go_on(const Pass& pass) {
    const auto ended = [](std::string why) {
        return base::fail(Failure{.reason = Reason::interrupted, .detail = std::move(why)});
    };
    if (m_clock.stopping()) {
        return ended("backfill: a stop was asked for");
    }
    if (pass.ends_at && m_clock.monotonic() >= *pass.ends_at) {
        return ended("backfill: the pass has no time left");
    }
    return {};
}

// Follows the pages of a list. `read` reads one, `visit` is given its entries.
template <class Entry, class Visit>
Outcome<void> Backfill::each_page(Pass& pass, base::HttpRequest request, std::string_view what,
                                  Outcome<twilio::Page<Entry>> (*read)(const base::HttpResponse&),
                                  const Visit& visit) {
    while (true) {
        if (auto going = may_go_on(pass); !going) {
            return going;
        }
        const auto response = exchange(pass.http, request, what);
        if (!response) {
            return base::fail(response.error());
        }
        const auto page = read(*response);
        if (!page) {
            return base::fail(page.error());
        }
        if (auto visited = visit(page->entries); !visited || page->next_uri.empty()) {
            return visited;
        }
        request = twilio::next_page(m_account, page->next_uri);
    }
}

Backfill::Backfill(port::CallStore& store, port::HttpClient& http, RequestPacer& pacer,
                   port::Clock& clock, twilio::Account account, const pipeline::Policy& policy)
    : m_store{store}, m_http{http}, m_pacer{pacer}, m_clock{clock}, m_account{std::move(account)},
      m_policy{policy} {}

BackfillReport Backfill::run(const BackfillRequest& request) {
    return run(request, std::nullopt);
}

BackfillReport Backfill::rehearse(const BackfillRequest& request, Waiting waiting) {
    return run(request, std::optional{waiting});
}

BackfillReport Backfill::run(const BackfillRequest& request, std::optional<Waiting> rehearsed) {
    const bool dry_run = rehearsed.has_value();
    pipeline::Usage usage;
    const base::Time now = m_store.now();
    StepClient client{m_http, m_pacer, Provider::twilio, now, usage};
    Pass pass{.http = client, .dry_run = dry_run, .ends_at = request.ends_at};
    for (const call::Delivery& delivery : rehearsed.value_or(Waiting{})) {
        pass.heard[delivery.sid].push_back(delivery.news);
    }
    const base::Time last = m_store.listed_until().value_or(now);
    pass.report.until = now;
    pass.report.from = std::max(now - request.horizon, std::min(last, now - request.window));
    Breaker breaker{m_store, m_policy};
    if (const auto until = dry_run ? breaker.seen_closed_until(k_twilio, now)
                                   : breaker.closed_until(k_twilio, now)) {
        pass.report.failure =
            Failure{.reason = Reason::provider_closed,
                    .detail = fmt::format("backfill: Twilio is asked nothing until {}{}",
                                          base::format_iso8601(*until), why_closed(m_store))};
        return pass.report;
    }
    auto done = list_calls(pass);
    if (done) {
        done = list_recordings(pass);
    }
    pass.report.requests = usage.requests;
    if (!done) {
        if (!dry_run) {
            breaker.note_failure(Provider::twilio, done.error(), now);
        }
        pass.report.failure = done.error();
        return pass.report;
    }
    if (!dry_run) {
        breaker.note_success(k_twilio, now);
        m_store.set_listed_until(now);
    }
    return pass.report;
}

Outcome<void> Backfill::list_calls(Pass& pass) {
    const twilio::ListWindow window{.from = pass.report.from};
    return each_page<CallEntry>(
        pass, twilio::list_calls(m_account, window), "list calls", twilio::read_calls,
        [&](std::vector<CallEntry> entries) -> Outcome<void> {
            // A leg that a call dialled is no call of its own: its recording is the call's (Twilio,
            // recordingStatusCallback: "CallSid").
            std::erase_if(entries, [](const CallEntry& entry) { return entry.facts.parent; });
            pass.report.calls += static_cast<int>(entries.size());
            tell(pass, entries);
            return {};
        });
}

Outcome<void> Backfill::list_recordings(Pass& pass) {
    const twilio::ListWindow window{.from = pass.report.from};
    return each_page<RecordingEntry>(
        pass, twilio::list_recordings(m_account, window), "list recordings",
        twilio::read_recordings,
        [&](const std::vector<RecordingEntry>& recordings) -> Outcome<void> {
            pass.report.recordings += static_cast<int>(recordings.size());
            for (const RecordingEntry& recording : recordings) {
                const auto [first, is_new] =
                    pass.first.emplace(recording.call, recording.facts.sid);
                if (!is_new && first->second != recording.facts.sid) {
                    pass.doubled.insert(recording.call);
                }
            }
            auto entries = with_their_calls(pass, by_call(recordings));
            if (!entries) {
                return base::fail(entries.error());
            }
            tell(pass, *entries);
            return {};
        });
}

// A call may have begun before the time looked at; one that Twilio does not know any more is left.
Outcome<std::vector<CallEntry>> Backfill::with_their_calls(Pass& pass,
                                                           std::vector<CallEntry> entries) {
    std::set<base::CallSid> known = pass.found;
    for (const call::Call& call : m_store.find_all(sids_of(entries))) {
        known.insert(call.sid);
    }
    std::set<base::CallSid> gone;
    for (CallEntry& entry : entries) {
        if (known.contains(entry.sid) || pass.heard.contains(entry.sid) ||
            gone.contains(entry.sid)) {
            continue;
        }
        if (const auto going = may_go_on(pass); !going) {
            return base::fail(going.error());
        }
        const auto response =
            exchange(pass.http, twilio::get_call(m_account, entry.sid), "get call");
        if (!response) {
            return base::fail(response.error());
        }
        const auto call = twilio::read_call(*response);
        if (!call && call.error().reason != Reason::not_found) {
            return base::fail(call.error());
        }
        if (call) {
            entry.facts = call::merged(call->facts, entry.facts);
            known.insert(entry.sid);
        } else {
            gone.insert(entry.sid);
        }
    }
    std::erase_if(entries, [&gone](const CallEntry& entry) { return gone.contains(entry.sid); });
    return entries;
}

void Backfill::tell(Pass& pass, const std::vector<CallEntry>& entries) {
    const auto decide = [this](const call::Call& call, const CallFacts& facts, base::Time at) {
        return pipeline::on_news(call, facts, at, m_policy);
    };
    const base::Time now = m_store.now();
    std::map<base::CallSid, call::Call> known;
    for (call::Call& call : m_store.find_all(sids_of(entries))) {
        base::CallSid sid = call.sid;
        known.emplace(std::move(sid), std::move(call));
    }
    std::vector<call::Delivery> news;
    for (const base::CallSid& sid : sids_of(entries)) {
        const auto heard = pass.heard.find(sid);
        if (heard == pass.heard.end()) {
            continue;
        }
        call::Call& call = known.try_emplace(sid, call::Call{.sid = sid}).first->second;
        for (const CallFacts& facts : heard->second) {
            call.facts = call::merged(call.facts, decide(call, facts, now).facts);
        }
    }
    for (const CallEntry& entry : entries) {
        const auto before = known.find(entry.sid);
        if (before != known.end() &&
            !tells_more(before->second.facts, decide(before->second, entry.facts, now).facts)) {
            continue;
        }
        if (before == known.end()) {
            pass.found.insert(entry.sid);
        } else if (!pass.found.contains(entry.sid)) {
            pass.corrected.insert(entry.sid);
        }
        news.push_back(
            delivery_of(entry, before == known.end() ? CallFacts{} : before->second.facts));
    }
    if (pass.dry_run) {
        std::ranges::move(news, std::back_inserter(pass.report.news));
    } else if (!news.empty()) {
        const auto ingested = m_store.ingest(news, pass.given_up.noting(m_policy));
        if (ingested.kept > ingested.locked) { // those that wait for a lock are not refused
            note_refused(pass, entries);
        }
    }
    pass.report.unknown = static_cast<int>(pass.found.size());
    pass.report.refused = static_cast<int>(pass.refused.size());
    pass.report.corrected = static_cast<int>(pass.corrected.size());
    pass.report.doubled = static_cast<int>(pass.doubled.size());
    pass.report.gave_up = pass.given_up.calls();
}

// Calls that were found and are still not there.
void Backfill::note_refused(Pass& pass, const std::vector<CallEntry>& entries) {
    std::set<base::CallSid> there;
    for (const call::Call& call : m_store.find_all(sids_of(entries))) {
        there.insert(call.sid);
    }
    for (const CallEntry& entry : entries) {
        if (!there.contains(entry.sid) && pass.found.erase(entry.sid) > 0) {
            pass.refused.insert(entry.sid);
        }
    }
}

} // namespace callctl::app
