#include "transcript/preset.hpp"

#include <array>

namespace callctl::transcript {
namespace {

using namespace std::chrono_literals;

// Where a server's own "25 MB" may mean either, the smaller.
constexpr std::size_t k_25_mb = 25'000'000;
// A server of one's own works on one request at a time and may have no graphics card.
constexpr std::chrono::milliseconds k_own_server_timeout = 30min;

Server own_server(const char* base_url, const char* response_format) {
    Server server{.base_url = base_url};
    server.response_format = response_format;
    server.timeout = k_own_server_timeout;
    return server;
}

// 25 MiB of the whole body; the 4o models take 1400 s, and re-encoding lengthens audio.
Server openai() {
    Server server{.base_url = "https://api.openai.com/v1"};
    server.response_format = "auto";
    server.language_field = "auto";
    return server;
}

// console.groq.com/docs/speech-to-text: at least 10 s are billed; FLAC halves the upload.
Server groq() {
    Server server{.base_url = "https://api.groq.com/openai/v1"};
    server.response_format = "auto";
    server.audio_format = "flac";
    server.max_bytes = k_25_mb;
    server.min_billed = 10s;
    return server;
}

// The deployment's name stands in the path and is what transcript.model holds
// (openai-python, lib/azure.py).
Server azure() {
    Server server = openai();
    server.base_url.clear(); // every resource has a host of its own
    server.path = "/openai/deployments/{model}/audio/transcriptions";
    server.query = "api-version=2024-10-21";
    server.auth_header = "api-key";
    server.auth_prefix.clear();
    server.max_bytes = k_25_mb;
    return server;
}

// speaches, routers/stt.py.
Server speaches() {
    return own_server("http://localhost:8000/v1", "verbose_json");
}

// examples/server/server.cpp: takes no model; its language is English unless told another; and it
// judges every language again for its reply unless told not to.
Server whisper_cpp() {
    Server server = own_server("http://localhost:8080", "verbose_json");
    server.path = "/inference";
    server.languages = {"auto"};
    server.extra_fields = {{"no_language_probabilities", "true"}};
    return server;
}

// VLLM_MAX_AUDIO_CLIP_FILESIZE_MB is 25.
Server vllm() {
    Server server = own_server("http://localhost:8000/v1", "auto");
    server.max_bytes = k_25_mb;
    return server;
}

// LOCALAI_UPLOAD_LIMIT is 15 MB.
Server localai() {
    Server server = own_server("http://localhost:8080/v1", "verbose_json");
    server.max_bytes = 15'000'000;
    return server;
}

// Files of 2 GB, of any length that Twilio records. `mip_opt_out`: not kept for training.
Server deepgram() {
    Server server{.kind = ServerKind::deepgram, .base_url = "https://api.deepgram.com/v1"};
    server.path = "/listen";
    server.query = "smart_format=true&punctuate=true&mip_opt_out=true";
    server.auth_prefix = "Token ";
    server.max_bytes = 2'000'000'000;
    server.longest = 24h;
    return server;
}

struct Preset {
    std::string_view name;
    Server (*make)();
};

constexpr std::array k_presets{
    Preset{"openai", &openai},
    Preset{"groq", &groq},
    Preset{"azure", &azure},
    Preset{"speaches", &speaches},
    Preset{"whisper.cpp", &whisper_cpp},
    Preset{"vllm", &vllm},
    Preset{"localai", &localai},
    Preset{"deepgram", &deepgram},
};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

} // namespace

std::vector<std::string_view> preset_names() {
    std::vector<std::string_view> names;
    names.reserve(k_presets.size());
    for (const Preset& preset : k_presets) {
        names.push_back(preset.name);
    }
    return names;
}

std::optional<Server> preset(std::string_view name) {
    for (const Preset& preset : k_presets) {
        if (preset.name == name) {
            return preset.make();
        }
    }
    return std::nullopt;
}

Server settled(Server server) {
    if (server.response_format == "auto") {
        server.response_format = contains(server.model, "whisper") ? "verbose_json" : "json";
    }
    if (server.language_field == "auto") {
        server.language_field =
            contains(server.model, "gpt-transcribe") ? "languages[]" : "language";
    }
    return server;
}

} // namespace callctl::transcript
