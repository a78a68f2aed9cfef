#include "sim/audio_file.hpp"

#include <sndfile.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>

namespace callctl::sim {
namespace {

constexpr std::int64_t k_decoded_frames = 64L << 10;

/// A file in memory, as libsndfile wants to see it.
struct InMemory {
    std::string_view content;
    sf_count_t at{0};
};

InMemory& memory_file(void* data) {
    return *static_cast<InMemory*>(data);
}

sf_count_t memory_length(void* data) {
    return static_cast<sf_count_t>(memory_file(data).content.size());
}

sf_count_t memory_seek(sf_count_t offset, int whence, void* data) {
    InMemory& file = memory_file(data);
    const sf_count_t base = whence == SEEK_CUR   ? file.at
                            : whence == SEEK_END ? memory_length(data)
                                                 : 0;
    file.at = std::clamp<sf_count_t>(base + offset, 0, memory_length(data));
    return file.at;
}

sf_count_t memory_read(void* into, sf_count_t count, void* data) {
    InMemory& file = memory_file(data);
    const sf_count_t there = std::min(count, memory_length(data) - file.at);
    std::memcpy(into, file.content.data() + file.at, static_cast<std::size_t>(there));
    file.at += there;
    return there;
}

sf_count_t memory_write(const void* /*from*/, sf_count_t /*count*/, void* /*data*/) {
    return 0;
}

sf_count_t memory_tell(void* data) {
    return memory_file(data).at;
}

struct Close {
    void operator()(SNDFILE* file) const { sf_close(file); }
};

} // namespace

std::optional<AudioFile> AudioFile::read(std::string_view content) {
    if (const auto pcm = find_pcm(content)) {
        return AudioFile{*pcm, {}};
    }
    return decode(content);
}

std::optional<AudioFile> AudioFile::decode(std::string_view content) {
    SF_VIRTUAL_IO in_memory{memory_length, memory_seek, memory_read, memory_write, memory_tell};
    InMemory file{content};
    SF_INFO info{};
    const std::unique_ptr<SNDFILE, Close> opened{
        sf_open_virtual(&in_memory, SFM_READ, &info, &file)};
    if (!opened) {
        return std::nullopt;
    }
    Samples samples;
    sf_count_t got = 0;
    do {
        const std::size_t before = samples.size();
        samples.resize(before + static_cast<std::size_t>(k_decoded_frames * info.channels));
        got = sf_readf_short(opened.get(), samples.data() + before, k_decoded_frames);
        samples.resize(before + static_cast<std::size_t>(got * info.channels));
    } while (got > 0);
    const std::string_view bytes{reinterpret_cast<const char*>(samples.data()), samples.size() * 2};
    return AudioFile{{info.channels, info.samplerate, bytes}, std::move(samples)};
}

} // namespace callctl::sim
