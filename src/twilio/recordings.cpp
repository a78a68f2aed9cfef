#include "twilio/rest.hpp"

#include <algorithm>
#include <set>

namespace callctl::twilio {
namespace {

bool is_deleted(const RecordingEntry& entry) {
    return entry.facts.state == call::RecordingState::deleted;
}

} // namespace

call::CallFacts facts_of(const std::vector<RecordingEntry>& recordings,
                         const std::optional<base::RecordingSid>& known) {
    const bool only_deleted = std::ranges::all_of(recordings, is_deleted);
    call::CallFacts facts;
    // Pages may overlap when a recording is made between two requests.
    std::set<base::RecordingSid> seen;
    for (const RecordingEntry& entry : recordings) {
        if (entry.facts.sid && (only_deleted || !is_deleted(entry))) {
            seen.insert(*entry.facts.sid);
            facts.recording = call::merged(facts.recording, entry.facts);
        }
    }
    facts.recording_count = static_cast<int>(seen.size());
    const bool has_known = std::ranges::any_of(recordings, [&known](const RecordingEntry& entry) {
        return entry.facts.sid == known && call::has_media_or_will(entry.facts.state);
    });
    facts.recording.replaces_known =
        known && !has_known && call::has_media_or_will(facts.recording.state);
    return facts;
}

} // namespace callctl::twilio
