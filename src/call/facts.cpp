#include "call/facts.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace callctl::call {
namespace {

template <class Enum>
struct Name {
    Enum value;
    std::string_view text;
};

constexpr std::array k_call_states{
    Name<CallState>{CallState::unknown, "unknown"},
    Name<CallState>{CallState::queued, "queued"},
    Name<CallState>{CallState::initiated, "initiated"},
    Name<CallState>{CallState::ringing, "ringing"},
    Name<CallState>{CallState::in_progress, "in_progress"},
    Name<CallState>{CallState::completed, "completed"},
    Name<CallState>{CallState::busy, "busy"},
    Name<CallState>{CallState::failed, "failed"},
    Name<CallState>{CallState::no_answer, "no_answer"},
    Name<CallState>{CallState::canceled, "canceled"},
};

constexpr std::array k_recording_states{
    Name<RecordingState>{RecordingState::none, "none"},
    Name<RecordingState>{RecordingState::in_progress, "in_progress"},
    Name<RecordingState>{RecordingState::processing, "processing"},
    Name<RecordingState>{RecordingState::completed, "completed"},
    Name<RecordingState>{RecordingState::absent, "absent"},
    Name<RecordingState>{RecordingState::failed, "failed"},
    Name<RecordingState>{RecordingState::deleted, "deleted"},
    // The finer states appear in replies to a create or an update only.
    Name<RecordingState>{RecordingState::in_progress, "paused"},
    Name<RecordingState>{RecordingState::processing, "stopped"},
};

template <class Enum, std::size_t Size>
std::string_view text_of(const std::array<Name<Enum>, Size>& names, Enum value) {
    const auto* const found = std::ranges::find(names, value, &Name<Enum>::value);
    return found == names.end() ? std::string_view{"unknown"} : found->text;
}

template <class Enum, std::size_t Size>
std::optional<Enum> value_of(const std::array<Name<Enum>, Size>& names, std::string_view text) {
    std::string spelled{text};
    std::ranges::replace(spelled, '-', '_');
    const auto* const found =
        std::ranges::find(names, std::string_view{spelled}, &Name<Enum>::text);
    return found == names.end() ? std::nullopt : std::optional{found->value};
}

template <class T>
std::optional<T> either(const std::optional<T>& first, const std::optional<T>& second) {
    return first ? first : second;
}

template <class T>
std::optional<T> earlier(const std::optional<T>& left, const std::optional<T>& right) {
    return left && right ? std::min(*left, *right) : either(left, right);
}

template <class T>
std::optional<T> later(const std::optional<T>& left, const std::optional<T>& right) {
    return left && right ? std::max(*left, *right) : either(left, right);
}

const std::string& either(const std::string& first, const std::string& second) {
    return first.empty() ? second : first;
}

// What a state of the recording is worth against another, least first: nothing undoes a deletion,
// and a file that is there proves an earlier `absent` or `failed` to be of another recording.
constexpr std::array k_worth{RecordingState::none,       RecordingState::in_progress,
                             RecordingState::processing, RecordingState::absent,
                             RecordingState::failed,     RecordingState::completed,
                             RecordingState::deleted};
static_assert(k_worth.size() == static_cast<std::size_t>(RecordingState::deleted) + 1);

RecordingState further(RecordingState left, RecordingState right) {
    return std::max(left, right, [](RecordingState a, RecordingState b) {
        return std::ranges::find(k_worth, a) < std::ranges::find(k_worth, b);
    });
}

RecordingFacts joined(const RecordingFacts& kept, const RecordingFacts& other) {
    RecordingFacts facts = kept;
    facts.state = further(kept.state, other.state);
    facts.sid = either(kept.sid, other.sid);
    facts.source = either(kept.source, other.source);
    facts.channels = either(kept.channels, other.channels);
    facts.duration = later(kept.duration, other.duration);
    facts.started_at = earlier(kept.started_at, other.started_at);
    facts.error_code = either(kept.error_code, other.error_code);
    facts.replaces_known = kept.replaces_known || other.replaces_known;
    return facts;
}

bool has_media(const RecordingFacts& facts) {
    return facts.state != RecordingState::absent && facts.state != RecordingState::failed &&
           facts.state != RecordingState::deleted;
}

// Of two recordings of one call: one that has or will have a file before one that has not, then
// the one that started first (a known start before an unknown one), then the smaller SID. A strict
// order, so that the order of the news does not matter.
bool comes_first(const RecordingFacts& left, const RecordingFacts& right) {
    const auto key = [](const RecordingFacts& facts) {
        return std::tuple{!has_media(facts), !facts.started_at,
                          facts.started_at.value_or(base::Time{}), facts.sid};
    };
    return key(left) < key(right);
}

// The further of two states. Of two ends that contradict each other the smaller: `completed` says
// that the call was answered, so that there may be a recording.
CallState further(CallState left, CallState right) {
    return is_terminal(left) && is_terminal(right) ? std::min(left, right) : std::max(left, right);
}

} // namespace

std::string_view to_string(CallState state) {
    return text_of(k_call_states, state);
}

std::string_view to_string(RecordingState state) {
    return text_of(k_recording_states, state);
}

std::string_view to_string(Direction direction) {
    switch (direction) {
    case Direction::unknown:
        return "unknown";
    case Direction::inbound:
        return "inbound";
    case Direction::outbound:
        return "outbound";
    }
    return "unknown";
}

CallState parse_call_state(std::string_view text) {
    return value_of(k_call_states, text).value_or(CallState::unknown);
}

std::optional<RecordingState> parse_recording_state(std::string_view text) {
    return value_of(k_recording_states, text);
}

Direction parse_direction(std::string_view text) {
    if (text == "inbound") {
        return Direction::inbound;
    }
    return text.starts_with("outbound") ? Direction::outbound : Direction::unknown;
}

RecordingFacts merged(const RecordingFacts& old, const RecordingFacts& news) {
    if (old.sid && news.sid && *old.sid != *news.sid) {
        RecordingFacts kept = news.replaces_known || comes_first(news, old) ? news : old;
        kept.replaces_known = false;
        return kept;
    }
    return joined(old, news);
}

CallFacts merged(const CallFacts& old, const CallFacts& news) {
    CallFacts facts = old;
    facts.state = further(old.state, news.state);
    facts.direction = old.direction == Direction::unknown ? news.direction : old.direction;
    facts.twilio_direction = either(old.twilio_direction, news.twilio_direction);
    facts.from = either(old.from, news.from);
    facts.to = either(old.to, news.to);
    facts.parent = either(old.parent, news.parent);
    facts.heard_at = earlier(old.heard_at, news.heard_at);
    facts.answered_at = earlier(old.answered_at, news.answered_at);
    facts.ended_at = earlier(old.ended_at, news.ended_at);
    facts.duration = later(old.duration, news.duration);
    facts.asked_by_twiml_at = earlier(old.asked_by_twiml_at, news.asked_by_twiml_at);
    facts.asked_by_rest_at = later(old.asked_by_rest_at, news.asked_by_rest_at);
    if (news.observed_at && (!old.observed_at || *news.observed_at >= *old.observed_at)) {
        facts.unknown_to_twilio = news.unknown_to_twilio;
    }
    facts.recording = merged(old.recording, news.recording);
    const bool second =
        old.recording.sid && news.recording.sid && *old.recording.sid != *news.recording.sid;
    facts.recording_count = std::max(
        {old.recording_count, news.recording_count, second ? 2 : 0, facts.recording.sid ? 1 : 0});
    facts.observed_at = later(old.observed_at, news.observed_at);
    facts.observations = std::max(old.observations, news.observations);
    facts.start_refused_at = later(old.start_refused_at, news.start_refused_at);
    facts.start_refusals = std::max(old.start_refusals, news.start_refusals);
    return facts;
}

std::optional<base::RecordingSid> replaced_recording(const CallFacts& before,
                                                     const CallFacts& after) {
    const bool told_by_twilio = !before.recording.source.empty();
    return told_by_twilio && before.recording.sid != after.recording.sid ? before.recording.sid
                                                                         : std::nullopt;
}

std::optional<std::chrono::milliseconds> head_loss(const CallFacts& facts) {
    using std::chrono::milliseconds;
    const auto answered = either(facts.answered_at, facts.asked_by_twiml_at);
    if (!answered || !facts.recording.started_at) {
        return std::nullopt;
    }
    const auto loss =
        std::chrono::duration_cast<milliseconds>(*facts.recording.started_at - *answered);
    const bool put_first = facts.recording.source == "StartCallRecordingTwiML";
    if (put_first && loss <= std::chrono::seconds{1}) {
        return milliseconds{0};
    }
    return std::max(loss, milliseconds{0});
}

} // namespace callctl::call
