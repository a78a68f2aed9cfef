#include "transcript/server.hpp"

#include "transcript/exchange.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace callctl::transcript {
namespace {

constexpr std::string_view k_verbose = "verbose_json";

// An upper bound: RFC 2046 allows a boundary of 70 bytes, and a name's quotes and line ends are
// written as three bytes each (RFC 7578).
std::size_t bytes_around(const base::MultipartField& field) {
    constexpr std::size_t k_boundary_and_header_lines = 70 + 128;
    return k_boundary_and_header_lines + 3 * (field.name.size() + field.file_name.size()) +
           field.content_type.size();
}

} // namespace

bool gives_times(const Server& server) {
    return server.kind == ServerKind::deepgram || server.response_format == k_verbose;
}

std::size_t audio_room(const Server& server) {
    if (server.kind == ServerKind::deepgram) {
        return server.max_bytes;
    }
    const std::string longest_name(64, 'x');
    const auto request = transcription_request(server, {}, longest_name);
    constexpr std::size_t k_closing_boundary = 80;
    std::size_t taken = k_closing_boundary;
    for (const base::MultipartField& field : std::get<base::Multipart>(request.body)) {
        taken += bytes_around(field) + field.content.size();
    }
    return server.max_bytes - std::min(server.max_bytes, taken);
}

std::optional<Server> degraded(const Server& server, const call::Failure& failure) {
    if (failure.remedy != call::Remedy::degrade || server.kind != ServerKind::openai) {
        return std::nullopt;
    }
    Server simpler = server;
    if (failure.parameter == "temperature") {
        simpler.temperature.clear();
        return server.temperature.empty() ? std::nullopt : std::optional{std::move(simpler)};
    }
    simpler.response_format = "json";
    return gives_times(server) ? std::optional{std::move(simpler)} : std::nullopt;
}

std::string fingerprint(const Server& server) {
    const nlohmann::json all{{"kind", server.kind},
                             {"url", base::printable_url(request_url(server))},
                             {"query", server.query},
                             {"model", server.model},
                             {"response_format", server.response_format},
                             {"language_field", server.language_field},
                             {"languages", server.languages},
                             {"temperature", server.temperature},
                             {"audio_format", server.audio_format},
                             {"extra_fields", server.extra_fields},
                             {"prompt", server.prompt},
                             {"keywords", server.keywords}};
    return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string request_url(const Server& server) {
    return base::model_url(server.base_url, server.path, server.model, server.query);
}

base::HttpAuth auth_of(const Server& server) {
    return base::key_auth(server.auth_header, server.auth_prefix, server.api_key);
}

} // namespace callctl::transcript
