#include "summary/one_sided.hpp"

#include "summary/schema.hpp"
#include "summary/script.hpp"

#include <algorithm>

namespace callctl::summary {
namespace {

constexpr std::string_view k_speaker = "] agent: ";

bool is_agents(const std::string& line) {
    return line.starts_with('[') && line.find(k_speaker) == line.find(']');
}

// By letters after the speaker: there is no model to tell.
std::string_view language_of(std::span<const std::string> lines) {
    for (const std::string& line : lines) {
        const std::string_view words =
            std::string_view{line}.substr(line.find(k_speaker) + k_speaker.size());
        const Direction direction = direction_of(words);
        if (direction != Direction::neutral) {
            return direction == Direction::right_to_left ? "he" : "en";
        }
    }
    return "en";
}

} // namespace

std::optional<Summary> one_sided_summary(std::span<const std::string> lines,
                                         std::string_view language) {
    if (lines.empty() || !std::ranges::all_of(lines, is_agents)) {
        return std::nullopt;
    }
    Summary summary;
    summary.language = language_of(lines);
    const bool hebrew = (language.empty() ? std::string_view{summary.language} : language) == "he";
    summary.topic = hebrew ? "נשמע רק הצד של העסק; אף אחד לא דיבר מהצד השני."
                           : "Only the business's side was heard; nobody spoke on the other.";
    summary.sentiment = "unknown";
    summary.document = document_of(summary);
    return summary;
}

} // namespace callctl::summary
