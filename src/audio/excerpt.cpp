#include "audio/excerpt.hpp"

#include "audio/bad_media.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace callctl::audio {
namespace {

constexpr std::size_t k_copied_frames = 4'096;

struct FrameRange {
    std::int64_t from{0};
    std::int64_t until{0};
};

FrameRange frames_of(const Span& span, const WavInfo& info) {
    const auto frame = [&](std::chrono::milliseconds time) {
        return std::clamp<std::int64_t>(time.count() * info.sample_rate / 1000, 0, info.frames);
    };
    return {frame(span.start), frame(span.end)};
}

// Appends the channel's samples of the range; false when the file ends before it.
class Copier {
  public:
    Copier(WavReader& recording, int channel)
        : m_recording{recording}, m_channel{static_cast<std::size_t>(channel)},
          m_channels{static_cast<std::size_t>(recording.info().channels)},
          m_block(k_copied_frames * m_channels), m_mono(k_copied_frames) {}

    [[nodiscard]] bool copy(const FrameRange& range, Encoder& encoder) {
        if (!m_recording.seek(range.from)) {
            return false;
        }
        for (auto left = static_cast<std::size_t>(range.until - range.from); left > 0;) {
            const std::size_t wanted = std::min(left, k_copied_frames) * m_channels;
            const std::size_t got = m_recording.read(std::span{m_block}.first(wanted));
            if (got == 0) {
                return false;
            }
            for (std::size_t i = 0; i < got; ++i) {
                m_mono[i] = m_block[i * m_channels + m_channel];
            }
            encoder.write(std::span{m_mono}.first(got));
            left -= got;
        }
        return true;
    }

  private:
    WavReader& m_recording;
    std::size_t m_channel;
    std::size_t m_channels;
    std::vector<std::int16_t> m_block;
    std::vector<std::int16_t> m_mono;
};

} // namespace

call::Outcome<std::string> excerpt(WavReader& recording, int channel, std::span<const Span> spans,
                                   Encoding encoding) {
    const WavInfo& info = recording.info();
    std::int64_t total = 0;
    for (const Span& span : spans) {
        const FrameRange range = frames_of(span, info);
        total += range.until - range.from;
    }
    Encoder encoder{encoding, info.sample_rate, total};
    Copier copier{recording, channel};
    for (const Span& span : spans) {
        if (!copier.copy(frames_of(span, info), encoder)) {
            return bad_media(fmt::format("WAV file cannot be read from {} ms to {} ms",
                                         span.start.count(), span.end.count()));
        }
    }
    return encoder.finish();
}

} // namespace callctl::audio
