#include "app/placing.hpp"

#include <algorithm>
#include <span>

namespace callctl::app {
namespace {

using std::chrono::milliseconds;
using transcript::Segment;
using transcript::Utterance;

constexpr int k_bytes_per_sample = 2;
constexpr milliseconds k_file_header{100}; // what it takes of the bytes, and more
constexpr milliseconds k_shortest_request{5'000};

// FLAC of noise is as long as the samples themselves, so both are measured alike.
milliseconds longest_request(const transcript::Server& server, const audio::WavInfo& recording) {
    const auto samples =
        static_cast<std::int64_t>(transcript::audio_room(server)) / k_bytes_per_sample;
    const milliseconds by_bytes{samples * 1000 / std::max(recording.sample_rate, 1)};
    return std::max(std::min(server.longest, by_bytes - k_file_header), k_shortest_request);
}

Utterance utterance(int channel, std::span<const audio::Region> regions, Segment segment) {
    const auto sound = audio::sound_of(regions, {segment.start, segment.end});
    return {.channel = channel,
            .segment = std::move(segment),
            .heard = {sound.speech, sound.level_db, sound.floor_db}};
}

// One utterance from the first sound to the last.
void add_untimed(std::vector<Utterance>& out, int channel, std::span<const audio::Region> regions,
                 const std::string& text) {
    if (!text.empty() && !regions.empty()) {
        out.push_back(
            utterance(channel, regions,
                      {.start = regions.front().start, .end = regions.back().end, .text = text}));
    }
}

} // namespace

audio::ActivityRules activity_rules(const transcript::Server& server,
                                    const audio::WavInfo& recording) {
    audio::ActivityRules rules;
    const milliseconds air = 2 * audio::PackingRules{}.air;
    rules.longest = std::min(rules.longest, longest_request(server, recording) - air);
    return rules;
}

audio::PackingRules packing_rules(const transcript::Server& server,
                                  const audio::WavInfo& recording) {
    audio::PackingRules rules;
    rules.longest = longest_request(server, recording);
    rules.packing =
        transcript::gives_times(server) ? audio::Packing::until_full : audio::Packing::by_turns;
    return rules;
}

bool lacks_times(const audio::Package& package, const transcript::Transcription& heard) {
    return heard.segments.empty() && !heard.text.empty() &&
           package.duration() > audio::PackingRules{}.longest_turn;
}

std::vector<Utterance> placed(const audio::Package& package,
                              const transcript::Transcription& heard) {
    std::vector<Utterance> out;
    for (Segment segment : heard.segments) {
        const audio::Span in_call = audio::in_the_call(package, segment.start, segment.end);
        segment.start = in_call.start;
        segment.end = in_call.end;
        out.push_back(utterance(package.channel, package.regions, std::move(segment)));
    }
    if (heard.segments.empty()) {
        add_untimed(out, package.channel, package.regions, heard.text);
    }
    return out;
}

std::vector<Utterance> placed(const audio::Survey& survey, const transcript::ChannelText& heard) {
    const auto& [channel, transcription] = heard;
    const auto index = static_cast<std::size_t>(channel);
    const std::span<const audio::Region> regions = index < survey.channels.size()
                                                       ? std::span{survey.channels[index]}
                                                       : std::span<const audio::Region>{};
    std::vector<Utterance> out;
    for (const Segment& segment : transcription.segments) {
        out.push_back(utterance(channel, regions, segment));
    }
    if (transcription.segments.empty()) {
        add_untimed(out, channel, regions, transcription.text);
    }
    return out;
}

} // namespace callctl::app
