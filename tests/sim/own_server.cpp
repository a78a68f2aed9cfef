#include "sim/own_server.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace callctl::sim {
namespace {

std::string code_of_language(const PostedAudio& posted) {
    const std::string asked = posted.field("language");
    const std::string heard = language_of(posted.heard());
    return !asked.empty() && asked != "auto" ? asked : heard.empty() ? "en" : heard;
}

// What it was not told it writes as null; there is no `task`.
Json speaches_form(const PostedAudio& posted, const std::vector<Segment>& segments, bool verbose) {
    if (!verbose) {
        return {{"text", joined(segments)}, {"logprobs", nullptr}, {"usage", nullptr}};
    }
    return {{"language", code_of_language(posted)},
            {"duration", posted.length()},
            {"text", joined(segments)},
            {"words", wants_words(posted) ? words_of(segments, "word") : Json(nullptr)},
            {"segments", segment_list(segments)},
            {"usage", nullptr}};
}

Json whispercpp_segment(const Segment& segment, std::size_t id) {
    const auto rounded = [](double seconds) { return std::round(seconds * 100.0) / 100.0; };
    Json words = words_of({segment}, "word");
    for (Json& word : words) {
        word["start"] = rounded(word["start"].get<double>());
        word["end"] = rounded(word["end"].get<double>());
        word["t_dtw"] = -1;
        word["probability"] = 0.87;
    }
    return {{"id", id},
            {"text", " " + segment.text},
            {"start", rounded(segment.start)},
            {"end", rounded(segment.end)},
            {"tokens", {50364, 1217, 50414}},
            {"words", std::move(words)},
            {"temperature", 0.0},
            {"avg_logprob", segment.avg_logprob},
            {"no_speech_prob", segment.no_speech_prob}};
}

// Its language is English unless it is told another.
Json whispercpp_form(const PostedAudio& posted, const std::vector<Segment>& segments,
                     bool verbose) {
    std::string text;
    Json list = Json::array();
    for (const Segment& segment : segments) {
        text += " " + segment.text + "\n";
        list.push_back(whispercpp_segment(segment, list.size()));
    }
    if (!verbose) {
        return {{"text", text}};
    }
    const std::string asked = posted.field("language");
    const std::string language = language_name(asked.empty() ? "en" : code_of_language(posted));
    Json body{{"task", "transcribe"},
              {"language", language},
              {"duration", posted.length()},
              {"text", text},
              {"segments", std::move(list)}};
    if (posted.field("no_language_probabilities") != "true") {
        body["detected_language"] = language_name(language_of(posted.heard()));
        body["detected_language_probability"] = 0.98;
        body["language_probabilities"] = {{"he", 0.98}, {"en", 0.01}};
    }
    return body;
}

// The length is a string.
Json vllm_form(const PostedAudio& posted, const std::vector<Segment>& segments, bool verbose) {
    if (!verbose) {
        return {
            {"text", joined(segments)},
            {"usage", {{"type", "duration"}, {"seconds", billed_seconds(posted, AiServer::vllm)}}}};
    }
    Json list = segment_list(segments);
    for (Json& segment : list) {
        segment["no_speech_prob"] = nullptr;
    }
    return {{"duration", fmt::format("{}", posted.length())},
            {"language", code_of_language(posted)},
            {"text", joined(segments)},
            {"segments", std::move(list)},
            {"words", wants_words(posted) ? words_of(segments, "word") : Json(nullptr)}};
}

// Nothing tells how sure it is, and a word is a `text`.
Json localai_form(const PostedAudio& posted, const std::vector<Segment>& segments, bool verbose) {
    if (!verbose) {
        return {{"text", joined(segments)}};
    }
    Json list = Json::array();
    for (const Segment& segment : segments) {
        Json entry{{"id", list.size()},
                   {"start", segment.start},
                   {"end", segment.end},
                   {"text", segment.text},
                   {"tokens", {50364, 1217, 50414}}};
        if (wants_words(posted)) {
            entry["words"] = words_of({segment}, "text");
        }
        list.push_back(std::move(entry));
    }
    return {{"task", "transcribe"},
            {"language", code_of_language(posted)},
            {"duration", posted.length()},
            {"segments", std::move(list)},
            {"text", joined(segments)}};
}

} // namespace

bool is_own_server(AiServer server) {
    return server == AiServer::speaches || server == AiServer::whispercpp ||
           server == AiServer::vllm || server == AiServer::localai || server == AiServer::ollama;
}

std::string format_of(const PostedAudio& posted, AiServer server) {
    const std::string asked = posted.field("response_format");
    return !asked.empty() ? asked : server == AiServer::localai ? "verbose_json" : "json";
}

Json own_server_form(const PostedAudio& posted, const std::vector<Segment>& segments,
                     AiServer server) {
    const bool verbose = format_of(posted, server) == "verbose_json";
    switch (server) {
    case AiServer::speaches:
        return speaches_form(posted, segments, verbose);
    case AiServer::whispercpp:
        return whispercpp_form(posted, segments, verbose);
    case AiServer::vllm:
        return vllm_form(posted, segments, verbose);
    case AiServer::localai:
        return localai_form(posted, segments, verbose);
    default:
        return {{"text", joined(segments)}};
    }
}

Json words_of(const std::vector<Segment>& segments, const char* key) {
    Json words = Json::array();
    for (const Segment& segment : segments) {
        const auto parts = split(segment.text, ' ');
        const double step = (segment.end - segment.start) / static_cast<double>(parts.size());
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const double start = segment.start + step * static_cast<double>(i);
            words.push_back({{key, parts[i]}, {"start", start}, {"end", start + step}});
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
                        {"compression_ratio", segment.compression_ratio},
                        {"no_speech_prob", segment.no_speech_prob}});
    }
    return list;
}

bool wants_words(const PostedAudio& posted) {
    const auto granularities = posted.fields("timestamp_granularities[]");
    return std::ranges::find(granularities, "word") != granularities.end();
}

} // namespace callctl::sim
