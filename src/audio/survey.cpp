#include "audio/survey.hpp"

#include "audio/bad_media.hpp"
#include "audio/wav_reader.hpp"

#include <fmt/format.h>

namespace callctl::audio {
namespace {

constexpr std::size_t k_read_frames = 4'096;

} // namespace

call::Outcome<Survey> survey(const std::string& path, const ActivityRules& rules) {
    auto reader = WavReader::open(path);
    if (!reader) {
        return base::fail(reader.error());
    }
    const WavInfo& info = reader->info();
    const auto channels = static_cast<std::size_t>(info.channels);
    std::vector<VoiceActivity> activities(channels, VoiceActivity{info.sample_rate, rules});
    std::vector<std::int16_t> block(k_read_frames * channels);
    std::vector<std::int16_t> mono(k_read_frames);
    std::int64_t total = 0;
    for (std::size_t frames = reader->read(block); frames > 0; frames = reader->read(block)) {
        for (std::size_t channel = 0; channel < channels; ++channel) {
            for (std::size_t i = 0; i < frames; ++i) {
                mono[i] = block[i * channels + channel];
            }
            activities[channel].add(std::span{mono}.first(frames));
        }
        total += static_cast<std::int64_t>(frames);
    }
    if (total != info.frames) {
        return bad_media(
            fmt::format("WAV file cut off: {} of {} frames can be read", total, info.frames));
    }
    Survey result{.info = info};
    for (VoiceActivity& activity : activities) {
        result.channels.push_back(activity.finish());
    }
    return result;
}

} // namespace callctl::audio
