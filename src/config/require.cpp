#include "config/require.hpp"

#include "base/exception.hpp"
#include "config/settings.hpp"
#include "config/summary_provider.hpp"
#include "config/transcript_provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::config {
namespace {

using Keys = std::vector<std::string_view>;

// OpenAI wants a key; a server of one's own may not.
bool is_openai(std::string_view base_url) {
    return base_url.find("://api.openai.com") != std::string_view::npos;
}

void add_if(bool missing, std::string_view key, Keys& keys) {
    if (missing && std::find(keys.begin(), keys.end(), key) == keys.end()) {
        keys.push_back(key);
    }
}

void add_rest(const Twilio& twilio, Keys& keys) {
    add_if(!twilio.account_sid, "twilio.account_sid", keys);
    const bool by_key = twilio.api_key || !twilio.api_secret.empty();
    add_if(by_key && !twilio.api_key, "twilio.api_key", keys);
    add_if(by_key && twilio.api_secret.empty(), "twilio.api_secret", keys);
    add_if(!by_key && twilio.auth_tokens.empty(), "twilio.auth_token", keys);
}

// A provider that wants a key wants it at its own address, a gateway in between may not.
bool is_at_home(std::string_view provider, std::string_view base_url) {
    return provider == "openai" ? is_openai(base_url) : base_url.empty();
}

void add_transcription(const Transcript& transcript, Keys& keys) {
    const auto* const provider = std::find_if(
        k_transcript_providers.begin(), k_transcript_providers.end(),
        [&](const TranscriptProvider& known) { return known.name == transcript.provider; });
    const bool openai = transcript.provider == "openai";
    const bool at_home = is_at_home(transcript.provider, transcript.base_url);
    add_if(provider->takes_model && transcript.model.empty(), "transcript.model", keys);
    add_if(!provider->has_address && transcript.base_url.empty(), "transcript.base_url", keys);
    add_if(provider->wants_key && transcript.api_key.empty() && (at_home || !provider->has_address),
           openai ? "openai.api_key" : "transcript.api_key", keys);
}

void add_summary(const Summary& summary, Keys& keys) {
    const auto* const provider =
        std::find_if(k_summary_providers.begin(), k_summary_providers.end(),
                     [&](const SummaryProvider& known) { return known.name == summary.provider; });
    const bool at_home = is_at_home(summary.provider, summary.base_url);
    add_if(summary.model.empty(), "summary.model", keys);
    add_if(!provider->has_address && summary.base_url.empty(), "summary.base_url", keys);
    add_if(provider->wants_key && summary.api_key.empty() && (at_home || !provider->has_address),
           summary.provider == "openai" ? "openai.api_key" : "summary.api_key", keys);
}

void add_missing(const Config& config, Need need, Keys& keys) {
    switch (need) {
    case Need::database:
        add_if(config.database_url.empty(), "database_url", keys);
        return;
    case Need::twilio_rest:
        add_rest(config.twilio, keys);
        return;
    case Need::webhooks:
        add_if(!config.twilio.account_sid, "twilio.account_sid", keys);
        add_if(config.twilio.auth_tokens.empty(), "twilio.auth_token", keys);
        add_if(config.public_url.empty(), "public_url", keys);
        return;
    case Need::public_url:
        add_if(config.public_url.empty(), "public_url", keys);
        return;
    case Need::transcription:
        add_transcription(config.transcript, keys);
        return;
    case Need::summary:
        add_summary(config.summary, keys);
        return;
    case Need::state_dir:
        add_if(config.state_dir.empty(), "state_dir", keys);
        return;
    }
}

// `A`, `A and B`, `A, B and C`
std::string enumerated(const std::vector<std::string_view>& words) {
    const auto last = words.end() - 1;
    return words.size() == 1
               ? std::string{*last}
               : fmt::format("{} and {}", fmt::join(words.begin(), last, ", "), *last);
}

std::string hint_for(const Keys& keys) {
    const Setting& first = setting(keys.front());
    const std::string file =
        first.secrecy == Secrecy::secret
            ? fmt::format(", name a file that holds it in {}_FILE", first.variable)
            : std::string{};
    return fmt::format("export {}{}, or set {} in /etc/callctl/callctl.toml: {}", first.variable,
                       file, first.key, first.description);
}

} // namespace

void require(const Config& config, std::initializer_list<Need> needs) {
    Keys keys;
    for (const Need need : needs) {
        add_missing(config, need, keys);
    }
    if (keys.empty()) {
        return;
    }
    std::vector<std::string_view> variables;
    std::transform(keys.begin(), keys.end(), std::back_inserter(variables),
                   [](std::string_view key) { return setting(key).variable; });
    throw base::ConfigError{
        fmt::format("{} {} not set", enumerated(variables), variables.size() == 1 ? "is" : "are"),
        hint_for(keys)};
}

} // namespace callctl::config
