#include "transcript/reply_segments.hpp"

#include "base/text.hpp"
#include "transcript/reply_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace callctl::transcript {

using Json = nlohmann::json;

namespace {

std::size_t letters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return c != ' ' && c != '\t' && c != '\n'; }));
}

// A tenth of slack: servers differ in white space and punctuation between text and segments.
bool hold_the_text(const std::vector<Segment>& segments, std::string_view text) {
    std::size_t held = 0;
    for (const Segment& segment : segments) {
        held += letters(segment.text);
    }
    return held * 10 >= letters(text) * 9;
}

std::string joined_text(const std::vector<Segment>& segments) {
    std::string text;
    for (const Segment& segment : segments) {
        text += (text.empty() ? "" : " ") + segment.text;
    }
    return text;
}

} // namespace

std::vector<Segment> read_segments(const Json& list, const char* text_key) {
    std::vector<Segment> segments;
    if (!list.is_array()) {
        return segments;
    }
    for (const Json& entry : list) {
        Segment segment{.text = trimmed(base::plain_text(text_of(member(entry, text_key))))};
        if (segment.text.empty()) {
            continue;
        }
        const auto start = seconds_of(member(entry, "start"));
        const auto end = seconds_of(member(entry, "end"));
        if (!start || !end) {
            return {};
        }
        segment.start = *start;
        segment.end = std::max(*start, *end);
        segment.avg_logprob = number_of(member(entry, "avg_logprob"));
        segment.no_speech_prob = number_of(member(entry, "no_speech_prob"));
        segment.compression_ratio = number_of(member(entry, "compression_ratio"));
        segments.push_back(std::move(segment));
    }
    return segments;
}

void settle_times(Transcription& transcription) {
    if (!hold_the_text(transcription.segments, transcription.text)) {
        transcription.segments.clear();
    }
    if (transcription.text.empty()) {
        transcription.text = joined_text(transcription.segments);
    }
}

} // namespace callctl::transcript
