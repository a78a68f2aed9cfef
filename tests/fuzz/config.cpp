#include "fuzz/claim.hpp"
#include "fuzz/fuzzers.hpp"
#include "fuzz/memory_file.hpp"

#include "base/exception.hpp"
#include "config/load.hpp"
#include "web/listen_address.hpp"

#include <string>
#include <utility>

namespace callctl::fuzz {
namespace {

using config::Config;
using config::Loaded;

// Stands in every file, and nowhere else.
constexpr std::string_view k_secret = "s3cr3t-of-this-file";

config::Sources sources_of(const std::string& path) {
    config::Sources sources;
    sources.environment = [](const std::string& name) -> std::optional<std::string> {
        return name == "STATE_DIRECTORY" ? std::optional<std::string>{"/var/lib/callctl"}
                                         : std::nullopt;
    };
    sources.files = {{.path = path, .required = true}};
    sources.system_state_dir = "/nowhere";
    return sources;
}

void check_limits(const config::Limits& limits) {
    must(limits.requests_per_minute >= 0 && limits.concurrency >= 0, "no limit is negative");
}

void check_url(const std::string& url) {
    must(url.find_first_of("?#@ \n") == std::string::npos || url.find('@') > url.find('/', 8),
         "a URL has no credentials, query or fragment");
    must(!url.ends_with('/'), "a URL ends without a slash");
}

void check_config(const Config& config) {
    (void)web::parse_listen_address(config.listen);
    (void)web::parse_listen_address(config.admin_listen);
    for (const std::string& url : {config.public_url, config.stream_url, config.twilio.base_url,
                                   config.transcript.base_url, config.summary.base_url}) {
        check_url(url);
    }
    must(config.workers >= 0 && config.workers <= 256, "workers are within their bounds");
    must(config.pipeline.max_attempts >= 1, "a stage is tried at least once");
    must(config.pipeline.adoption_horizon.count() > 0 &&
             config.pipeline.min_recording.count() > 0 && config.pipeline.twiml_grace.count() >= 0,
         "durations go forward");
    must(config.state_dir.empty() || config.state_dir.is_absolute(), "the state has its place");
    must(config.stream_url.empty() || config.twiml_file.empty(), "a call goes on in one way");
    for (const auto& [model, price] : config.prices) {
        must(price.audio_minute_micros >= 0 && price.input_million_micros >= 0 &&
                 price.output_million_micros >= 0,
             "nobody pays us");
    }
    check_limits(config.twilio.limits);
    check_limits(config.transcript.limits);
    check_limits(config.summary.limits);
}

void check_entries(const Loaded& loaded) {
    must(loaded.entries.size() >= config::k_settings.size(), "every setting is listed");
    for (const config::Entry& entry : loaded.entries) {
        must(entry.shown.find(k_secret) == std::string::npos, "no secret is shown");
    }
}

} // namespace

void config(std::string_view input) {
    std::string text = "twilio.auth_token = \"" + std::string{k_secret} + "\"\n";
    text += input;
    const MemoryFile file{text};
    try {
        const Loaded loaded = config::load(sources_of(file.path()));
        check_config(loaded.config);
        if (input.find(k_secret) == std::string_view::npos) {
            check_entries(loaded);
        }
    } catch (const base::ConfigError& error) {
        const std::string message = error.what();
        must(!message.empty() && !error.hint().empty(), "an error says what to do");
        must(input.find(k_secret) != std::string_view::npos ||
                 (message + error.hint()).find(k_secret) == std::string::npos,
             "no message holds a secret");
    }
}

} // namespace callctl::fuzz
