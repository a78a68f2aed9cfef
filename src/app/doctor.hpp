// Checks of the surroundings, each with its fix.
#pragma once

#include "base/secret.hpp"
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

/// A server that speaks OpenAI's dialect, asked for its models.
struct ModelServer {
    std::string name{}; ///< `transcription`, `summary`
    std::string base_url{};
    base::Secret api_key{};
    std::string model{};
};

/// The server takes the key and offers the model; warns when the model's `shutdown_date` is near or
/// past (OpenAI OpenAPI document, schema Model). Servers without a list of models pass with a word.
[[nodiscard]] Check check_model(port::HttpClient& http, const ModelServer& server,
                                base::Time today);

/// The URL under which Twilio reaches us: HTTPS, and callctl answers behind it. A webhook's route
/// is asked for with GET, which serve-webhooks refuses in words of its own and stores nowhere. What
/// does not answer is a warning only: the server may not run yet, and this host is not where Twilio
/// is.
[[nodiscard]] Check check_public_url(port::HttpClient& http, const std::string& url);

/// Files can be written there and there is room for recordings; or it is not there yet and can be
/// made. Leaves nothing behind: whoever runs doctor need not be the user that runs callctl.
[[nodiscard]] Check check_state_dir(const std::string& folder);

} // namespace callctl::app
