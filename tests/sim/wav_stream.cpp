#include "sim/wav_stream.hpp"

#include <algorithm>

namespace callctl::sim {
namespace {

Samples interleaved(const Performance& performance, const std::vector<Track>& tracks,
                    std::int64_t from, std::int64_t frames, std::uint32_t call_ordinal) {
    const std::size_t channels = tracks.size();
    Samples all(static_cast<std::size_t>(frames) * channels);
    for (std::size_t channel = 0; channel < channels; ++channel) {
        const Samples one = performance.render(tracks[channel], from, frames, call_ordinal);
        for (std::size_t i = 0; i < one.size(); ++i) {
            all[i * channels + channel] = one[i];
        }
    }
    return all;
}

} // namespace

LongBody wav_of(const Performance& performance, std::vector<Track> tracks, const Excerpt& excerpt) {
    const std::size_t frame_size = 2 * tracks.size();
    const std::size_t data_size =
        static_cast<std::size_t>(excerpt.until - excerpt.from) * frame_size;
    const std::string header = wav_header(static_cast<int>(tracks.size()), k_telephone_rate,
                                          static_cast<std::uint32_t>(data_size));
    const std::size_t size = header.size() + data_size;
    const auto read = [&performance, tracks = std::move(tracks), excerpt, header, frame_size,
                       size](std::size_t offset, std::size_t count) {
        offset = std::min(offset, size);
        const std::size_t end = offset + std::min(count, size - offset);
        std::string bytes = header.substr(std::min(offset, header.size()), end - offset);
        if (end > header.size()) {
            const std::size_t begin = std::max(offset, header.size()) - header.size();
            const std::size_t first = begin / frame_size;
            const std::size_t frames = (end - header.size() + frame_size - 1) / frame_size - first;
            const Samples samples =
                interleaved(performance, tracks, excerpt.from + static_cast<std::int64_t>(first),
                            static_cast<std::int64_t>(frames), excerpt.call_ordinal);
            bytes.append(reinterpret_cast<const char*>(samples.data()) + begin % frame_size,
                         end - header.size() - begin);
        }
        return bytes;
    };
    return {.size = size, .read = read};
}

} // namespace callctl::sim
