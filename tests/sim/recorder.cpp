#include "sim/recorder.hpp"

#include "sim/notices.hpp"

#include <algorithm>

namespace callctl::sim {
namespace {

constexpr int k_too_short = 16101;
constexpr int k_silent = 16102;
constexpr int k_encryption_failed = 16104;
constexpr std::int64_t k_frame = 20 * k_samples_per_ms;

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

Samples Recorder::channel(const Recording& recording, const Call& call, Track track) const {
    const Performance& made = m_library->performance(call.plan.dialogue);
    Samples samples;
    const std::int64_t until = recording.until.count() * k_samples_per_ms;
    for (std::int64_t at = recording.from.count() * k_samples_per_ms; at < until; ++at) {
        samples.push_back(made.sample(track, at));
    }
    return samples;
}

// Silence at both ends goes; with it the offset to the answer, which is why nobody should ask for
// it.
void Recorder::trim_silence(Recording& recording, const Call& call) const {
    const Samples mix = channel(recording, call, Track::mix);
    const auto frames = static_cast<std::int64_t>(mix.size()) / k_frame;
    const auto speaks = [&](std::int64_t frame) {
        const auto begin = mix.begin() + frame * k_frame;
        return loudest_rms(Samples(begin, begin + k_frame), k_telephone_rate) >= k_silence_rms;
    };
    std::int64_t first = 0;
    std::int64_t last = frames;
    while (first < last && !speaks(first)) {
        ++first;
    }
    while (last > first && !speaks(last - 1)) {
        --last;
    }
    const milliseconds begin = recording.from;
    recording.from = begin + milliseconds{first * 20};
    recording.until = begin + milliseconds{last * 20};
}

void Recorder::finish(Recording& recording) {
    const Call* const call = m_world->find_call(recording.call_sid);
    if (call == nullptr || recording.status != RecordingStatus::processing) {
        return;
    }
    const bool sounds =
        loudest_rms(channel(recording, *call, Track::mix), k_telephone_rate) >= k_silence_rms;
    if (recording.trim) {
        trim_silence(recording, *call);
    }
    recording.updated = m_engine->now();
    recording.status = RecordingStatus::absent;
    if (recording.fate == Fate::encryption_failed) {
        recording.status = RecordingStatus::failed;
        recording.error_code = k_encryption_failed;
    } else if (recording.fate == Fate::silent || (m_world->settings.delete_silent && !sounds)) {
        recording.error_code = k_silent;
    } else if (recording.fate == Fate::too_short ||
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

std::string Recorder::media(const Recording& recording, int channels) const {
    const Call& call = m_world->calls.at(recording.call_sid);
    const auto marked = [&](Track track) {
        Samples samples = channel(recording, call, track);
        watermark(samples, call.ordinal);
        return samples;
    };
    if (channels == 1) {
        const Track track = recording.track == "inbound"    ? Track::caller
                            : recording.track == "outbound" ? Track::agent
                                                            : Track::mix;
        return write_wav({1, k_telephone_rate, marked(track)});
    }
    const Samples received = marked(Track::caller);
    const Samples sent = marked(Track::agent);
    Wav wav{2, k_telephone_rate, {}};
    for (std::size_t i = 0; i < received.size(); ++i) {
        wav.samples.push_back(received[i]);
        wav.samples.push_back(sent[i]);
    }
    return write_wav(wav);
}

} // namespace callctl::sim
