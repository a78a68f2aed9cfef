#include "sim/wav.hpp"

#include <algorithm>
#include <bit>
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

// Samples are copied as they lie in the file.
static_assert(std::endian::native == std::endian::little);

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

std::int64_t Pcm::frames() const {
    return static_cast<std::int64_t>(bytes.size()) / 2 / std::max(channels, 1);
}

double Pcm::seconds() const {
    return static_cast<double>(frames()) / std::max(sample_rate, 1);
}

Channel Pcm::channel(int index) const {
    return {bytes.data() + 2 * static_cast<std::ptrdiff_t>(index), channels, frames()};
}

std::string wav_header(int channels, int sample_rate, std::uint32_t data_size) {
    const auto count = static_cast<std::uint16_t>(channels);
    const auto rate = static_cast<std::uint32_t>(sample_rate);
    std::string out{"RIFF"};
    put(out, data_size + 36U);
    out += "WAVEfmt ";
    put(out, std::uint32_t{16});
    put(out, std::uint16_t{1}); // PCM
    put(out, count);
    put(out, rate);
    put(out, rate * count * 2U);
    put(out, static_cast<std::uint16_t>(count * 2U));
    put(out, std::uint16_t{16});
    out += "data";
    put(out, data_size);
    return out;
}

std::string write_wav(const Wav& wav) {
    const std::size_t size = wav.samples.size() * 2;
    std::string out = wav_header(wav.channels, wav.sample_rate, static_cast<std::uint32_t>(size));
    out.append(reinterpret_cast<const char*>(wav.samples.data()), size);
    return out;
}

std::optional<Pcm> find_pcm(std::string_view wav_file) {
    if (wav_file.size() < 12 || wav_file.substr(0, 4) != "RIFF" ||
        wav_file.substr(8, 4) != "WAVE") {
        return std::nullopt;
    }
    Pcm pcm;
    std::uint32_t bits = 0;
    std::size_t at = 12;
    while (at + 8 <= wav_file.size()) {
        const std::string_view name = wav_file.substr(at, 4);
        const std::size_t size = get(wav_file, at + 4, 4);
        at += 8;
        if (name == "fmt " && size >= 16 && at + 16 <= wav_file.size()) {
            const std::uint32_t format = get(wav_file, at, 2);
            pcm.channels = static_cast<int>(get(wav_file, at + 2, 2));
            pcm.sample_rate = static_cast<int>(get(wav_file, at + 4, 4));
            bits = format == 1 || format == 0xFFFEU ? get(wav_file, at + 14, 2) : 0;
        } else if (name == "data") {
            pcm.bytes = wav_file.substr(at, size);
            break;
        }
        at += size + (size & 1U);
    }
    const bool sound = bits == 16 && pcm.channels > 0 && pcm.sample_rate > 0;
    return sound ? std::optional{pcm} : std::nullopt;
}

std::optional<Wav> read_wav(std::string_view bytes) {
    const auto pcm = find_pcm(bytes);
    if (!pcm) {
        return std::nullopt;
    }
    Wav wav{pcm->channels, pcm->sample_rate, Samples(pcm->bytes.size() / 2)};
    std::memcpy(wav.samples.data(), pcm->bytes.data(), wav.samples.size() * 2);
    return wav;
}

double loudest_rms(const Channel& mono, int sample_rate) {
    const auto window = static_cast<std::int64_t>(std::max(sample_rate / 50, 1));
    double loudest = 0.0;
    for (std::int64_t at = 0; at < mono.size(); at += window) {
        const std::int64_t end = std::min(at + window, mono.size());
        double sum = 0.0;
        for (std::int64_t i = at; i < end; ++i) {
            const double value = mono[i] / 32768.0;
            sum += value * value;
        }
        loudest = std::max(loudest, std::sqrt(sum / static_cast<double>(end - at)));
    }
    return loudest;
}

double loudest_rms(const Samples& mono, int sample_rate) {
    return loudest_rms(Channel{mono}, sample_rate);
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
