#include "audio/wav_reader.hpp"

#include "audio/bad_media.hpp"
#include "audio/sndfile_library.hpp"

#include <fmt/format.h>

namespace callctl::audio {
namespace {

void close(void* file) {
    sndfile().close(static_cast<SNDFILE*>(file));
}

// libsndfile opens many formats; only of these is the number of frames what the file holds.
bool is_supported(const SF_INFO& format) {
    const auto bits = static_cast<unsigned>(format.format);
    const unsigned container = bits & SF_FORMAT_TYPEMASK;
    const unsigned encoding = bits & SF_FORMAT_SUBMASK;
    return (container == SF_FORMAT_WAV || container == SF_FORMAT_WAVEX) &&
           (encoding == SF_FORMAT_PCM_16 || encoding == SF_FORMAT_ULAW ||
            encoding == SF_FORMAT_ALAW);
}

} // namespace

call::Outcome<WavReader> WavReader::open(const std::string& path) {
    SF_INFO format{};
    Handle file{sndfile().open(path.c_str(), SFM_READ, &format), close};
    if (!file) {
        return bad_media(
            fmt::format("WAV file that cannot be opened: {}", sndfile().strerror(nullptr)));
    }
    if (!is_supported(format) || format.channels < 1 || format.samplerate < k_lowest_sample_rate ||
        format.samplerate > k_highest_sample_rate) {
        return bad_media(fmt::format("no WAV file that we read: format {:#x}, {} channels, {} Hz",
                                     static_cast<unsigned>(format.format), format.channels,
                                     format.samplerate));
    }
    const WavInfo info{.channels = format.channels,
                       .sample_rate = format.samplerate,
                       .frames = format.frames,
                       .duration =
                           std::chrono::milliseconds{format.frames * 1000 / format.samplerate}};
    return WavReader{std::move(file), info};
}

std::size_t WavReader::read(std::span<std::int16_t> samples) {
    const auto frames = static_cast<sf_count_t>(samples.size()) / m_info.channels;
    auto* const file = static_cast<SNDFILE*>(m_file.get());
    const sf_count_t got = sndfile().readf_short(file, samples.data(), frames);
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

bool WavReader::seek(std::int64_t frame) {
    return sndfile().seek(static_cast<SNDFILE*>(m_file.get()), frame, SEEK_SET) == frame;
}

} // namespace callctl::audio
