// Tells music from speech by how steady a sound is.
//
// Speech switches several times a second between vowels and consonants, and between sound and
// pauses; music does less of both. Measured in blocks of a second (Scheirer and Slaney,
// "Construction and evaluation of a robust multifeature speech/music discriminator", ICASSP 1997;
// Lu, Zhang and Jiang, "Content analysis for audio classification and segmentation", IEEE TSAP
// 10(7), 2002):
// - the share of frames with less than half of the block's mean energy,
// - the share of frames with more than one and a half times the block's mean zero-crossing rate,
// - the spread of the zero-crossing rate.
// The weights are a logistic regression over music on hold (Debian's asterisk-moh-opsound-wav)
// against voices (asterisk-core-sounds-en-wav and -ru-wav, espeak-ng), clean and over line noise.
#pragma once

#include "audio/frames.hpp"

#include <cstddef>
#include <deque>
#include <span>
#include <vector>

namespace callctl::audio {

class SteadySound {
  public:
    /// `in_sound`: the frame belongs to something that is louder than the noise.
    void add(const Frame& frame, bool in_sound);
    /// Frames before `frame` will not be asked about again.
    void forget_before(std::size_t frame);

    /// Whether the sounds between two frames (counted from the first that was added) are rather
    /// music: they and what is `around` them, unless they alone are as lively as speech. Less than
    /// two seconds of sound are always taken for speech, less than three unless they are as steady
    /// as a tone: a word lost costs more than a chord sent.
    [[nodiscard]] bool is_music(std::size_t from, std::size_t until, std::size_t around) const;

  private:
    static constexpr std::size_t k_cell = 50; ///< half a second; two make a block

    /// What is kept of half a second.
    struct Cell {
        std::size_t in_sound{0};
        double crossings{0.0}; ///< sum and sum of squares over the frames in sound
        double crossings_squared{0.0};
        bool has_block{false}; ///< the second that ends here is mostly sound
        double quiet_share{0.0};
        double noisy_share{0.0};
    };

    struct Measured {
        std::size_t blocks{0};
        double liveliness{0.0};
    };

    void close_cell();
    [[nodiscard]] Measured measured(std::size_t from, std::size_t until) const;

    std::vector<Frame> m_block{}; ///< up to a second of frames, the older half first
    std::size_t m_block_in_sound{0};
    Cell m_open{};
    std::deque<Cell> m_cells{};
    std::size_t m_first{0}; ///< number of the oldest cell that is kept
};

} // namespace callctl::audio
