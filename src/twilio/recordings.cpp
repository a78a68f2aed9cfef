#include "twilio/rest.hpp"

#include <algorithm>
#include <set>

namespace callctl::twilio {
namespace {

using call::RecordingState;

bool is_deleted(const RecordingEntry& entry) {
    return entry.facts.state == RecordingState::deleted;
}

bool is_completed(const RecordingEntry& entry) {
    return entry.facts.state == RecordingState::completed;
}

} // namespace

call::CallFacts facts_of(const std::vector<RecordingEntry>& recordings,
                         const std::optional<base::RecordingSid>& known, Unfinished unfinished) {
    const bool only_deleted = std::ranges::all_of(recordings, is_deleted);
    const bool only_finished =
        unfinished == Unfinished::give_way && std::ranges::any_of(recordings, is_completed);
    const auto may_be_kept = [only_finished](const RecordingEntry& entry) {
        return !only_finished || call::is_final(entry.facts.state);
    };
    call::CallFacts facts;
    // Pages may overlap when a recording is made between two requests.
    std::set<base::RecordingSid> seen;
    for (const RecordingEntry& entry : recordings) {
        if (!entry.facts.sid || (!only_deleted && is_deleted(entry))) {
            continue;
        }
        seen.insert(*entry.facts.sid);
        if (may_be_kept(entry)) {
            facts.recording = call::merged(facts.recording, entry.facts);
        }
    }
    facts.recording_count = static_cast<int>(seen.size());
    const bool has_known = std::ranges::any_of(recordings, [&](const RecordingEntry& entry) {
        return entry.facts.sid == known && call::has_media_or_will(entry.facts.state) &&
               may_be_kept(entry);
    });
    facts.recording.replaces_known =
        known && !has_known && call::has_media_or_will(facts.recording.state);
    return facts;
}

} // namespace callctl::twilio
