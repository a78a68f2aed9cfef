// What is kept of a call in short.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callctl::summary {

/// The structured summary; empty text where the call says nothing of it. Texts are single lines
/// (base::one_line) of bounded length, without marks that change the direction of text.
struct Summary {
    std::string topic{}; ///< never empty
    std::string outcome{};
    std::vector<std::string> agreed{};
    std::vector<std::string> follow_ups{};
    std::string sentiment{}; ///< positive, neutral, negative, mixed, unknown
    std::string customer_name{};
    std::string language{};   ///< ISO 639-1, of the call; empty when it is none we know
    std::string document{};   ///< the JSON as checked, for the artefact
    std::string request_id{}; ///< of the answer, the provider's
};

/// A few lines of text for the host's `summary` column, one a field, those without content left
/// out. Labels are Hebrew where `language`, that of the texts, is Hebrew, else English. Every line
/// begins with its label, which gives it its direction wherever it is shown (Unicode Bidirectional
/// Algorithm, P2 and P3). Only what would be shown in the wrong order beside that is isolated
/// (FSI, LRI, PDI), or divided from its neighbour (RLM).
[[nodiscard]] std::string render(const Summary& summary, std::string_view language);

} // namespace callctl::summary
