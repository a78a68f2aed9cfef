#include "transcript/exchange.hpp"

#include "base/language.hpp"
#include "base/text.hpp"
#include "call/ai_failure.hpp"
#include "transcript/reply_json.hpp"
#include "transcript/reply_segments.hpp"

#include <nlohmann/json.hpp>

namespace callctl::transcript {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;

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

void add(base::Multipart& form, const char* name, const std::string& content) {
    if (!content.empty()) {
        form.push_back({.name = name, .content = content});
    }
}

void add_languages(base::Multipart& form, const Server& server) {
    if (server.language_field.empty() || server.languages.empty()) {
        return;
    }
    if (!server.language_field.ends_with("[]")) {
        add(form, server.language_field.c_str(), server.languages.front());
        return;
    }
    for (const std::string& language : server.languages) {
        add(form, server.language_field.c_str(), language);
    }
}

} // namespace

base::HttpRequest transcription_request(const Server& server, std::string audio,
                                        const std::string& file_name) {
    base::Multipart form;
    form.push_back({.name = "file",
                    .content = std::move(audio),
                    .file_name = file_name,
                    .content_type = file_name.ends_with(".flac") ? "audio/flac" : "audio/wav"});
    add(form, "model", server.model);
    add(form, "response_format", server.response_format);
    add(form, "temperature", server.temperature);
    add_languages(form, server);
    if (gives_times(server)) {
        add(form, "timestamp_granularities[]", "segment");
    }
    add(form, "prompt", server.prompt);
    for (const std::string& keyword : server.keywords) {
        add(form, "keywords[]", keyword);
    }
    for (const auto& [name, content] : server.extra_fields) {
        form.push_back({.name = name, .content = content});
    }
    base::HttpRequest request;
    request.method = "POST";
    request.url = request_url(server);
    request.headers = {{"Accept", "application/json"}};
    request.auth = auth_of(server);
    request.body = std::move(form);
    request.timeout = server.timeout;
    return request;
}

call::Outcome<Transcription> read_transcription(const base::HttpResponse& response) {
    if (auto failure = call::ai_failure(response, k_what)) {
        if (failure->remedy == call::Remedy::summarise_in_parts) {
            failure->remedy = call::Remedy::split_smaller; // whatever is too much here is audio
        }
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
    if (const Json* const list = member(body, "segments")) {
        transcription.segments = read_segments(*list, "text");
    }
    settle_times(transcription);
    transcription.language = language_of(body);
    transcription.request_id = call::ai_request_id(response.headers);
    if (const Json* const usage = member(body, "usage")) {
        transcription.billed = seconds_of(member(*usage, "seconds")).value_or(milliseconds{0});
    }
    return transcription;
}

} // namespace callctl::transcript
