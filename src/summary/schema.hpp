// The form of a summary: as the JSON schema that servers are asked to keep, and as our own check
// of what they return, which holds whatever they promise.
#pragma once

#include "base/result.hpp"
#include "summary/summary.hpp"

#include <array>
#include <string>
#include <string_view>

namespace callctl::summary {

/// The words of `sentiment`.
inline constexpr std::array<std::string_view, 5> k_sentiments{"positive", "neutral", "negative",
                                                              "mixed", "unknown"};

/// JSON schema as text, within OpenAI's strict subset: every property required, no others, no
/// lengths.
[[nodiscard]] std::string schema();

/// Reads a model's answer, alone, in a code fence, or between words. Every key must be there with
/// its type and `sentiment` one of its words; keys beyond them are ignored. Too long is cut, not
/// refused, since a new answer costs: topic 200 characters, outcome 500, items 300, name 100, 20
/// items. Texts become single lines without control and bidi characters, marks included; empty
/// items are left out. `language` that is none we know is empty. The error says what does not hold,
/// and quotes nothing of the answer.
[[nodiscard]] base::Result<Summary, std::string> checked(std::string_view answer);
/// The same of the object alone.
[[nodiscard]] base::Result<Summary, std::string> checked_object(const std::string& text);

/// The JSON of `summary` for the artefact, as checked() makes it.
[[nodiscard]] std::string document_of(const Summary& summary);

} // namespace callctl::summary
