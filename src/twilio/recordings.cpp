#include "base/text.hpp"
#include "twilio/rest.hpp"

#include <algorithm>
#include <set>

namespace callctl::twilio {
namespace {

bool is_deleted(const RecordingEntry& entry) {
    return entry.facts.state == call::RecordingState::deleted;
}

} // namespace

call::CallFacts facts_of(const std::vector<RecordingEntry>& recordings) {
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
    return facts;
}

std::optional<base::RecordingSid> recording_sid_in(std::string_view url) {
    constexpr std::size_t length = base::RecordingSid::k_length;
    for (std::size_t at = url.find("RE"); at != std::string_view::npos;
         at = url.find("RE", at + 1)) {
        const bool begins = at == 0 || !base::is_alphanumeric(url[at - 1]);
        const bool ends = at + length >= url.size() || !base::is_alphanumeric(url[at + length]);
        auto sid = base::RecordingSid::parse(url.substr(at, length));
        if (begins && ends && sid) {
            return sid;
        }
    }
    return std::nullopt;
}

} // namespace callctl::twilio
