// WAV files made for a test, in a folder that goes away with it.
#pragma once

#include <gtest/gtest.h>
#include <sndfile.h>

#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::audio {

using Samples = std::vector<std::int16_t>;

inline Samples tone(std::size_t count, double amplitude, int sample_rate = 8000) {
    Samples samples(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double phase = 2.0 * std::numbers::pi * 440.0 * static_cast<double>(i) / sample_rate;
        samples[i] = static_cast<std::int16_t>(std::lround(32767.0 * amplitude * std::sin(phase)));
    }
    return samples;
}

/// Of a fixed linear congruential generator, between -peak and peak.
inline Samples noise(std::size_t count, int peak) {
    Samples samples(count);
    std::uint32_t state = 12345;
    for (std::int16_t& sample : samples) {
        state = state * 1664525U + 1013904223U;
        sample = static_cast<std::int16_t>(static_cast<int>(state >> 16U) % (2 * peak + 1) - peak);
    }
    return samples;
}

/// Something like speech: syllables of 180 ms, each a hiss and then a hum with overtones that rises
/// and falls, now and then a longer breath. `peak` is of full scale, 0 to 1.
inline Samples babble(std::size_t count, double peak, int sample_rate = 8000) {
    const auto syllable = static_cast<std::size_t>(sample_rate) * 18 / 100;
    const Samples hiss = noise(count, 32'767);
    Samples samples(count);
    double phase = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        const double at = static_cast<double>(i % syllable) / static_cast<double>(syllable);
        const auto number = static_cast<double>(i / syllable % 7);
        phase += 2.0 * std::numbers::pi * (110.0 + 12.0 * number) / sample_rate;
        const double hum =
            std::sin(phase) + std::sin(3.0 * phase) / 2.0 + std::sin(5.0 * phase) / 3.0;
        const double voiced = at < 0.25 ? 0.0 : std::sin(std::numbers::pi * (at - 0.25) / 0.75);
        const double sound = at < 0.2 ? 0.12 * hiss[i] / 32'767.0 : voiced * voiced * hum / 1.9;
        samples[i] = static_cast<std::int16_t>(32'767.0 * peak * sound);
    }
    return samples;
}

/// Chords of four voices, a new one every half second, each dying away: like music on hold.
inline Samples music(std::size_t count, double peak, int sample_rate = 8000) {
    const std::size_t beat = static_cast<std::size_t>(sample_rate) / 2;
    Samples samples(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double at = static_cast<double>(i % beat) / static_cast<double>(beat);
        const double root = 196.0 * std::pow(2.0, static_cast<double>(i / beat * 5 % 12) / 12.0);
        double sum = 0.0;
        for (const double interval : {1.0, 1.26, 1.498, 2.0}) {
            sum += std::sin(2.0 * std::numbers::pi * root * interval * static_cast<double>(i) /
                            sample_rate);
        }
        samples[i] = static_cast<std::int16_t>(32'767.0 * peak * (1.0 - 0.6 * at) * sum / 4.0);
    }
    return samples;
}

inline Samples& operator+=(Samples& samples, const Samples& more) {
    samples.insert(samples.end(), more.begin(), more.end());
    return samples;
}

/// Both at once, as on one line.
inline Samples mixed(Samples samples, const Samples& other) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
        samples[i] = static_cast<std::int16_t>(samples[i] + other[i % other.size()]);
    }
    return samples;
}

inline Samples interleaved(const Samples& left, const Samples& right) {
    Samples both;
    for (std::size_t i = 0; i < left.size(); ++i) {
        both.push_back(left[i]);
        both.push_back(right[i]);
    }
    return both;
}

class MadeAudio : public testing::Test {
  protected:
    MadeAudio() { std::filesystem::create_directories(m_folder); }
    ~MadeAudio() override { std::filesystem::remove_all(m_folder); }
    MadeAudio(const MadeAudio&) = delete;
    MadeAudio& operator=(const MadeAudio&) = delete;

    [[nodiscard]] std::string path(std::string_view name) const {
        return (m_folder / name).string();
    }

    /// Any bytes as a file.
    [[nodiscard]] std::string file(std::string_view bytes) const {
        const std::string target = path("made");
        std::ofstream{target, std::ios::binary} << bytes;
        return target;
    }

    /// Interleaved samples as a WAV file by libsndfile. `encoding`: SF_FORMAT_PCM_16, ...
    [[nodiscard]] std::string wav(const Samples& samples, int channels, int encoding,
                                  int sample_rate = 8000, int container = SF_FORMAT_WAV) const {
        const std::string target = path("made.wav");
        SF_INFO format{};
        format.channels = channels;
        format.samplerate = sample_rate;
        format.format = container | encoding;
        SNDFILE* const out = sf_open(target.c_str(), SFM_WRITE, &format);
        EXPECT_NE(out, nullptr) << sf_strerror(nullptr);
        sf_write_short(out, samples.data(), static_cast<sf_count_t>(samples.size()));
        sf_close(out);
        return target;
    }

    [[nodiscard]] static std::string bytes_of(const std::string& from) {
        std::ifstream in{from, std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }

  private:
    std::filesystem::path m_folder{std::filesystem::temp_directory_path() /
                                   ("callctl-audio-" + std::to_string(getpid()) + "-" +
                                    testing::UnitTest::GetInstance()->current_test_info()->name())};
};

} // namespace callctl::audio
