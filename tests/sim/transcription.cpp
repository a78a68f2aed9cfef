#include "sim/transcription.hpp"

#include "sim/ai_models.hpp"
#include "sim/heard.hpp"
#include "sim/own_server.hpp"
#include "sim/transcription_rules.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace callctl::sim {
namespace {

Json duration_usage(const PostedAudio& posted) {
    return {{"type", "duration"}, {"seconds", billed_seconds(posted, AiServer::openai)}};
}

Json verbose(const PostedAudio& posted, const std::vector<Segment>& segments) {
    Json body{{"task", "transcribe"},
              {"language", language_name(language_of(posted.heard()))},
              {"duration", posted.length()},
              {"text", joined(segments)},
              {"segments", segment_list(segments)},
              {"usage", duration_usage(posted)}};
    if (wants_words(posted)) {
        body["words"] = words_of(segments, "word");
    }
    return body;
}

Json plain(const PostedAudio& posted, const std::string& model, const std::string& text) {
    Json body{{"text", text}};
    if (model.ends_with("gpt-transcribe")) {
        Json languages = Json::array();
        auto codes = language_hints(posted);
        if (codes.empty() && !language_of(posted.heard()).empty()) {
            codes.push_back(language_of(posted.heard()));
        }
        for (const std::string& code : codes) {
            languages.push_back({{"code", code}});
        }
        body["languages"] = std::move(languages);
        body["usage"] = duration_usage(posted);
    } else if (model.starts_with("gpt-4o") && model != "gpt-4o-transcribe-diarize") {
        const std::int64_t heard = billed_seconds(posted, AiServer::openai) * 10;
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
            {"duration", posted.length()},
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

Answer text_answer(const std::vector<Segment>& segments, const std::string& format,
                   AiServer server) {
    port::WebResponse response{
        .status = 200,
        .content_type = server == AiServer::whispercpp ? "text/html" : "text/plain; charset=utf-8"};
    response.body =
        format == "text" ? joined(segments) + "\n" : subtitles(segments, format == "vtt");
    return {.response = std::move(response)};
}

// What those who are almost OpenAI do otherwise.
void adapt(const PostedAudio& posted, AiServer server, Json& body) {
    if (server == AiServer::groq) {
        body.erase("usage");
        body["x_groq"] = {{"id", "req_sim"}};
    } else if (server == AiServer::openrouter) {
        const auto seconds = static_cast<double>(billed_seconds(posted, server));
        body.erase("languages");
        body["usage"] = {{"seconds", seconds}, {"cost", seconds * 0.000'075}};
    }
}

} // namespace

std::string model_of(const PostedAudio& posted, const AiRoute& route) {
    return route.model.empty() ? posted.field("model") : route.model;
}

Answer transcription_answer(const PostedAudio& posted, const AiRoute& route,
                            const Settings& settings, const Fault* fault) {
    const auto segments = segments_of(posted, settings, fault);
    const std::string format = format_of(posted, route.server);
    if (format == "text" || format == "srt" || format == "vtt") {
        return text_answer(segments, format, route.server);
    }
    Json body;
    if (is_own_server(route.server)) {
        body = own_server_form(posted, segments, route.server);
    } else if (format == "verbose_json") {
        body = verbose(posted, segments);
    } else if (format == "diarized_json") {
        body = diarized(posted, segments);
    } else {
        body = plain(posted, model_of(posted, route), joined(segments));
    }
    adapt(posted, route.server, body);
    if (fault != nullptr && fault->kind == FaultKind::empty_segments && body.contains("segments")) {
        body["segments"] = Json::array();
    }
    if (fault != nullptr && fault->kind == FaultKind::wrong_types) {
        spoil_types(body);
    }
    return json_answer(body);
}

} // namespace callctl::sim
