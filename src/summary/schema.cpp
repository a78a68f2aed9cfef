#include "summary/schema.hpp"

#include "base/language.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace callctl::summary {
namespace {

using Json = nlohmann::ordered_json; // in this order the model writes them

constexpr std::size_t k_longest_topic = 200;
constexpr std::size_t k_longest_outcome = 500;
constexpr std::size_t k_longest_item = 300;
constexpr std::size_t k_longest_name = 100;
constexpr std::size_t k_most_items = 20;
constexpr int k_document_schema = 1;

// At most `count` characters, the last an ellipsis where something was cut.
std::string first_characters(std::string_view text, std::size_t count) {
    std::size_t seen = 0;
    std::size_t cut = 0; // where character `count` begins
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
        seen += starts ? 1U : 0U;
        if (starts && seen == count) {
            cut = i;
        }
    }
    return seen <= count ? std::string{text} : std::string{text.substr(0, cut)} + "\u2026";
}

// Left-to-right, right-to-left and Arabic letter mark: they turn what stands beside them.
std::string without_marks(std::string text) {
    for (const std::string_view mark : {"\u200E", "\u200F", "\u061C"}) {
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
            text.erase(at, mark.size());
        }
    }
    return text;
}

std::string tidy(const Json& value, std::size_t longest) {
    const std::string text = without_marks(base::plain_text(value.get_ref<const std::string&>()));
    return first_characters(base::one_line(text), longest);
}

// The JSON in ```json ... ```, behind the thoughts of a local model, or between other words; the
// answer itself where there is none.
std::string_view object_in(std::string_view answer) {
    constexpr std::string_view fence = "```";
    constexpr std::string_view thought_end = "</think>";
    if (const auto thought = answer.rfind(thought_end); thought != std::string_view::npos) {
        answer.remove_prefix(thought + thought_end.size());
    }
    const std::size_t open = answer.find('{');
    if (open == std::string_view::npos) {
        return answer;
    }
    const std::size_t close = answer.rfind(fence);
    if (answer.find(fence) < open && close > open) {
        answer = answer.substr(0, close);
    }
    return answer.substr(open, answer.rfind('}') - open + 1);
}

// Reads the members one after the other; the first that does not hold ends it.
class Reader {
  public:
    explicit Reader(const Json& object) : m_object{object} {}

    std::string text(const char* key, std::size_t longest) {
        const Json* const value = member(key);
        if (value == nullptr) {
            return {};
        }
        if (!value->is_string()) {
            fail(fmt::format("`{}` is no text", key));
            return {};
        }
        return tidy(*value, longest);
    }

    std::string text_or_null(const char* key, std::size_t longest) {
        const Json* const value = member(key);
        return value != nullptr && value->is_null() ? std::string{} : text(key, longest);
    }

    std::vector<std::string> list(const char* key) {
        const Json* const value = member(key);
        std::vector<std::string> items;
        if (value == nullptr) {
            return items;
        }
        const auto is_text = [](const Json& item) { return item.is_string(); };
        if (!value->is_array() || !std::ranges::all_of(*value, is_text)) {
            fail(fmt::format("`{}` is no list of texts", key));
            return items;
        }
        for (const Json& item : *value) {
            std::string line = tidy(item, k_longest_item);
            if (!line.empty() && items.size() < k_most_items) {
                items.push_back(std::move(line));
            }
        }
        return items;
    }

    void fail(std::string problem) {
        if (!m_problem) {
            m_problem = std::move(problem);
        }
    }

    [[nodiscard]] const std::optional<std::string>& problem() const { return m_problem; }

  private:
    const Json* member(const char* key) {
        const auto found = m_object.find(key);
        if (found == m_object.end()) {
            fail(fmt::format("`{}` is missing", key));
            return nullptr;
        }
        return &*found;
    }

    const Json& m_object;
    std::optional<std::string> m_problem{};
};

} // namespace

std::string document_of(const Summary& summary) {
    Json document;
    document["schema"] = k_document_schema;
    document["language"] = summary.language;
    document["topic"] = summary.topic;
    document["outcome"] = summary.outcome;
    document["agreed"] = summary.agreed;
    document["follow_ups"] = summary.follow_ups;
    document["sentiment"] = summary.sentiment;
    document["customer_name"] =
        summary.customer_name.empty() ? Json(nullptr) : Json(summary.customer_name);
    return document.dump();
}

std::string schema() {
    const Json text{{"type", "string"}};
    const Json list{{"type", "array"}, {"items", text}};
    Json properties;
    properties["language"] = text;
    properties["topic"] = text;
    properties["outcome"] = text;
    properties["agreed"] = list;
    properties["follow_ups"] = list;
    properties["sentiment"] = {{"type", "string"}, {"enum", k_sentiments}};
    properties["customer_name"] = {{"type", {"string", "null"}}};
    Json required = Json::array();
    for (const auto& property : properties.items()) {
        required.push_back(property.key());
    }
    Json whole;
    whole["type"] = "object";
    whole["properties"] = std::move(properties);
    whole["required"] = std::move(required);
    whole["additionalProperties"] = false;
    return whole.dump();
}

base::Result<Summary, std::string> checked(std::string_view answer) {
    return checked_object(base::storable_text(object_in(answer)));
}

base::Result<Summary, std::string> checked_object(const std::string& text) {
    const Json object = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) {
        return base::Unexpected<std::string>{"the answer is no JSON object"};
    }
    Reader reader{object};
    Summary summary;
    summary.language = base::iso_language(reader.text("language", k_longest_name));
    summary.topic = reader.text("topic", k_longest_topic);
    summary.outcome = reader.text("outcome", k_longest_outcome);
    summary.agreed = reader.list("agreed");
    summary.follow_ups = reader.list("follow_ups");
    summary.sentiment = base::lower_case(reader.text("sentiment", k_longest_name));
    summary.customer_name = reader.text_or_null("customer_name", k_longest_name);
    if (std::ranges::find(k_sentiments, summary.sentiment) == k_sentiments.end()) {
        reader.fail("`sentiment` is none of its words");
    }
    if (summary.topic.empty()) {
        reader.fail("`topic` is empty");
    }
    if (reader.problem()) {
        return base::Unexpected<std::string>{*reader.problem()};
    }
    summary.document = document_of(summary);
    return summary;
}

} // namespace callctl::summary
