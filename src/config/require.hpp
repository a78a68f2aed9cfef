// What a command needs, checked before anything is done.
#pragma once

#include "config/config.hpp"

#include <cstdint>
#include <initializer_list>

namespace callctl::config {

enum class Need : std::uint8_t {
    database,
    twilio_rest,   ///< account SID with an auth token, or with an API key and its secret
    webhooks,      ///< account SID, auth token, public URL
    public_url,    ///< for the callbacks of recordings that are started by REST
    transcription, ///< model, key and address, as the provider wants them
    summary,       ///< model, and a key where the server is OpenAI's
    state_dir,
};

/// Throws base::ConfigError that names every missing variable at once:
/// `TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not set`.
void require(const Config& config, std::initializer_list<Need> needs);

} // namespace callctl::config
