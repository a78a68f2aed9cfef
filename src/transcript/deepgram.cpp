#include "transcript/deepgram.hpp"

#include "base/language.hpp"
#include "base/text.hpp"
#include "call/ai_failure.hpp"
#include "transcript/reply_json.hpp"
#include "transcript/reply_segments.hpp"

#include <nlohmann/json.hpp>

#include <map>

namespace callctl::transcript {
namespace {

using Json = nlohmann::json;

// Four hours of talk have some 36,000 words, each twice in the reply with its times.
constexpr std::size_t k_largest_reply = 64UL << 20U;

std::string query_of(const Server& server) {
    std::string query = "model=" + base::percent_encode(server.model);
    query += server.languages.empty() ? "&detect_language=true"
                                      : "&language=" + base::percent_encode(server.languages[0]);
    query += "&multichannel=true&utterances=true";
    query += server.query.empty() ? "" : "&" + server.query;
    for (const std::string& keyword : server.keywords) {
        query += "&keyterm=" + base::percent_encode(keyword);
    }
    for (const auto& [name, value] : server.extra_fields) {
        query += "&" + base::percent_encode(name) + "=" + base::percent_encode(value);
    }
    return query;
}

// Without the words, most of the reply, which the utterances say again.
Json parsed(const std::string& body) {
    const auto keep = [](int /*depth*/, Json::parse_event_t event, const Json& value) {
        return event != Json::parse_event_t::key || (value != "words" && value != "paragraphs");
    };
    return Json::parse(base::storable_text(body), keep, /*allow_exceptions=*/false);
}

const Json& list_of(const Json& object, const char* key) {
    static const Json k_none = Json::array();
    const Json* const list = member(object, key);
    return list != nullptr && list->is_array() ? *list : k_none;
}

std::string plain(const Json& object, const char* key) {
    return trimmed(base::plain_text(text_of(member(object, key))));
}

using Channels = std::map<int, Transcription>;

// What was heard, and in which language, whether or not there are times to it.
Channels read_channels(const Json& results) {
    Channels channels;
    int number = 0;
    for (const Json& channel : list_of(results, "channels")) {
        Transcription& heard = channels[number++];
        const Json& alternatives = list_of(channel, "alternatives");
        heard.text = alternatives.empty() ? "" : plain(alternatives.front(), "transcript");
        heard.language = base::iso_language(text_of(member(channel, "detected_language")));
    }
    return channels;
}

int channel_of(const Json& utterance) {
    constexpr double k_most = 64.0;
    const double number = number_of(member(utterance, "channel")).value_or(0.0);
    return number >= 0.0 && number < k_most ? static_cast<int>(number) : 0;
}

// What is read of an utterance. The whole is not copied: JSON can be nested deeper than a stack.
Json line_of(const Json& utterance) {
    Json line = Json::object();
    for (const char* const key : {"start", "end", "transcript"}) {
        const Json* const value = member(utterance, key);
        if (value != nullptr && value->is_primitive()) {
            line[key] = *value;
        }
    }
    return line;
}

void add_utterances(const Json& results, Channels& channels) {
    std::map<int, Json> lists;
    for (const Json& utterance : list_of(results, "utterances")) {
        lists[channel_of(utterance)].push_back(line_of(utterance));
    }
    for (const auto& [number, list] : lists) {
        channels[number].segments = read_segments(list, "transcript");
    }
}

std::string request_id_of(const Json& body) {
    constexpr std::size_t k_longest_id = 128;
    const Json* const metadata = member(body, "metadata");
    const std::string id = metadata == nullptr ? "" : text_of(member(*metadata, "request_id"));
    return base::shortened(base::one_line(id), k_longest_id);
}

} // namespace

base::HttpRequest deepgram_request(const Server& server, const std::string& wav_path) {
    Server asked = server;
    asked.query = query_of(server);
    base::HttpRequest request;
    request.method = "POST";
    request.url = request_url(asked);
    request.headers = {{"Accept", "application/json"}, {"Content-Type", "audio/wav"}};
    request.auth = auth_of(server);
    request.body = base::FileBody{wav_path};
    request.timeout = server.timeout;
    request.max_response_bytes = k_largest_reply;
    return request;
}

call::Outcome<std::vector<ChannelText>> read_deepgram(const base::HttpResponse& response) {
    if (auto failure = call::ai_failure(response, k_what)) {
        return base::fail(std::move(*failure));
    }
    const Json body = parsed(response.body);
    const Json* const results = member(body, "results");
    if (results == nullptr || !results->is_object()) {
        return base::fail(call::ai_bad_reply(response, k_what, "a JSON object without results"));
    }
    Channels channels = read_channels(*results);
    add_utterances(*results, channels);
    const std::string request_id = request_id_of(body);
    std::vector<ChannelText> texts;
    for (auto& [number, heard] : channels) {
        settle_times(heard);
        if (!heard.text.empty()) {
            heard.request_id = request_id;
            texts.push_back({number, std::move(heard)});
        }
    }
    return texts;
}

} // namespace callctl::transcript
