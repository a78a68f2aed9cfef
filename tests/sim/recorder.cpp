#include "sim/recorder.hpp"

#include "sim/notices.hpp"
#include "sim/wav_stream.hpp"

#include <algorithm>

namespace callctl::sim {
namespace {

constexpr int k_too_short = 16101;
constexpr int k_silent = 16102;
constexpr int k_encryption_failed = 16104;
constexpr milliseconds k_second{1000};
constexpr milliseconds k_frame{20};

bool is_running(const Recording& recording) {
    return recording.status == RecordingStatus::in_progress ||
           recording.status == RecordingStatus::paused;
}

} // namespace

milliseconds Recorder::position(const Call& call) const {
    return call.began ? m_engine->nominal(*call.began, m_engine->now()) : milliseconds{0};
}

Recording& Recorder::start(Call& call, const RecordingOrder& order) {
    Recording recording{.sid = m_world->ids.next("RE"),
                        .call_sid = call.parent.empty() ? call.sid : call.parent,
                        .source = order.source,
                        .name = order.name,
                        .channels = order.track == "both" ? order.channels : 1,
                        .track = order.track,
                        .trim = order.trim,
                        .callback = order.callback,
                        .created = m_engine->now(),
                        .updated = m_engine->now(),
                        .started = m_engine->now(),
                        .from = position(call),
                        .processing = call.plan.processing,
                        .fate = call.plan.fate};
    Recording& kept = m_world->add_recording(std::move(recording));
    call.recordings.push_back(kept.sid);
    notify(kept, RecordingStatus::in_progress);
    return kept;
}

Recording* Recorder::running(const Call& call, std::string_view source) const {
    for (const std::string& sid : call.recordings) {
        Recording* const recording = m_world->find_recording(sid);
        if (recording != nullptr && is_running(*recording) && recording->source == source) {
            return recording;
        }
    }
    return nullptr;
}

int Recorder::running_count(const Call& call) const {
    return static_cast<int>(std::ranges::count_if(call.recordings, [this](const auto& sid) {
        const Recording* const recording = m_world->find_recording(sid);
        return recording != nullptr && is_running(*recording);
    }));
}

void Recorder::stop(Recording& recording) {
    const Call* const call = m_world->find_call(recording.call_sid);
    if (!is_running(recording) || call == nullptr) {
        return;
    }
    recording.until = std::max(position(*call), recording.from);
    recording.status = RecordingStatus::processing;
    recording.updated = m_engine->now();
    m_engine->after(recording.processing, [this, sid = recording.sid] {
        if (Recording* const found = m_world->find_recording(sid)) {
            finish(*found);
        }
    });
}

void Recorder::stop_all(const Call& call) {
    for (const std::string& sid : call.recordings) {
        if (Recording* const recording = m_world->find_recording(sid)) {
            stop(*recording);
        }
    }
}

const Performance& Recorder::performance(const Call& call) const {
    return m_library->performance(call.plan.dialogue);
}

bool Recorder::sounds(const Call& call, milliseconds from, milliseconds until) const {
    const Performance& made = performance(call);
    for (milliseconds at = from; at < until; at += k_second) {
        const std::int64_t count = std::min(k_second, until - at).count() * k_samples_per_ms;
        const Samples second = made.render(Track::mix, at.count() * k_samples_per_ms, count);
        if (loudest_rms(second, k_telephone_rate) >= k_silence_rms) {
            return true;
        }
    }
    return false;
}

// Silence at both ends goes; with it the offset to the answer, which is why nobody should ask for
// it.
void Recorder::trim_silence(Recording& recording, const Call& call) const {
    while (recording.from < recording.until &&
           !sounds(call, recording.from, std::min(recording.from + k_frame, recording.until))) {
        recording.from = std::min(recording.from + k_frame, recording.until);
    }
    while (recording.until > recording.from &&
           !sounds(call, std::max(recording.until - k_frame, recording.from), recording.until)) {
        recording.until = std::max(recording.until - k_frame, recording.from);
    }
}

void Recorder::finish(Recording& recording) {
    const Call* const call = m_world->find_call(recording.call_sid);
    if (call == nullptr || recording.status != RecordingStatus::processing) {
        return;
    }
    const bool silent =
        m_world->settings.delete_silent && !sounds(*call, recording.from, recording.until);
    if (recording.trim) {
        trim_silence(recording, *call);
    }
    recording.updated = m_engine->now();
    recording.status = RecordingStatus::absent;
    if (recording.fate == Fate::encryption_failed) {
        recording.status = RecordingStatus::failed;
        recording.error_code = k_encryption_failed;
    } else if (recording.fate == Fate::silent || silent) {
        recording.error_code = k_silent;
    } else if (recording.fate == Fate::too_short || recording.until <= recording.from ||
               recording.until - recording.from < m_world->settings.shortest_recording) {
        recording.error_code = k_too_short;
    } else if (recording.fate == Fate::completed) {
        recording.status = RecordingStatus::completed;
        ++m_world->bills.recordings;
        m_world->bills.recorded_seconds += seconds_of(recording.until - recording.from);
    }
    notify(recording, recording.status);
}

void Recorder::notify(const Recording& recording, RecordingStatus status) {
    const std::string event{to_string(status)};
    const auto& events = recording.callback.events;
    if (recording.callback.url.empty() || std::ranges::find(events, event) == events.end()) {
        return;
    }
    m_callbacks->send(
        {.kind = "recording." + event,
         .call_sid = recording.call_sid,
         .recording_sid = recording.sid,
         .to = recording.callback,
         .fields = recording_fields(m_world->options.account_sid, recording, status)});
}

LongBody Recorder::media(const Recording& recording, int channels) const {
    const Call& call = m_world->calls.at(recording.call_sid);
    std::vector<Track> tracks{Track::caller, Track::agent};
    if (channels == 1) {
        tracks = {recording.track == "inbound"    ? Track::caller
                  : recording.track == "outbound" ? Track::agent
                                                  : Track::mix};
    }
    return wav_of(performance(call), tracks,
                  {.from = recording.from.count() * k_samples_per_ms,
                   .until = recording.until.count() * k_samples_per_ms,
                   .call_ordinal = call.ordinal});
}

} // namespace callctl::sim
