// Why a server of speech or language models did not do what it was asked, in our words.
// Transcription and summary share it: their servers (OpenAI, Azure, Groq, OpenRouter, vLLM,
// llama.cpp, whisper.cpp, speaches, LocalAI, Ollama, Anthropic, Deepgram) fail in the same few
// shapes, and neither folder may include the other.
#pragma once

#include "base/http.hpp"
#include "call/failure.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::call {

/// Nothing when the reply is a 2xx whose body is a JSON object that carries no error; whether it
/// holds what was asked for is left to the reader. Otherwise the reason:
/// - rate apart from quota, both of which come as 429; account and configuration apart from input;
///   errors under 200, with the status that the body names;
/// - a page of HTML under 200, of a proxy that is in the way, as a failure of the provider;
/// - the wait that the server asks for, by header or in words, whichever is longer;
/// - `x-should-retry`, by which a server overrides what its status says of trying again;
/// - the remedy, and the parameter that it is about.
/// The body is judged by what it is, never by its Content-Type: OpenAI's 401 is JSON sent as text.
/// `what` begins the detail (`transcription`). The detail holds the server's own words, shortened
/// and without anything that could quote our input; of an unreadable 2xx it says only what kind it
/// was.
[[nodiscard]] std::optional<Failure> ai_failure(const base::HttpResponse& response,
                                                std::string_view what);

/// A 2xx JSON object that does not hold what was asked for: bad_reply. \pre !ai_failure(response)
[[nodiscard]] Failure ai_bad_reply(const base::HttpResponse& response, std::string_view what,
                                   std::string_view problem);

/// The server's id of the request (`x-request-id`, `request-id`); empty when absent or no plain
/// word.
[[nodiscard]] std::string ai_request_id(const std::vector<base::HttpHeader>& headers);

} // namespace callctl::call
