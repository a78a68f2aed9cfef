#include "sim/deepgram.hpp"

#include "sim/ai_models.hpp"
#include "sim/heard.hpp"
#include "sim/own_server.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace callctl::sim {
namespace {

constexpr std::size_t k_most_bytes_of_file = 2'000'000'000;
constexpr double k_sure = 0.98;

std::string option(const Request& request, std::string_view name, std::string_view otherwise) {
    return value_of(request.query, name).value_or(std::string{otherwise});
}

bool is_on(const Request& request, std::string_view name) {
    return option(request, name, "false") == "true";
}

// Only nova-3 has Hebrew, since 2026-02-03.
bool has_language(const std::string& model, const std::string& language) {
    const bool nova_3 = model.starts_with("nova-3");
    const bool known = nova_3 || model.starts_with("nova-2") || model == "base-general";
    return known && (language == "en" || language.starts_with("en-") ||
                     (nova_3 && (language == "he" || language == "multi")));
}

// Words start small and lose their marks; `punctuated_word` keeps them.
Json deepgram_words(const std::vector<Segment>& segments, bool punctuated) {
    Json words = words_of(segments, "word");
    for (Json& word : words) {
        const auto written = word["word"].get<std::string>();
        std::string bare = lower_case(written);
        std::erase_if(bare, [](char c) { return c == '.' || c == ',' || c == '?' || c == '!'; });
        word["word"] = bare;
        word["confidence"] = k_sure;
        if (punctuated) {
            word["punctuated_word"] = written;
        }
    }
    return words;
}

/// What is heard in one channel; channels that are not told apart are one.
std::vector<std::vector<Segment>> heard_by_channel(const PostedAudio& posted, bool multichannel) {
    std::vector<std::vector<Segment>> all;
    for (const Recognised& channel : posted.channels) {
        const auto segments = segments_of(channel);
        if (multichannel || all.empty()) {
            all.push_back(segments);
        } else {
            all.front().insert(all.front().end(), segments.begin(), segments.end());
        }
    }
    for (auto& segments : all) {
        std::ranges::stable_sort(segments, {}, &Segment::start);
    }
    return all;
}

Json channel_list(const std::vector<std::vector<Segment>>& heard, bool punctuated) {
    Json channels = Json::array();
    for (const auto& segments : heard) {
        Json alternative{{"transcript", joined(segments)},
                         {"confidence", segments.empty() ? 0.0 : k_sure},
                         {"words", deepgram_words(segments, punctuated)}};
        channels.push_back({{"alternatives", Json::array({std::move(alternative)})}});
    }
    return channels;
}

Json utterance_list(const std::vector<std::vector<Segment>>& heard, bool punctuated) {
    std::vector<Json> utterances;
    for (std::size_t channel = 0; channel < heard.size(); ++channel) {
        for (const Segment& segment : heard[channel]) {
            utterances.push_back(
                Json{{"start", segment.start},
                     {"end", segment.end},
                     {"confidence", k_sure},
                     {"channel", channel},
                     {"transcript", segment.text},
                     {"words", deepgram_words({segment}, punctuated)},
                     {"id", fmt::format("00000000-0000-4000-8000-{:012}", utterances.size())}});
        }
    }
    std::ranges::stable_sort(
        utterances, {}, [](const Json& utterance) { return utterance["start"].get<double>(); });
    return Json(utterances);
}

} // namespace

std::string deepgram_model(const Request& request) {
    return option(request, "model", "base-general");
}

std::optional<AiError> deepgram_refusal(const Request& request, const PostedAudio& posted) {
    const std::string model = deepgram_model(request);
    if (!has_language(model, option(request, "language", "en"))) {
        return no_such_model(AiServer::deepgram, model);
    }
    if (posted.file_size > k_most_bytes_of_file) {
        return AiError{.status = 413, .message = "Payload Too Large", .code = "PAYLOAD_TOO_LARGE"};
    }
    if (!posted.seconds) {
        return AiError{.message =
                           "Bad Request: failed to process audio: corrupt or unsupported data"};
    }
    return std::nullopt;
}

Answer deepgram_answer(const Request& request, const PostedAudio& posted,
                       const std::string& request_id, const Fault* fault) {
    const bool multichannel = is_on(request, "multichannel");
    const bool punctuated = is_on(request, "punctuate") || is_on(request, "smart_format");
    const auto heard = heard_by_channel(posted, multichannel);
    Json results{{"channels", channel_list(heard, punctuated)}};
    if (is_on(request, "utterances")) {
        const bool none = fault != nullptr && fault->kind == FaultKind::empty_segments;
        results["utterances"] = none ? Json::array() : utterance_list(heard, punctuated);
    }
    return json_answer({{"metadata",
                         {{"transaction_key", "deprecated"},
                          {"request_id", request_id},
                          {"sha256", posted.sha256},
                          {"created", "2026-09-20T08:53:20.000Z"},
                          {"duration", posted.length()},
                          {"channels", heard.size()},
                          {"models", {"00000000-0000-4000-8000-000000000003"}}}},
                        {"results", std::move(results)}});
}

} // namespace callctl::sim
