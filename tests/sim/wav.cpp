#include "sim/wav.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <numeric>

namespace callctl::sim {
namespace {

template <class Number>
void put(std::string& out, Number value) {
    for (std::size_t i = 0; i < sizeof value; ++i) {
        out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xFFU));
    }
}

std::uint32_t get(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
        value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
    }
    return value;
}

constexpr int k_half_width = 32;

// Taps of one phase of the polyphase filter: a sinc at the lower of the two bands, Hann window.
std::vector<double> taps_of(double fraction, double cutoff) {
    std::vector<double> taps;
    for (int k = -k_half_width; k <= k_half_width; ++k) {
        const double x = k - fraction;
        const double angle = 2.0 * std::numbers::pi * cutoff * x;
        const double sinc = std::abs(x) < 1e-9 ? 1.0 : std::sin(angle) / angle;
        const double window = 0.5 + 0.5 * std::cos(std::numbers::pi * x / (k_half_width + 1));
        taps.push_back(2.0 * cutoff * sinc * window);
    }
    return taps;
}

double filtered(const Samples& mono, std::int64_t centre, const std::vector<double>& taps) {
    const auto size = static_cast<std::int64_t>(mono.size());
    double sum = 0.0;
    for (std::size_t k = 0; k < taps.size(); ++k) {
        const std::int64_t at = centre + static_cast<std::int64_t>(k) - k_half_width;
        if (at >= 0 && at < size) {
            sum += taps[k] * mono[static_cast<std::size_t>(at)];
        }
    }
    return sum;
}

} // namespace

double Wav::seconds() const {
    const auto frames = samples.size() / static_cast<std::size_t>(std::max(channels, 1));
    return static_cast<double>(frames) / std::max(sample_rate, 1);
}

std::string write_wav(const Wav& wav) {
    const auto data_size = static_cast<std::uint32_t>(wav.samples.size() * 2);
    const auto channels = static_cast<std::uint16_t>(wav.channels);
    const auto rate = static_cast<std::uint32_t>(wav.sample_rate);
    std::string out{"RIFF"};
    out.reserve(44 + data_size);
    put(out, data_size + 36U);
    out += "WAVEfmt ";
    put(out, std::uint32_t{16});
    put(out, std::uint16_t{1}); // PCM
    put(out, channels);
    put(out, rate);
    put(out, rate * channels * 2U);
    put(out, static_cast<std::uint16_t>(channels * 2U));
    put(out, std::uint16_t{16});
    out += "data";
    put(out, data_size);
    for (const std::int16_t sample : wav.samples) {
        put(out, static_cast<std::uint16_t>(sample));
    }
    return out;
}

std::optional<Wav> read_wav(std::string_view bytes) {
    if (bytes.size() < 12 || bytes.substr(0, 4) != "RIFF" || bytes.substr(8, 4) != "WAVE") {
        return std::nullopt;
    }
    Wav wav;
    std::uint32_t bits = 0;
    std::size_t at = 12;
    while (at + 8 <= bytes.size()) {
        const std::string_view name = bytes.substr(at, 4);
        const std::size_t size = get(bytes, at + 4, 4);
        at += 8;
        if (name == "fmt " && size >= 16 && at + 16 <= bytes.size()) {
            const std::uint32_t format = get(bytes, at, 2);
            wav.channels = static_cast<int>(get(bytes, at + 2, 2));
            wav.sample_rate = static_cast<int>(get(bytes, at + 4, 4));
            bits = format == 1 || format == 0xFFFEU ? get(bytes, at + 14, 2) : 0;
        } else if (name == "data") {
            const std::size_t there = std::min(size, bytes.size() - at);
            wav.samples.resize(there / 2);
            for (std::size_t i = 0; i < wav.samples.size(); ++i) {
                wav.samples[i] = static_cast<std::int16_t>(get(bytes, at + 2 * i, 2));
            }
            break;
        }
        at += size + (size & 1U);
    }
    const bool sound = bits == 16 && wav.channels > 0 && wav.sample_rate > 0;
    return sound ? std::optional{std::move(wav)} : std::nullopt;
}

double loudest_rms(const Samples& mono, int sample_rate) {
    const auto window = static_cast<std::size_t>(std::max(sample_rate / 50, 1));
    double loudest = 0.0;
    for (std::size_t at = 0; at < mono.size(); at += window) {
        const std::size_t end = std::min(at + window, mono.size());
        double sum = 0.0;
        for (std::size_t i = at; i < end; ++i) {
            const double value = mono[i] / 32768.0;
            sum += value * value;
        }
        loudest = std::max(loudest, std::sqrt(sum / static_cast<double>(end - at)));
    }
    return loudest;
}

Samples resampled(const Samples& mono, int from_rate, int to_rate) {
    if (from_rate == to_rate) {
        return mono;
    }
    const std::int64_t divisor = std::gcd(from_rate, to_rate);
    const std::int64_t step = from_rate / divisor;
    const std::int64_t phases = to_rate / divisor;
    const double cutoff = 0.46 * std::min(1.0, static_cast<double>(to_rate) / from_rate);
    std::vector<std::vector<double>> bank;
    for (std::int64_t phase = 0; phase < phases; ++phase) {
        bank.push_back(taps_of(static_cast<double>(phase) / static_cast<double>(phases), cutoff));
    }
    const auto length = static_cast<std::int64_t>(mono.size()) * phases / step;
    Samples out;
    out.reserve(static_cast<std::size_t>(length));
    for (std::int64_t n = 0; n < length; ++n) {
        const std::int64_t position = n * step;
        const double value =
            filtered(mono, position / phases, bank[static_cast<std::size_t>(position % phases)]);
        out.push_back(static_cast<std::int16_t>(std::lround(std::clamp(value, -32767.0, 32767.0))));
    }
    return out;
}

} // namespace callctl::sim
