// One pass over a call's recording, to be measured from outside.
//
// usage: bench_audio make HOURS FILE | split FILE FOLDER | pass FILE | flac FILE FOLDER
//
//   make   writes a call of two voices that take turns over a noisy line, 8 kHz, 16 bits
//   split  the peer: each channel as a WAV file, nothing else done
//   pass   what callctl does before it asks a server: voice activity and packing
//   flac   each channel as a FLAC file, cut as callctl sends it
//
// Prints `cpu SECONDS rss MEGABYTES` of the process and what was made of the file.
#include "audio/excerpt.hpp"
#include "audio/packing.hpp"
#include "audio/survey.hpp"
#include "audio/wav_reader.hpp"

#include <fmt/format.h>
#include <sndfile.h>

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <numbers>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace audio = callctl::audio;
namespace call = callctl::call;
using std::chrono::milliseconds;

constexpr int k_rate = 8000;
constexpr std::size_t k_block = 4096;

struct Close {
    void operator()(SNDFILE* file) const { sf_close(file); }
};
using File = std::unique_ptr<SNDFILE, Close>;

File written(const std::string& path, int channels) {
    SF_INFO format{};
    format.channels = channels;
    format.samplerate = k_rate;
    format.format = SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    File file{sf_open(path.c_str(), SFM_WRITE, &format)};
    if (!file) {
        throw std::runtime_error{path + ": " + sf_strerror(nullptr)};
    }
    return file;
}

template <class T>
T good(call::Outcome<T> outcome) {
    if (!outcome) {
        throw std::runtime_error{outcome.error().detail};
    }
    return std::move(*outcome);
}

// Hiss on both channels; every four seconds the other one speaks, in syllables with overtones.
class Talk {
  public:
    std::int16_t sample(std::int64_t at, int channel) {
        m_state = m_state * 1'664'525U + 1'013'904'223U;
        const double hiss = static_cast<double>(m_state >> 16U) / 32'768.0 - 1.0;
        const bool speaks = at / (4 * k_rate) % 2 == channel && at % (4 * k_rate) < 3 * k_rate;
        if (!speaks) {
            return static_cast<std::int16_t>(40.0 * hiss);
        }
        constexpr int k_syllable = k_rate * 18 / 100;
        const double within = static_cast<double>(at % k_syllable) / k_syllable;
        const double pitch = 110.0 + 12.0 * static_cast<double>(at / k_syllable % 7);
        double& phase = m_phase[static_cast<std::size_t>(channel)];
        phase += 2.0 * std::numbers::pi * pitch / k_rate;
        const double voiced =
            within < 0.2 ? 0.0 : std::sin(std::numbers::pi * (within - 0.2) / 0.8);
        const double hum = std::sin(phase) + std::sin(3.0 * phase) / 2.0;
        return static_cast<std::int16_t>(
            8000.0 * ((within < 0.2 ? 0.12 : 0.02) * hiss + voiced * voiced * hum / 1.5));
    }

  private:
    std::uint32_t m_state{1};
    std::array<double, 2> m_phase{};
};

void make(double hours, const std::string& path) {
    const File out = written(path, 2);
    Talk talk;
    const auto frames = static_cast<std::int64_t>(hours * 3600.0 * k_rate);
    std::vector<std::int16_t> block;
    for (std::int64_t at = 0; at < frames; ++at) {
        block.push_back(talk.sample(at, 0));
        block.push_back(talk.sample(at, 1));
        if (block.size() >= 2 * k_block || at + 1 == frames) {
            sf_write_short(out.get(), block.data(), static_cast<sf_count_t>(block.size()));
            block.clear();
        }
    }
}

std::string split(const std::string& path, const std::string& folder) {
    SF_INFO info{};
    const File in{sf_open(path.c_str(), SFM_READ, &info)};
    const std::array<File, 2> out{written(folder + "/left.wav", 1),
                                  written(folder + "/right.wav", 1)};
    std::vector<std::int16_t> block(2 * k_block);
    std::vector<std::int16_t> mono(k_block);
    sf_count_t frames = 0;
    while ((frames = sf_readf_short(in.get(), block.data(), k_block)) > 0) {
        for (std::size_t channel = 0; channel < 2; ++channel) {
            for (std::size_t i = 0; i < static_cast<std::size_t>(frames); ++i) {
                mono[i] = block[2 * i + channel];
            }
            sf_write_short(out[channel].get(), mono.data(), frames);
        }
    }
    return "2 files";
}

std::string pass(const std::string& path) {
    const auto survey = good(audio::survey(path));
    const auto packages = audio::packed(survey.channels, {});
    return fmt::format("{} frames, {} and {} regions, {} packages", survey.info.frames,
                       survey.channels.at(0).size(), survey.channels.at(1).size(), packages.size());
}

std::string flac(const std::string& path, const std::string& folder) {
    auto recording = good(audio::WavReader::open(path));
    const milliseconds whole = recording.info().duration;
    constexpr milliseconds k_piece{600'000};
    std::uint64_t bytes = 0;
    for (int channel = 0; channel < recording.info().channels; ++channel) {
        std::ofstream out{fmt::format("{}/{}.flac", folder, channel), std::ios::binary};
        for (milliseconds at{0}; at < whole; at += k_piece) {
            const std::array span{audio::Span{at, std::min(at + k_piece, whole)}};
            const std::string piece =
                good(audio::excerpt(recording, channel, span, audio::Encoding::flac));
            out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
            bytes += piece.size();
        }
    }
    return fmt::format("{} bytes", bytes);
}

std::string done(const std::vector<std::string>& words) {
    if (words.size() == 3 && words[0] == "make") {
        make(std::stod(words[1]), words[2]);
        return words[2];
    }
    if (words.size() == 3 && words[0] == "split") {
        return split(words[1], words[2]);
    }
    if (words.size() == 2 && words[0] == "pass") {
        return pass(words[1]);
    }
    if (words.size() == 3 && words[0] == "flac") {
        return flac(words[1], words[2]);
    }
    throw std::runtime_error{
        "usage: bench_audio make HOURS FILE | split FILE FOLDER | pass FILE | flac FILE FOLDER"};
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

} // namespace

int main(int argc, char** argv) {
    try {
        const std::string result = done({argv + 1, argv + argc});
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        fmt::print("cpu {:.3f} rss {:.1f} {}\n", seconds(usage.ru_utime) + seconds(usage.ru_stime),
                   static_cast<double>(usage.ru_maxrss) / 1024.0, result);
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "bench_audio: {}\n", error.what());
        return 1;
    }
}
