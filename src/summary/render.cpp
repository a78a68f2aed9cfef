#include "summary/exchange.hpp"
#include "summary/schema.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace callctl::summary {
namespace {

struct Labels {
    std::string_view topic;
    std::string_view outcome;
    std::string_view agreed;
    std::string_view follow_ups;
    std::string_view customer;
    std::string_view sentiment;
    /// in the order of k_sentiments; what is empty is not shown
    std::array<std::string_view, k_sentiments.size()> sentiments;
};

constexpr Labels k_english{"Topic",
                           "Outcome",
                           "Agreed",
                           "Follow-up",
                           "Customer",
                           "Sentiment",
                           {"positive", "neutral", "negative", "mixed", ""}};
constexpr Labels k_hebrew{"נושא",
                          "תוצאה",
                          "סוכם",
                          "להמשך טיפול",
                          "לקוח",
                          "אווירה",
                          {"חיובית", "ניטרלית", "שלילית", "מעורבת", ""}};

// One line each, so that its first strong character is the label's and gives the line its direction
// wherever it is shown (Unicode Bidirectional Algorithm, P2); a list item in another script on a
// line of its own would turn it round.
void add(std::string& out, std::string_view label, std::string_view text) {
    if (text.empty()) {
        return;
    }
    out += out.empty() ? "" : "\n";
    out += label;
    out += ": ";
    out += text;
}

std::string joined(const std::vector<std::string>& items) {
    std::string out;
    for (const std::string& item : items) {
        out += (out.empty() ? "" : "; ") + item;
    }
    return out;
}

} // namespace

std::string render(const Summary& summary) {
    const Labels& labels = summary.language == "he" ? k_hebrew : k_english;
    const auto* const mood = std::ranges::find(k_sentiments, summary.sentiment);
    std::string out;
    add(out, labels.topic, summary.topic);
    add(out, labels.outcome, summary.outcome);
    add(out, labels.agreed, joined(summary.agreed));
    add(out, labels.follow_ups, joined(summary.follow_ups));
    add(out, labels.customer, summary.customer_name);
    if (mood != k_sentiments.end()) {
        add(out, labels.sentiment,
            labels.sentiments[static_cast<std::size_t>(mood - k_sentiments.begin())]);
    }
    return out;
}

} // namespace callctl::summary
