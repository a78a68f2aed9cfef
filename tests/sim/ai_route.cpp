#include "sim/ai_route.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace callctl::sim {
namespace {

struct Mount {
    AiServer server;
    std::string_view folder;
    std::string_view api; ///< what the paths of its interface begin with
};

// The more particular before the more general of the same folder; OpenAI, without one, last.
constexpr std::array<Mount, 16> k_mounts{{
    {AiServer::azure, "/azure", "/openai/v1"},
    {AiServer::azure, "/azure", "/openai/deployments"},
    {AiServer::groq, "/groq", "/openai/v1"},
    {AiServer::openrouter, "/openrouter", "/api/v1"},
    {AiServer::speaches, "/speaches", "/v1"},
    {AiServer::whispercpp, "/whispercpp", "/v1"},
    {AiServer::whispercpp, "/whispercpp", ""},
    {AiServer::vllm, "/vllm", "/v1"},
    {AiServer::localai, "/localai", "/v1"},
    {AiServer::localai, "/localai", ""},
    {AiServer::ollama, "/ollama", "/v1"},
    {AiServer::llamacpp, "/llamacpp", "/v1"},
    {AiServer::deepgram, "/deepgram", "/v1"},
    {AiServer::anthropic, "/anthropic", "/v1"},
    {AiServer::openai, "/openai", "/v1"},
    {AiServer::openai, "", "/v1"},
}};

struct Door {
    std::string_view path;
    AiPlace place;
    std::string_view servers; ///< that have it
};

constexpr std::array<Door, 6> k_doors{{
    {"/audio/transcriptions", AiPlace::transcription,
     "openai azure groq openrouter speaches whispercpp vllm localai ollama"},
    {"/inference", AiPlace::transcription, "whispercpp"},
    {"/listen", AiPlace::transcription, "deepgram"},
    {"/chat/completions", AiPlace::chat,
     "openai azure groq openrouter vllm localai ollama llamacpp"},
    {"/messages", AiPlace::messages, "anthropic"},
    {"/models", AiPlace::models,
     "openai azure groq openrouter speaches vllm localai ollama llamacpp anthropic"},
}};

constexpr std::string_view k_healthy = "speaches whispercpp vllm llamacpp";

constexpr std::array<std::string_view, 12> k_names{
    "openai", "azure",   "groq",   "openrouter", "speaches", "whispercpp",
    "vllm",   "localai", "ollama", "llamacpp",   "deepgram", "anthropic"};

bool is_listed(std::string_view list, std::string_view word) {
    const auto words = split(list, ' ');
    return std::ranges::find(words, word) != words.end();
}

bool is_below(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) &&
           (path.size() == folder.size() || folder.empty() || path[folder.size()] == '/');
}

const Mount* mount_of(std::string_view path) {
    const auto* const found = std::ranges::find_if(k_mounts, [&](const Mount& mount) {
        return is_below(path, mount.folder) &&
               is_below(path.substr(mount.folder.size()), mount.api);
    });
    if (found != k_mounts.end()) {
        return found;
    }
    const auto* const by_folder = std::ranges::find_if(
        k_mounts, [&](const Mount& mount) { return is_below(path, mount.folder); });
    return by_folder == k_mounts.end() ? nullptr : by_folder;
}

void open_door(std::string_view rest, AiRoute& route) {
    for (const Door& door : k_doors) {
        if (!is_below(rest, door.path) || !is_listed(door.servers, to_string(route.server))) {
            continue;
        }
        const std::string_view after = rest.substr(door.path.size());
        if (after.empty() || door.place == AiPlace::models) {
            route.place = door.place;
            route.model = after.empty() ? route.model : std::string{after.substr(1)};
        }
    }
}

} // namespace

std::string_view to_string(AiServer server) {
    return k_names.at(static_cast<std::size_t>(server));
}

AiRoute ai_route(const Request& request) {
    const std::string_view path = request.path;
    const Mount* const mount = mount_of(path);
    AiRoute route{.server = mount->server, .path = request.path.substr(mount->folder.size())};
    if (route.path == "/health" && is_listed(k_healthy, to_string(route.server))) {
        route.place = AiPlace::health;
        return route;
    }
    if (!is_below(route.path, mount->api)) {
        return route;
    }
    std::string_view rest = std::string_view{route.path}.substr(mount->api.size());
    if (mount->api == "/openai/deployments") {
        const std::size_t end = std::min(rest.find('/', 1), rest.size());
        route.model =
            rest.substr(std::min<std::size_t>(1, rest.size()), end - std::min<std::size_t>(1, end));
        rest.remove_prefix(end);
    }
    open_door(rest, route);
    return route;
}

} // namespace callctl::sim
