#include "app/placing.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>

namespace callctl::app {
namespace {

using std::chrono::milliseconds;
using transcript::Segment;
using transcript::Utterance;

constexpr int k_bytes_per_sample = 2;
constexpr milliseconds k_file_header{100}; // what it takes of the bytes, and more
constexpr milliseconds k_shortest_request{5'000};

// FLAC of noise is longer than the samples themselves, by less than a hundredth: both are measured
// as if they were that.
milliseconds longest_request(const transcript::Server& server, const audio::WavInfo& recording) {
    const auto room = static_cast<std::int64_t>(transcript::audio_room(server));
    const std::int64_t samples = (room - room / 100) / k_bytes_per_sample;
    const milliseconds by_bytes{samples * 1000 / std::max(recording.sample_rate, 1)};
    return std::min(server.longest, by_bytes - k_file_header);
}

Utterance utterance(int channel, std::span<const audio::Region> regions, Segment segment) {
    const auto sound = audio::sound_of(regions, {segment.start, segment.end});
    return {.channel = channel,
            .segment = std::move(segment),
            .heard = {sound.speech, sound.level_db, sound.floor_db}};
}

// Words up to where the share of the letters is that of the time; all where `share` is 1.
std::string taken(std::string& text, double share) {
    const auto wanted =
        static_cast<std::size_t>(std::lround(share * static_cast<double>(text.size())));
    std::size_t end = share < 1.0 ? text.find(' ', wanted) : std::string::npos;
    end = std::min(end, text.size());
    std::string words = text.substr(0, end);
    text.erase(0, std::min(end + 1, text.size()));
    return words;
}

// A segment that runs across a long pause which was not sent is parted there, by the shares of the
// time: who says goodbye after ten minutes on hold does not say it before.
void add_parted(std::vector<Utterance>& out, const audio::Package& package, const Segment& segment,
                milliseconds pause) {
    const auto places = audio::in_the_call(package, segment.start, segment.end, pause);
    milliseconds left{0};
    for (const audio::Span& place : places) {
        left += place.end - place.start;
    }
    std::string text = segment.text;
    for (const audio::Span& place : places) {
        const milliseconds length = place.end - place.start;
        const bool last = &place == &places.back() || left <= length;
        Segment part = segment;
        part.start = place.start;
        part.end = place.end;
        part.text = taken(text, last ? 1.0
                                     : static_cast<double>(length.count()) /
                                           static_cast<double>(left.count()));
        left -= length;
        if (!part.text.empty()) {
            out.push_back(utterance(package.channel, package.regions, std::move(part)));
        }
    }
}

// Nobody knows which words were said before a pause: only one too long for a turn parts them.
void add_untimed(std::vector<Utterance>& out, const audio::Package& package,
                 const std::string& text) {
    add_parted(out, package, {.end = package.duration(), .text = text},
               audio::PackingRules{}.short_turn_gap);
}

// The speech of a channel of a recording that was sent whole.
audio::Package speech_of(int channel, std::span<const audio::Region> regions) {
    audio::Package speech{.channel = channel, .regions = {regions.begin(), regions.end()}};
    std::ranges::transform(regions, std::back_inserter(speech.spans), [](const audio::Region& r) {
        return audio::Span{r.start, r.end};
    });
    return speech;
}

} // namespace

bool has_room(const transcript::Server& server, const audio::WavInfo& recording) {
    return longest_request(server, recording) >= k_shortest_request;
}

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
           package.regions.back().end - package.regions.front().start >
               audio::PackingRules{}.longest_turn;
}

std::vector<Utterance> placed(const audio::Package& package,
                              const transcript::Transcription& heard) {
    std::vector<Utterance> out;
    for (const Segment& segment : heard.segments) {
        add_parted(out, package, segment, audio::PackingRules{}.turn_gap);
    }
    if (heard.segments.empty() && !heard.text.empty()) {
        add_untimed(out, package, heard.text);
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
    if (transcription.segments.empty() && !transcription.text.empty() && !regions.empty()) {
        add_untimed(out, speech_of(channel, regions), transcription.text);
    }
    return out;
}

} // namespace callctl::app
