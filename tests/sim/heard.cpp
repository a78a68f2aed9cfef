#include "sim/heard.hpp"

#include <algorithm>

namespace callctl::sim {
namespace {

constexpr int k_repetitions = 12;

bool asks_for_hebrew(const PostedAudio& posted) {
    return posted.field("language") == "he" || posted.field("languages[]") == "he";
}

// Models that are given silence invent what subtitles of films end with.
Segment invented(const PostedAudio& posted, double seconds) {
    return {.start = std::max(0.0, seconds - 2.0),
            .end = seconds,
            .text = asks_for_hebrew(posted) ? "תודה רבה על הצפייה" : "Thank you for watching.",
            .avg_logprob = -1.14,
            .no_speech_prob = 0.92};
}

// The last words again and again: what a model does that is caught by its own text.
Segment repeated(const std::vector<Segment>& segments, double seconds) {
    const std::string phrase = segments.empty() ? "you" : segments.back().text;
    std::string text = phrase;
    for (int i = 1; i < k_repetitions; ++i) {
        text += " " + phrase;
    }
    return {.start = segments.empty() ? 0.0 : segments.back().start,
            .end = seconds,
            .text = std::move(text),
            .avg_logprob = -0.35,
            .no_speech_prob = 0.18,
            .compression_ratio = 7.4};
}

Segment echoed(const PostedAudio& posted, double seconds) {
    return {.start = 0.0,
            .end = seconds,
            .text = posted.field("prompt"),
            .avg_logprob = -0.62,
            .no_speech_prob = 0.81};
}

// Hebrew vowel signs after the letters of the first word, and marks of direction around all of it:
// neither changes what is said.
std::string with_signs(const std::string& text) {
    std::string marked = "\u202b";
    bool first_word = true;
    for (const char c : text) {
        first_word = first_word && c != ' ';
        marked += c;
        const bool ends_hebrew_letter = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U &&
                                        marked.size() >= 2 && marked[marked.size() - 2] == '\xd7';
        if (first_word && ends_hebrew_letter) {
            marked += "\u05b8";
        }
    }
    return marked + "\u202c\u200f";
}

void go_wrong(FaultKind kind, const PostedAudio& posted, double seconds,
              std::vector<Segment>& segments) {
    if (kind == FaultKind::hallucination) {
        segments.push_back(invented(posted, seconds));
    } else if (kind == FaultKind::repetition) {
        const Segment loop = repeated(segments, seconds);
        if (!segments.empty()) {
            segments.pop_back();
        }
        segments.push_back(loop);
    } else if (kind == FaultKind::prompt_echo) {
        segments = {echoed(posted, seconds)};
    } else if (kind == FaultKind::signs) {
        for (Segment& segment : segments) {
            segment.text = with_signs(segment.text);
        }
    }
}

} // namespace

std::vector<Segment> segments_of(const Recognised& heard) {
    std::vector<Segment> segments;
    for (const Utterance& utterance : heard.utterances) {
        segments.push_back({.start = static_cast<double>(utterance.from_ms) / 1000.0,
                            .end = static_cast<double>(utterance.until_ms) / 1000.0,
                            .text = utterance.text});
    }
    return segments;
}

std::vector<Segment> segments_of(const PostedAudio& posted, const Settings& settings,
                                 const Fault* fault) {
    const Recognised& heard = posted.heard();
    std::vector<Segment> segments = segments_of(heard);
    const double seconds = posted.length();
    if (segments.empty() && heard.strange) {
        segments.push_back({.end = seconds, .text = "Unrecognised speech.", .avg_logprob = -0.9});
    }
    if (heard.silent && settings.hallucinate_on_silence) {
        segments.push_back(invented(posted, seconds));
    }
    if (fault != nullptr) {
        go_wrong(fault->kind, posted, seconds, segments);
    }
    return segments;
}

std::string joined(const std::vector<Segment>& segments) {
    std::string text;
    for (const Segment& segment : segments) {
        text += (text.empty() ? "" : " ") + segment.text;
    }
    return text;
}

std::string language_of(const Recognised& heard) {
    return heard.utterances.empty() ? "" : heard.utterances.front().language;
}

std::string language_name(const std::string& code) {
    return code == "he" ? "hebrew" : "english";
}

} // namespace callctl::sim
