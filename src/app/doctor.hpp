// Checks of the surroundings, each with its fix.
#pragma once

#include "base/http.hpp"
#include "base/time.hpp"
#include "port/call_store.hpp"
#include "port/clock.hpp"
#include "port/http_client.hpp"
#include "twilio/rest.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace callctl::app {

enum class Health : std::uint8_t { ok, warning, failed };

struct Check {
    std::string name{};
    Health health{Health::ok};
    std::string detail{};
    std::string fix{}; ///< what to do; empty when there is nothing to do
};

/// Answers, speaks our schema, agrees with this host's clock, has applied what it received, and no
/// provider is closed.
[[nodiscard]] std::vector<Check> check_database(port::CallStore& store, port::Clock& clock);

/// Twilio takes the credentials.
[[nodiscard]] Check check_twilio(port::HttpClient& http, const twilio::Account& account);

/// A server of models, asked for its list.
struct ModelServer {
    std::string name{}; ///< `transcription`, `summary`
    std::string base_url{};
    base::HttpAuth auth{};
    std::string model{}; ///< empty: the server has one, and its name does not matter
    std::vector<base::HttpHeader> headers{}; ///< that every request to it needs
    bool has_list{true};                     ///< of models
};

/// The server takes the key and offers the model (`GET {base}/models`, as OpenAI, Groq, speaches,
/// vLLM, LocalAI and Anthropic have it); warns when the list has a `shutdown_date` for it (OpenAI
/// OpenAPI document, schema Model), fails when it is past. A server without such a list (Azure,
/// Deepgram, whisper.cpp) passes with a word; where one should have it, a 404 is a warning, for the
/// base URL may be wrong.
[[nodiscard]] Check check_model(port::HttpClient& http, const ModelServer& server,
                                base::Time today);

/// The URL under which Twilio reaches us: HTTPS, and callctl answers behind it. A webhook's route
/// is asked for with GET, which serve-webhooks refuses in words of its own and stores nowhere. What
/// does not answer is a warning only: the server may not run yet, and this host is not where Twilio
/// is.
[[nodiscard]] Check check_public_url(port::HttpClient& http, const std::string& url);

/// The application that serves the TwiML answers there, whatever it answers to a HEAD for its root:
/// the route of a webhook might do something. 502 to 504 are those of a proxy before it: a warning.
[[nodiscard]] Check check_upstream(port::HttpClient& http, const std::string& url);

/// Files can be written there and there is room for recordings; or it is not there yet and can be
/// made. Leaves nothing behind: whoever runs doctor need not be the user that runs callctl.
[[nodiscard]] Check check_state_dir(const std::string& folder);

/// No webhook waits in the spool below the state directory, and none was set aside there. Both are
/// warnings: the first is what a database that is away leaves behind.
[[nodiscard]] Check check_spool(const std::string& state_dir);

} // namespace callctl::app
