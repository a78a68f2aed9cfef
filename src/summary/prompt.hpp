// What the model is told. Instructions stand in the system message alone, everything that people
// said or typed is JSON, which no text can break out of (OWASP LLM01, prompt injection).
#pragma once

#include "summary/exchange.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::summary {

/// What the model is told beside the transcript.
struct Context {
    std::string business_name{};
    std::string business_type{};
    std::string direction{}; ///< `inbound`, `outbound`
    std::string language{};  ///< ISO 639-1, to write in; empty: that of the call
};

/// The lines of a transcript that say something, as base::plain_text.
[[nodiscard]] std::vector<std::string> lines_of(std::string_view transcript);

/// `{"transcript":["[00:00] caller: ...", ...]}`
[[nodiscard]] Question whole_question(const Context& context, std::span<const std::string> lines);

/// `{"part":1,"of":3,"transcript":[...]}`; parts count from 1.
[[nodiscard]] Question part_question(const Context& context, std::span<const std::string> lines,
                                     std::size_t part, std::size_t of);

/// `{"parts":[{...}, ...]}`: documents of summaries of consecutive parts, to be made one.
[[nodiscard]] Question merge_question(const Context& context,
                                      std::span<const std::string> documents);

/// The question as it is sent: with the schema in words where the server is not asked to hold it,
/// and with the complaint about an earlier answer.
[[nodiscard]] Question worded(const Server& server, Question question);

} // namespace callctl::summary
