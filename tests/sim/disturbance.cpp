#include "sim/disturbance.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace callctl::sim {
namespace {

constexpr double k_loudness = 3000.0;
constexpr std::size_t k_chord = k_telephone_rate * 2;
// In hertz: C, A minor, F, G.
constexpr std::array<std::array<double, 3>, 4> k_chords{
    {{261.6, 329.6, 392.0}, {220.0, 261.6, 329.6}, {349.2, 440.0, 523.3}, {392.0, 493.9, 587.3}}};

double music(std::size_t at) {
    const auto& chord = k_chords.at(at / k_chord % k_chords.size());
    const double time = static_cast<double>(at) / k_telephone_rate;
    double sum = 0.0;
    for (const double note : chord) {
        sum += std::sin(2.0 * std::numbers::pi * note * time);
    }
    return sum / 3.0;
}

/// Low rumble: noise through a filter of one pole.
class Rumble {
  public:
    double next() {
        m_state = m_state * 1'664'525U + 1'013'904'223U; // Numerical Recipes, 1992
        const double white = static_cast<double>(m_state >> 8U) / (1U << 23U) - 1.0;
        m_level += 0.2 * (white - m_level);
        return 2.0 * m_level;
    }

  private:
    std::uint32_t m_state{1};
    double m_level{0.0};
};

} // namespace

Samples sound_of(const Line& line) {
    const auto size = static_cast<std::size_t>(line.length.count() * k_samples_per_ms);
    Samples samples;
    samples.reserve(size);
    Rumble rumble;
    for (std::size_t at = 0; at < size; ++at) {
        const double value = line.sound == Sound::music ? music(at) : rumble.next();
        samples.push_back(static_cast<std::int16_t>(k_loudness * value));
    }
    return samples;
}

} // namespace callctl::sim
