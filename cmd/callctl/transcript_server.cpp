#include "transcript_server.hpp"

#include "preset_fields.hpp"

#include "app/placing.hpp"
#include "base/exception.hpp"
#include "transcript/preset.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace callctl::cmd {
namespace {

using transcript::Server;

Server preset_of(const config::Transcript& settings) {
    auto server = transcript::preset(settings.provider);
    if (!server) {
        throw base::BugError{"a transcription provider without a preset: " + settings.provider};
    }
    return *std::move(server);
}

// By name; an empty text takes a field of the preset's out.
void set_extra_fields(Server& server, const std::map<std::string, std::string>& fields) {
    for (const auto& [name, content] : fields) {
        if (name == "temperature") { // a field that is sent anyway
            server.temperature = content;
            continue;
        }
        std::erase_if(server.extra_fields,
                      [&name = name](const auto& field) { return field.first == name; });
        if (!content.empty()) {
            server.extra_fields.emplace_back(name, content);
        }
    }
}

std::string number(std::int64_t value) {
    return std::to_string(value);
}

std::int64_t seconds(std::chrono::milliseconds time) {
    return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

const std::vector<Shown<Server>>& shown() {
    static const std::vector<Shown<Server>> k_shown{
        {"transcript.base_url", [](const Server& s) { return s.base_url; }},
        {"transcript.path", [](const Server& s) { return s.path; }},
        {"transcript.query", [](const Server& s) { return or_none(s.query); }},
        {"transcript.auth_header", [](const Server& s) { return or_none(s.auth_header); }},
        {"transcript.auth_prefix", [](const Server& s) { return or_none(s.auth_prefix); }},
        {"transcript.response_format", [](const Server& s) { return s.response_format; }},
        {"transcript.language_field", [](const Server& s) { return or_none(s.language_field); }},
        {"transcript.audio_format", [](const Server& s) { return s.audio_format; }},
        {"transcript.max_bytes",
         [](const Server& s) { return number(static_cast<std::int64_t>(s.max_bytes)); }},
        {"transcript.max_seconds", [](const Server& s) { return number(seconds(s.longest)); }},
        {"transcript.min_billed_seconds",
         [](const Server& s) { return number(seconds(s.min_billed)); }},
        {"transcript.timeout", [](const Server& s) { return in_minutes(s.timeout); }},
    };
    return k_shown;
}

} // namespace

Server transcription_server(const config::Config& config) {
    const config::Transcript& settings = config.transcript;
    Server server = preset_of(settings);
    set_unless_empty(server.base_url, settings.base_url);
    set(server.path, settings.path);
    set(server.query, settings.query);
    set(server.auth_header, settings.auth_header);
    set(server.auth_prefix, settings.auth_prefix);
    server.api_key = settings.api_key;
    server.model = settings.model;
    set(server.response_format, settings.response_format);
    set(server.language_field, settings.language_field);
    set_unless_empty(server.languages, config.languages);
    set(server.audio_format, settings.audio_format);
    set(server.max_bytes, settings.max_bytes);
    if (settings.max_seconds) {
        server.longest = std::chrono::seconds{*settings.max_seconds};
    }
    if (settings.min_billed_seconds) {
        server.min_billed = std::chrono::seconds{*settings.min_billed_seconds};
    }
    set_extra_fields(server, settings.extra_fields);
    server.prompt = settings.prompt;
    server.keywords = settings.keywords;
    set(server.timeout, settings.timeout);
    server = transcript::settled(std::move(server));
    if (!app::has_room(server, app::k_telephone)) {
        throw base::ConfigError{
            fmt::format("transcript.max_bytes: {} bytes have no room for 5 seconds of sound beside "
                        "transcript.prompt, keywords and extra_fields",
                        server.max_bytes),
            "raise it, or shorten those"};
    }
    return server;
}

void show_transcript_preset(const config::Config& config, std::vector<config::Entry>& entries) {
    show_unset(preset_of(config.transcript), shown(), entries);
}

} // namespace callctl::cmd
