#include "transcript/exchange.hpp"
#include "transcript/reply_json.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>

namespace callctl::transcript {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

void put(Json& object, const char* key, const std::optional<double>& value) {
    if (value) {
        object[key] = *value;
    }
}

Json json_of(const Segment& segment) {
    Json object{{"start_ms", segment.start.count()},
                {"end_ms", segment.end.count()},
                {"text", segment.text}};
    put(object, "avg_logprob", segment.avg_logprob);
    put(object, "no_speech_prob", segment.no_speech_prob);
    put(object, "compression_ratio", segment.compression_ratio);
    return object;
}

Json json_of(const Transcription& transcription) {
    Json segments = Json::array();
    for (const Segment& segment : transcription.segments) {
        segments.push_back(json_of(segment));
    }
    return {{"text", transcription.text},
            {"language", transcription.language},
            {"request_id", transcription.request_id},
            {"billed_ms", transcription.billed.count()},
            {"segments", std::move(segments)}};
}

std::string dumped(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool has_text(const Json& object, const char* key) {
    const Json* const value = member(object, key);
    return value != nullptr && value->is_string();
}

bool has_integer(const Json& object, const char* key) {
    const Json* const value = member(object, key);
    return value != nullptr && value->is_number_integer();
}

milliseconds time_of(const Json& object, const char* key) {
    return milliseconds{object.at(key).get<std::int64_t>()};
}

std::optional<Segment> segment_of(const Json& object) {
    if (!has_text(object, "text") || !has_integer(object, "start_ms") ||
        !has_integer(object, "end_ms")) {
        return std::nullopt;
    }
    return Segment{.start = time_of(object, "start_ms"),
                   .end = time_of(object, "end_ms"),
                   .text = text_of(member(object, "text")),
                   .avg_logprob = number_of(member(object, "avg_logprob")),
                   .no_speech_prob = number_of(member(object, "no_speech_prob")),
                   .compression_ratio = number_of(member(object, "compression_ratio"))};
}

std::optional<Transcription> transcription_of(const Json& object) {
    const Json* const list = member(object, "segments");
    if (!has_text(object, "text") || !has_text(object, "language") ||
        !has_text(object, "request_id") || !has_integer(object, "billed_ms") || list == nullptr ||
        !list->is_array()) {
        return std::nullopt;
    }
    Transcription transcription{.text = text_of(member(object, "text")),
                                .language = text_of(member(object, "language")),
                                .request_id = text_of(member(object, "request_id")),
                                .billed = time_of(object, "billed_ms")};
    for (const Json& entry : *list) {
        auto segment = segment_of(entry);
        if (!segment) {
            return std::nullopt;
        }
        transcription.segments.push_back(std::move(*segment));
    }
    return transcription;
}

} // namespace

std::string to_json(const Transcription& transcription) {
    return dumped(json_of(transcription));
}

std::optional<Transcription> transcription_from_json(std::string_view text) {
    return transcription_of(Json::parse(text, nullptr, /*allow_exceptions=*/false));
}

std::string to_json(const std::vector<ChannelText>& texts) {
    Json list = Json::array();
    for (const ChannelText& text : texts) {
        Json object = json_of(text.transcription);
        object["channel"] = text.channel;
        list.push_back(std::move(object));
    }
    return dumped(list);
}

std::optional<std::vector<ChannelText>> channel_texts_from_json(std::string_view text) {
    const Json list = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!list.is_array()) {
        return std::nullopt;
    }
    std::vector<ChannelText> texts;
    for (const Json& entry : list) {
        auto transcription = transcription_of(entry);
        if (!transcription || !has_integer(entry, "channel")) {
            return std::nullopt;
        }
        texts.push_back({entry.at("channel").get<int>(), std::move(*transcription)});
    }
    return texts;
}

} // namespace callctl::transcript
