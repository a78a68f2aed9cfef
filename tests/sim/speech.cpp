#include "sim/speech.hpp"

#include "base/exception.hpp"
#include "sim/digest.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <optional>
#include <sstream>

namespace callctl::sim {
namespace {

constexpr double k_peak = 11'000.0;
constexpr std::size_t k_syllable = k_telephone_rate * 18 / 100;

Samples levelled(Samples samples) {
    int peak = 1;
    for (const std::int16_t sample : samples) {
        peak = std::max(peak, std::abs(static_cast<int>(sample)));
    }
    for (std::int16_t& sample : samples) {
        sample = static_cast<std::int16_t>(std::lround(sample * k_peak / peak));
    }
    return samples;
}

std::optional<std::string> read_file(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    if (!in) {
        return std::nullopt;
    }
    std::ostringstream content;
    content << in.rdbuf();
    return std::move(content).str();
}

void write_file(const std::filesystem::path& path, std::string_view content) {
    std::ofstream out{path, std::ios::binary | std::ios::trunc};
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) {
        throw base::ConfigError{fmt::format("cannot write {}", path.string()),
                                "--media-dir must name a folder that can be written"};
    }
}

// Runs and waits; false when it could not be started or did not end with 0.
bool run(std::vector<std::string> command) {
    std::vector<char*> arguments;
    for (std::string& word : command) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    pid_t child = 0;
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO}) {
        posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0);
    }
    const int error =
        posix_spawnp(&child, arguments.front(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        return false;
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

std::vector<std::string> espeak_command(const Line& line, const std::string& text_file,
                                        const std::string& wav_file) {
    const bool caller = line.voice == Voice::caller;
    return {"espeak-ng",
            "-b",
            "1",
            "-v",
            line.language + (caller ? "+m3" : "+f2"),
            "-s",
            caller ? "150" : "165",
            "-p",
            caller ? "35" : "60",
            "-w",
            wav_file,
            "-f",
            text_file};
}

} // namespace

EspeakSpeech::EspeakSpeech(std::string folder) : m_folder{std::move(folder)} {
    std::error_code error;
    std::filesystem::create_directories(m_folder, error);
    if (error) {
        throw base::ConfigError{fmt::format("cannot create {}: {}", m_folder, error.message()),
                                "--media-dir must name a folder that can be written"};
    }
}

bool EspeakSpeech::installed() {
    return run({"espeak-ng", "--version"});
}

Samples EspeakSpeech::say(const Line& line) {
    namespace fs = std::filesystem;
    const std::string key = hex_sha256(
        fmt::format("1/{}/{}/{}", line.language, line.voice == Voice::caller, line.text));
    const fs::path kept = fs::path{m_folder} / (key.substr(0, 24) + ".wav");
    if (const auto content = read_file(kept)) {
        if (auto wav = read_wav(*content)) {
            return std::move(wav->samples);
        }
    }
    // Two simulators may share the folder: each renders apart, and the last rename wins.
    const std::string mine = fmt::format("{}.{}", kept.string(), getpid());
    write_file(mine + ".txt", line.text);
    const bool spoken = run(espeak_command(line, mine + ".txt", mine + ".raw"));
    const auto raw = spoken ? read_file(mine + ".raw") : std::nullopt;
    const auto wav = raw ? read_wav(*raw) : std::nullopt;
    fs::remove(mine + ".txt");
    fs::remove(mine + ".raw");
    if (!wav || wav->channels != 1) {
        throw base::ConfigError{"espeak-ng cannot be run or has no such voice",
                                "install espeak-ng, or allow tones with --allow-tones"};
    }
    Samples samples = levelled(resampled(wav->samples, wav->sample_rate, k_telephone_rate));
    write_file(mine, write_wav({1, k_telephone_rate, samples}));
    fs::rename(mine, kept);
    return samples;
}

Samples ToneSpeech::say(const Line& line) {
    const auto characters = std::ranges::count_if(
        line.text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    const auto length = static_cast<std::size_t>(characters) * 60 * k_samples_per_ms;
    const std::string key = hex_sha256(line.text + (line.voice == Voice::caller ? "c" : "a"));
    const std::uint64_t seed = std::stoull(key.substr(0, 12), nullptr, 16);
    const double pitch = 100.0 + static_cast<double>(seed % 80);
    auto state = static_cast<std::uint32_t>(seed);
    Samples samples;
    samples.reserve(length);
    double phase = 0.0;
    for (std::size_t i = 0; i < length; ++i) {
        // What tells speech from music: each syllable hisses, then hums with overtones and dies
        // away. The hiss also makes every stretch unique (linear congruential generator of
        // Numerical Recipes, 1992).
        state = state * 1'664'525U + 1'013'904'223U;
        const double hiss = static_cast<double>(state >> 16U) / 32'768.0 - 1.0;
        const double at = static_cast<double>(i % k_syllable) / k_syllable;
        phase += 2.0 * std::numbers::pi * (pitch + static_cast<double>(i / k_syllable % 7) * 12.0) /
                 k_telephone_rate;
        const double hum =
            std::sin(phase) + std::sin(3.0 * phase) / 2.0 + std::sin(5.0 * phase) / 3.0;
        const double voice = at < 0.2 ? 0.0 : std::sin(std::numbers::pi * (at - 0.2) / 0.8);
        const double sound = (at < 0.2 ? 0.12 : 0.02) * hiss + voice * voice * hum / 1.9;
        samples.push_back(static_cast<std::int16_t>(k_peak * sound));
    }
    return levelled(std::move(samples));
}

} // namespace callctl::sim
