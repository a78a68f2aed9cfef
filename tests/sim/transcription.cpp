#include "sim/transcription.hpp"

#include "sim/audio_file.hpp"
#include "sim/digest.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace callctl::sim {
namespace {

/// A stretch of text in the reply, as sure as a model would be of it.
struct Segment {
    double start{0.0};
    double end{0.0};
    std::string text{};
    double avg_logprob{-0.21};
    double no_speech_prob{0.01};
};

Segment hallucinated(const PostedAudio& posted, double seconds) {
    const bool hebrew = posted.field("language") == "he" || posted.field("languages[]") == "he";
    return {.start = std::max(0.0, seconds - 2.0),
            .end = seconds,
            .text = hebrew ? "תודה רבה על הצפייה" : "Thank you for watching.",
            .avg_logprob = -1.14,
            .no_speech_prob = 0.92};
}

double seconds_of(const PostedAudio& posted) {
    return posted.seconds.value_or(1.0);
}

std::vector<Segment> segments_of(const PostedAudio& posted, const Settings& settings,
                                 const Fault* fault) {
    std::vector<Segment> segments;
    for (const Utterance& utterance : posted.recognised.utterances) {
        segments.push_back({.start = static_cast<double>(utterance.from_ms) / 1000.0,
                            .end = static_cast<double>(utterance.until_ms) / 1000.0,
                            .text = utterance.text});
    }
    const double seconds = seconds_of(posted);
    const bool unknown_sound = segments.empty() && !posted.recognised.silent;
    if (unknown_sound) {
        segments.push_back({.end = seconds, .text = "Unrecognised speech.", .avg_logprob = -0.9});
    }
    const bool invents = fault != nullptr && fault->kind == FaultKind::hallucination;
    if (invents || (posted.recognised.silent && settings.hallucinate_on_silence)) {
        segments.push_back(hallucinated(posted, seconds));
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

std::string language_of(const PostedAudio& posted) {
    const auto& utterances = posted.recognised.utterances;
    return utterances.empty() ? "" : utterances.front().language;
}

Json words_of(const std::vector<Segment>& segments) {
    Json words = Json::array();
    for (const Segment& segment : segments) {
        const auto parts = split(segment.text, ' ');
        const double step = (segment.end - segment.start) / static_cast<double>(parts.size());
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const double start = segment.start + step * static_cast<double>(i);
            words.push_back({{"word", parts[i]}, {"start", start}, {"end", start + step}});
        }
    }
    return words;
}

Json segment_list(const std::vector<Segment>& segments) {
    Json list = Json::array();
    for (const Segment& segment : segments) {
        list.push_back({{"id", list.size()},
                        {"seek", 0},
                        {"start", segment.start},
                        {"end", segment.end},
                        {"text", " " + segment.text},
                        {"tokens", {50364, 1217, 50414}},
                        {"temperature", 0.0},
                        {"avg_logprob", segment.avg_logprob},
                        {"compression_ratio", 1.31},
                        {"no_speech_prob", segment.no_speech_prob}});
    }
    return list;
}

Json duration_usage(const PostedAudio& posted) {
    return {{"type", "duration"}, {"seconds", billed_seconds(posted)}};
}

Json verbose(const PostedAudio& posted, const std::vector<Segment>& segments, const Fault* fault) {
    const std::string language = language_of(posted);
    const bool none = fault != nullptr && fault->kind == FaultKind::empty_segments;
    Json body{{"task", "transcribe"},
              {"language", language == "he" ? "hebrew" : "english"},
              {"duration", seconds_of(posted)},
              {"text", joined(segments)},
              {"segments", none ? Json::array() : segment_list(segments)},
              {"usage", duration_usage(posted)}};
    const auto granularities = posted.fields("timestamp_granularities[]");
    if (std::ranges::find(granularities, "word") != granularities.end()) {
        body["words"] = words_of(segments);
    }
    return body;
}

Json plain(const PostedAudio& posted, const std::string& model, const std::string& text) {
    Json body{{"text", text}};
    if (model == "gpt-transcribe") {
        Json languages = Json::array();
        auto codes = posted.fields("languages[]");
        if (codes.empty() && !language_of(posted).empty()) {
            codes.push_back(language_of(posted));
        }
        for (const std::string& code : codes) {
            languages.push_back({{"code", code}});
        }
        body["languages"] = std::move(languages);
        body["usage"] = duration_usage(posted);
    } else if (model.starts_with("gpt-4o") && model != "gpt-4o-transcribe-diarize") {
        const std::int64_t heard = billed_seconds(posted) * 10;
        const std::int64_t said = std::ssize(text) / 4 + 1;
        body["usage"] = {{"type", "tokens"},
                         {"input_tokens", heard},
                         {"input_token_details", {{"text_tokens", 0}, {"audio_tokens", heard}}},
                         {"output_tokens", said},
                         {"total_tokens", heard + said}};
    } else {
        body["usage"] = duration_usage(posted);
    }
    return body;
}

Json diarized(const PostedAudio& posted, const std::vector<Segment>& segments) {
    Json list = Json::array();
    for (const Segment& segment : segments) {
        list.push_back({{"type", "transcript.text.segment"},
                        {"id", fmt::format("seg_{:03}", list.size() + 1)},
                        {"start", segment.start},
                        {"end", segment.end},
                        {"text", segment.text},
                        {"speaker", "A"}});
    }
    return {{"task", "transcribe"},
            {"duration", seconds_of(posted)},
            {"text", joined(segments)},
            {"segments", std::move(list)},
            {"usage", duration_usage(posted)}};
}

std::string subtitle_time(double seconds, char decimal) {
    const std::int64_t ms = std::lround(seconds * 1000.0);
    return fmt::format("{:02}:{:02}:{:02}{}{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60,
                       decimal, ms % 1000);
}

std::string subtitles(const std::vector<Segment>& segments, bool vtt) {
    std::string out = vtt ? "WEBVTT\n\n" : "";
    int number = 0;
    for (const Segment& segment : segments) {
        out += vtt ? "" : fmt::format("{}\n", ++number);
        const char decimal = vtt ? '.' : ',';
        out += fmt::format("{} --> {}\n{}\n\n", subtitle_time(segment.start, decimal),
                           subtitle_time(segment.end, decimal), segment.text);
    }
    return out;
}

// What some servers send in the places of numbers and lists.
void spoil_types(Json& body) {
    if (body.contains("segments")) {
        body["duration"] = body["duration"].dump();
        for (Json& segment : body["segments"]) {
            segment["start"] = segment["start"].dump();
            segment["no_speech_prob"] = nullptr;
        }
    }
    body["usage"] = nullptr;
    body["words"] = nullptr;
}

} // namespace

std::string PostedAudio::field(std::string_view name) const {
    const auto all = fields(name);
    return all.empty() ? "" : all.front();
}

std::vector<std::string> PostedAudio::fields(std::string_view name) const {
    std::vector<std::string> values;
    if (!parts) {
        return values;
    }
    for (const Part& part : *parts) {
        if (part.name == name && !part.file_name) {
            values.push_back(part.content);
        }
    }
    return values;
}

const Part* PostedAudio::file() const {
    if (!parts) {
        return nullptr;
    }
    const auto found = std::ranges::find(*parts, "file", &Part::name);
    return found == parts->end() ? nullptr : &*found;
}

PostedAudio read_posted_audio(const Request& request, const Library& library) {
    PostedAudio posted{
        .parts = parse_multipart(base::find_header(request.headers, "Content-Type"), request.body)};
    const Part* const file = posted.file();
    if (file == nullptr) {
        return posted;
    }
    posted.sha256 = hex_sha256(file->content);
    if (const auto audio = AudioFile::read(file->content)) {
        const Pcm& pcm = audio->pcm();
        posted.seconds = pcm.seconds();
        posted.channels = pcm.channels;
        posted.recognised = library.recognise(pcm.channel(0), pcm.sample_rate);
    }
    return posted;
}

std::int64_t billed_seconds(const PostedAudio& posted) {
    return static_cast<std::int64_t>(std::ceil(seconds_of(posted)));
}

Answer transcription_answer(const PostedAudio& posted, const Settings& settings,
                            const Fault* fault) {
    const std::string model = posted.field("model");
    const std::string format = posted.field("response_format");
    const auto segments = segments_of(posted, settings, fault);
    if (format == "text" || format == "srt" || format == "vtt") {
        const std::string body =
            format == "text" ? joined(segments) + "\n" : subtitles(segments, format == "vtt");
        return {
            .response = {.status = 200, .content_type = "text/plain; charset=utf-8", .body = body}};
    }
    Json body = format == "verbose_json"    ? verbose(posted, segments, fault)
                : format == "diarized_json" ? diarized(posted, segments)
                                            : plain(posted, model, joined(segments));
    if (fault != nullptr && fault->kind == FaultKind::wrong_types) {
        spoil_types(body);
    }
    return json_answer(body);
}

} // namespace callctl::sim
