#include "sim/posted_form.hpp"

#include <fmt/format.h>
#include <sndfile.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace callctl::sim {

Part file_part(std::string content, std::string name) {
    return {.name = "file", .file_name = std::move(name), .content = std::move(content)};
}

Part field(std::string name, std::string value) {
    return {.name = std::move(name), .content = std::move(value)};
}

std::string form_body(const FormParts& parts) {
    std::string body;
    for (const Part& part : parts) {
        body += "--xyz\r\nContent-Disposition: form-data; name=\"" + part.name + "\"";
        if (part.file_name) {
            body += "; filename=\"" + *part.file_name + "\"\r\nContent-Type: audio/wav";
        }
        body += "\r\n\r\n" + part.content + "\r\n";
    }
    return body + "--xyz--\r\n";
}

Answer post_form(Bench& bench, const std::string& target, const FormParts& parts,
                 std::vector<base::HttpHeader> headers) {
    if (headers.empty()) {
        headers.push_back({"Authorization", std::string{"Bearer "} + k_ai_key});
    }
    headers.push_back({"Content-Type", "multipart/form-data; boundary=xyz"});
    return bench.request("POST", target, std::move(headers), form_body(parts));
}

std::string wav_of(const char* dialogue, Track track, std::int64_t samples) {
    const Performance& made = tone_library().performance(dialogue);
    return write_wav({1, 8000, made.render(track, 0, samples < 0 ? made.length() : samples)});
}

std::string flac_of(const Samples& mono) {
    const auto path =
        std::filesystem::temp_directory_path() / fmt::format("callctl-sim-{}.flac", getpid());
    SF_INFO info{};
    info.samplerate = k_telephone_rate;
    info.channels = 1;
    info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
    SNDFILE* const out = sf_open(path.c_str(), SFM_WRITE, &info);
    sf_write_short(out, mono.data(), std::ssize(mono));
    sf_close(out);
    std::ostringstream content;
    content << std::ifstream{path, std::ios::binary}.rdbuf();
    std::filesystem::remove(path);
    return std::move(content).str();
}

std::string expected_text(const char* dialogue, Voice voice) {
    std::string text;
    for (const Line& line : find_dialogue(dialogue)->lines) {
        if (line.voice == voice) {
            text += (text.empty() ? "" : " ") + line.text;
        }
    }
    return text;
}

} // namespace callctl::sim
