#include "call/ai_error.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <charconv>

namespace callctl::call {
namespace {

using Json = nlohmann::json;

constexpr std::size_t k_longest_message = 200;
constexpr std::size_t k_longest_detail_list = 3;

const Json* member(const Json& object, const char* key) {
    if (!object.is_object()) {
        return nullptr;
    }
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

// A string, or an integer as text; anything else is empty.
std::string text_of(const Json& object, const char* key) {
    const Json* const value = member(object, key);
    if (value == nullptr) {
        return {};
    }
    if (value->is_string()) {
        return value->get<std::string>();
    }
    return value->is_number_integer() ? value->dump() : std::string{};
}

int http_status_of(const std::string& text) {
    int number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    return error == std::errc{} && rest == end && number >= 400 && number <= 599 ? number : 0;
}

// The first of the members that has text. Deepgram says `err_msg` and `err_code`, newer replies of
// it `message` and `category`.
std::string first_text(const Json& object, std::initializer_list<const char*> keys) {
    for (const char* const key : keys) {
        if (std::string text = text_of(object, key); !text.empty()) {
            return text;
        }
    }
    return {};
}

AiError error_of(const Json& object) {
    AiError error;
    error.message = first_text(object, {"message", "err_msg"});
    error.code = first_text(object, {"code", "err_code", "category"});
    error.request_id = text_of(object, "request_id");
    error.type = text_of(object, "type");
    error.param = text_of(object, "param");
    error.number = http_status_of(error.code);
    if (const Json* const metadata = member(object, "metadata")) {
        error.flagged = member(*metadata, "reasons") != nullptr ||
                        member(*metadata, "flagged_input") != nullptr;
    }
    return error;
}

std::optional<AiError> error_member(const Json& body) {
    const Json* const error = member(body, "error");
    if (error == nullptr) {
        return std::nullopt;
    }
    if (error->is_object() && !error->empty()) {
        AiError found = error_of(*error);
        found.request_id = text_of(body, "request_id");
        found.anthropic = text_of(body, "type") == "error";
        return found;
    }
    if (error->is_string() && !error->get_ref<const std::string&>().empty()) {
        return AiError{.message = error->get<std::string>()};
    }
    return error->is_boolean() && error->get<bool>() ? std::optional{error_of(body)} : std::nullopt;
}

std::optional<AiError> choice_error(const Json& body) {
    const Json* const choices = member(body, "choices");
    if (choices == nullptr || !choices->is_array() || choices->empty()) {
        return std::nullopt;
    }
    return error_member(choices->front());
}

std::string place_of(const Json& entry) {
    const Json* const loc = member(entry, "loc");
    const bool named =
        loc != nullptr && loc->is_array() && !loc->empty() && loc->back().is_string();
    return named ? loc->back().get<std::string>() : std::string{};
}

// FastAPI: `{"loc":["body","language"],"msg":"Field required","type":"missing"}`. `input` is left
// out, it quotes what was sent.
std::string detail_entry(const Json& entry) {
    const std::string place = place_of(entry);
    return (place.empty() ? "" : place + ": ") + text_of(entry, "msg");
}

std::optional<AiError> detail_member(const Json& body) {
    const Json* const detail = member(body, "detail");
    if (detail == nullptr) {
        return std::nullopt;
    }
    if (detail->is_string()) {
        return AiError{.message = detail->get<std::string>()};
    }
    if (!detail->is_array()) {
        return error_of(*detail);
    }
    AiError error;
    for (std::size_t i = 0; i < std::min(detail->size(), k_longest_detail_list); ++i) {
        error.message += (i == 0 ? "" : "; ") + detail_entry((*detail)[i]);
    }
    error.param = detail->empty() ? std::string{} : place_of(detail->front());
    return error;
}

std::optional<AiError> error_in_object(const Json& body, bool success) {
    if (auto error = error_member(body)) {
        return error;
    }
    if (success) {
        return choice_error(body);
    }
    if (auto detail = detail_member(body)) {
        return detail;
    }
    return error_of(body);
}

// A transcript's words with their times are most of a long reply, and no error.
bool may_hold_an_error(int /*depth*/, Json::parse_event_t event, Json& value) {
    return event != Json::parse_event_t::key || value != "words";
}

std::string_view without_lead(std::string_view body) {
    if (body.starts_with("\xEF\xBB\xBF")) {
        body.remove_prefix(3);
    }
    const std::size_t start = body.find_first_not_of(" \t\r\n");
    return start == std::string_view::npos ? std::string_view{} : body.substr(start);
}

bool starts_like(std::string_view body, std::string_view lower_case) {
    return body.size() >= lower_case.size() &&
           std::equal(lower_case.begin(), lower_case.end(), body.begin(), [](char want, char have) {
               return want == (have >= 'A' && have <= 'Z' ? have - 'A' + 'a' : have);
           });
}

std::string kind_of_json(std::string_view body) {
    const std::string text = base::storable_text(body);
    try {
        return Json::parse(text).is_object() ? "a JSON object" : "JSON that is no object";
    } catch (const Json::parse_error& error) {
        return error.byte > text.size() ? "JSON that is cut off" : "JSON that cannot be read";
    } catch (const Json::exception& /*a number that no double holds*/) {
        return "JSON that cannot be read";
    }
}

// OpenAI, OpenRouter: `sk-...`; Groq: `gsk_...`; others: 32 characters and more, of which no word
// is made. Anywhere in the word: `key=sk-...`.
bool is_key(std::string_view word) {
    constexpr std::size_t k_shortest_key = 32;
    std::size_t run = 0;
    for (std::size_t i = 0; i < word.size(); ++i) {
        const std::string_view rest = word.substr(i);
        if (run == 0 && (rest.starts_with("sk-") || rest.starts_with("gsk_"))) {
            return true;
        }
        const char c = word[i];
        run = base::is_alphanumeric(c) || c == '-' || c == '_' ? run + 1 : 0;
        if (run >= k_shortest_key) {
            return true;
        }
    }
    return false;
}

// Characters beyond ASCII become one `?` each run.
std::string ascii_of(std::string_view word) {
    std::string out;
    for (const char c : word) {
        const bool ascii = static_cast<unsigned char>(c) < 0x80U;
        if (ascii || !out.ends_with('?')) {
            out += ascii ? c : '?';
        }
    }
    return out;
}

// Word by word, because keys become ***.
std::string masked(std::string_view line) {
    std::string out;
    while (!line.empty()) {
        const std::string_view word = line.substr(0, line.find(' '));
        out += is_key(word) ? std::string{"***"} : ascii_of(word);
        line.remove_prefix(word.size());
        if (!line.empty()) {
            out += ' ';
            line.remove_prefix(1);
        }
    }
    return out;
}

} // namespace

AiBody read_ai_body(const base::HttpResponse& response) {
    const bool success = response.status >= 200 && response.status <= 299;
    const std::string text = base::storable_text(response.body);
    const Json body = Json::parse(text, &may_hold_an_error, /*allow_exceptions=*/false);
    if (body.is_object()) {
        return {.error = error_in_object(body, success), .is_object = true};
    }
    const std::string_view plain = without_lead(text);
    if (success || plain.empty() || plain.starts_with('<') || plain.starts_with('{') ||
        plain.starts_with('[')) {
        return {};
    }
    std::string message = body.is_string() ? body.get<std::string>() : std::string{plain};
    return {.error = AiError{.message = std::move(message)}};
}

bool is_html_page(const base::HttpResponse& response) {
    const std::string_view body = without_lead(response.body);
    return starts_like(body, "<!doctype html") || starts_like(body, "<html");
}

std::string kind_of_body(const base::HttpResponse& response) {
    const std::string_view body = without_lead(response.body);
    if (body.empty()) {
        return "an empty body";
    }
    std::string kind = "text that is no JSON";
    if (is_html_page(response)) {
        kind = "an HTML page";
    } else if (body.starts_with('<')) {
        kind = "XML";
    } else if (body.starts_with('{') || body.starts_with('[')) {
        kind = kind_of_json(body);
    }
    return fmt::format("{}, {} bytes", kind, response.body.size());
}

std::string quotable(std::string_view message) {
    std::string line = base::one_line(base::shortened(message, 4 * k_longest_message));
    line = masked(std::string_view{line}.substr(0, line.find('{')));
    while (line.ends_with('.') || line.ends_with(' ') || line.ends_with(':')) {
        line.pop_back();
    }
    return base::shortened(line, k_longest_message);
}

} // namespace callctl::call
