#include "transcript/exchange.hpp"

#include "base/language.hpp"
#include "base/text.hpp"
#include "call/ai_failure.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace callctl::transcript {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

constexpr std::string_view k_what = "transcription";

const Json* member(const Json& object, const char* key) {
    if (!object.is_object()) {
        return nullptr;
    }
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

std::string text_of(const Json* value) {
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
}

std::string trimmed(std::string_view text) {
    const std::size_t start = std::min(text.find_first_not_of(" \t\n"), text.size());
    text.remove_prefix(start);
    return std::string{text.substr(0, text.find_last_not_of(" \t\n") + 1)};
}

// Seconds as a number or as text (vLLM); nothing for null (whisper.cpp's NaN) and nonsense.
std::optional<milliseconds> seconds_of(const Json* value) {
    constexpr double k_longest = 1'000'000.0; // eleven days
    double seconds = -1.0;
    if (value != nullptr && value->is_number()) {
        seconds = value->get<double>();
    } else {
        const std::string text = text_of(value);
        const char* const end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, seconds);
        if (error != std::errc{} || rest != end) {
            return std::nullopt;
        }
    }
    if (!(seconds >= 0.0 && seconds <= k_longest)) {
        return std::nullopt;
    }
    return milliseconds{std::llround(seconds * 1000.0)};
}

std::size_t letters(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return c != ' ' && c != '\t' && c != '\n'; }));
}

// The segments with text; nothing when one of them cannot be placed.
std::vector<Segment> read_segments(const Json* list) {
    std::vector<Segment> segments;
    if (list == nullptr || !list->is_array()) {
        return segments;
    }
    for (const Json& entry : *list) {
        Segment segment{.text = trimmed(base::plain_text(text_of(member(entry, "text"))))};
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
        segments.push_back(std::move(segment));
    }
    return segments;
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

// `language` is a word or a code, `languages` is gpt-transcribe's, `detected_language`
// whisper.cpp's.
std::string language_of(const Json& body) {
    std::vector<std::string> names{text_of(member(body, "language"))};
    const Json* const list = member(body, "languages");
    if (list != nullptr && list->is_array() && !list->empty()) {
        const Json& first = list->front();
        names.push_back(first.is_string() ? text_of(&first) : text_of(member(first, "code")));
    }
    names.push_back(text_of(member(body, "detected_language")));
    for (const std::string& name : names) {
        const std::string_view code = base::iso_language(name);
        if (!code.empty()) {
            return std::string{code};
        }
    }
    return {};
}

void add_languages(base::Multipart& form, const Server& server) {
    if (server.language_field.empty() || server.languages.empty()) {
        return;
    }
    if (!server.language_field.ends_with("[]")) {
        form.push_back({.name = server.language_field, .content = server.languages.front()});
        return;
    }
    for (const std::string& language : server.languages) {
        form.push_back({.name = server.language_field, .content = language});
    }
}

} // namespace

base::HttpRequest transcription_request(const Server& server, std::string wav,
                                        const std::string& file_name) {
    base::Multipart form;
    form.push_back({.name = "file",
                    .content = std::move(wav),
                    .file_name = file_name,
                    .content_type = "audio/wav"});
    if (!server.model.empty()) {
        form.push_back({.name = "model", .content = server.model});
    }
    form.push_back({.name = "response_format", .content = server.response_format});
    form.push_back({.name = "temperature", .content = "0"});
    add_languages(form, server);
    if (server.response_format == "verbose_json") {
        form.push_back({.name = "timestamp_granularities[]", .content = "segment"});
    }
    base::HttpRequest request;
    request.method = "POST";
    request.url = base::joined_url(server.base_url, server.path);
    request.headers = {{"Accept", "application/json"}};
    if (!server.api_key.empty()) {
        request.auth = base::HeaderAuth{"Authorization", "Bearer ", server.api_key};
    }
    request.body = std::move(form);
    request.timeout = server.timeout;
    return request;
}

call::Outcome<Transcription> read_transcription(const base::HttpResponse& response) {
    if (auto failure = call::ai_failure(response, k_what)) {
        return base::fail(std::move(*failure));
    }
    const Json body =
        Json::parse(base::storable_text(response.body), nullptr, /*allow_exceptions=*/false);
    const Json* const text = member(body, "text");
    if (text == nullptr || !text->is_string()) {
        return base::fail(call::ai_bad_reply(response, k_what, "a JSON object without a text"));
    }
    Transcription transcription;
    transcription.text = trimmed(base::plain_text(text->get_ref<const std::string&>()));
    transcription.segments = read_segments(member(body, "segments"));
    if (!hold_the_text(transcription.segments, transcription.text)) {
        transcription.segments.clear();
    }
    if (transcription.text.empty()) {
        transcription.text = joined_text(transcription.segments);
    }
    transcription.language = language_of(body);
    transcription.request_id = call::ai_request_id(response.headers);
    if (const Json* const usage = member(body, "usage")) {
        transcription.billed = seconds_of(member(*usage, "seconds")).value_or(milliseconds{0});
    }
    return transcription;
}

} // namespace callctl::transcript
