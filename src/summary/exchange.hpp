// One request to a server of language models, and its reply.
#pragma once

#include "base/http.hpp"
#include "call/failure.hpp"
#include "summary/server.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace callctl::summary {

/// How a failure's detail begins.
inline constexpr std::string_view k_what = "summary";

/// What a model is asked. What people said stands in `data` alone.
struct Question {
    std::string instructions{};
    std::string data{};      ///< JSON
    std::string language{};  ///< ISO 639-1, that the answer is to be in; empty: that of the call
    std::string complaint{}; ///< about an earlier answer, in our own words; mostly empty
};

/// What a reply was billed for.
struct Tokens {
    std::int64_t input{0};
    std::int64_t output{0}; ///< reasoning included

    Tokens& operator+=(const Tokens& other) {
        input += other.input;
        output += other.output;
        return *this;
    }
    friend bool operator==(const Tokens&, const Tokens&) = default;
};

enum class Ending : std::uint8_t { whole, cut_off };

/// What a model wrote, not yet looked into.
struct Answer {
    std::string text{}; ///< may be empty where it was cut off
    Ending ending{Ending::whole};
    std::string request_id{};
};

[[nodiscard]] base::HttpRequest summary_request(const Server& server, const Question& question);

/// Failures: those of call::ai_failure; refused for a refusal or a content filter; too_large, to be
/// summarised in parts, where the context was not enough; bad_reply for a reply without an answer.
/// No detail quotes what the model wrote.
[[nodiscard]] call::Outcome<Answer> read_answer(const Server& server,
                                                const base::HttpResponse& response);

/// `usage` of any reply, whatever else it holds; tokens that were read from or written to a cache
/// count as input. Nothing of it: zeros.
[[nodiscard]] Tokens tokens_of(const base::HttpResponse& response);

} // namespace callctl::summary
