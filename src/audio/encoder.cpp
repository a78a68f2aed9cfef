#include "audio/encoder.hpp"

#include "audio/sndfile_library.hpp"
#include "base/exception.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace callctl::audio {

struct Encoder::State {
    std::string bytes{};
    std::size_t position{0};
    SNDFILE* file{nullptr};
};

namespace {

constexpr std::size_t k_header_bytes = 44;
// More would save one byte in a hundred and cost a fifth of the time.
constexpr double k_flac_level = 0.0;

int format_of(Encoding encoding) {
    // NOLINTNEXTLINE(hicpp-signed-bitwise) C enumerators
    return (encoding == Encoding::flac ? SF_FORMAT_FLAC : SF_FORMAT_WAV) | SF_FORMAT_PCM_16;
}

// A std::string as a file, for SF_VIRTUAL_IO (libsndfile API, sf_open_virtual). `Bytes` is
// Encoder::State, which is private.
template <class Bytes>
struct MemoryFile {
    static Bytes& of(void* user) { return *static_cast<Bytes*>(user); }

    static sf_count_t length(void* user) { return static_cast<sf_count_t>(of(user).bytes.size()); }

    static sf_count_t tell(void* user) { return static_cast<sf_count_t>(of(user).position); }

    static sf_count_t seek(sf_count_t offset, int whence, void* user) {
        const sf_count_t start = whence == SEEK_CUR   ? tell(user)
                                 : whence == SEEK_END ? length(user)
                                                      : 0;
        if (start + offset < 0) {
            return -1;
        }
        of(user).position = static_cast<std::size_t>(start + offset);
        return start + offset;
    }

    static sf_count_t read(void* target, sf_count_t count, void* user) {
        Bytes& file = of(user);
        const std::size_t left = file.bytes.size() - std::min(file.position, file.bytes.size());
        const std::size_t taken = std::min(static_cast<std::size_t>(count), left);
        std::memcpy(target, file.bytes.data() + file.position, taken);
        file.position += taken;
        return static_cast<sf_count_t>(taken);
    }

    static sf_count_t write(const void* source, sf_count_t count, void* user) {
        Bytes& file = of(user);
        const auto size = static_cast<std::size_t>(count);
        file.bytes.resize(std::max(file.bytes.size(), file.position + size));
        std::memcpy(file.bytes.data() + file.position, source, size);
        file.position += size;
        return count;
    }
};

} // namespace

std::string_view to_string(Encoding encoding) {
    return encoding == Encoding::flac ? "flac" : "wav";
}

Encoder::Encoder(Encoding encoding, int sample_rate, std::int64_t frames)
    : m_state{std::make_unique<State>()} {
    using File = MemoryFile<State>;
    const auto samples = static_cast<std::size_t>(std::max<std::int64_t>(frames, 0));
    m_state->bytes.reserve(samples * (encoding == Encoding::wav ? 2 : 1) + k_header_bytes);
    SF_VIRTUAL_IO callbacks{File::length, File::seek, File::read, File::write, File::tell};
    SF_INFO format{};
    format.channels = 1;
    format.samplerate = sample_rate;
    format.format = format_of(encoding);
    m_state->file = sndfile().open_virtual(&callbacks, SFM_WRITE, &format, m_state.get());
    if (m_state->file == nullptr) {
        throw base::BugError{fmt::format("cannot write a {} file of {} Hz: {}", to_string(encoding),
                                         sample_rate, sndfile().strerror(nullptr))};
    }
    if (encoding == Encoding::flac) {
        double level = k_flac_level;
        sndfile().command(m_state->file, SFC_SET_COMPRESSION_LEVEL, &level, sizeof level);
    }
}

Encoder::~Encoder() {
    if (m_state->file != nullptr) {
        sndfile().close(m_state->file);
    }
}

void Encoder::write(std::span<const std::int16_t> samples) {
    sndfile().writef_short(m_state->file, samples.data(), static_cast<sf_count_t>(samples.size()));
}

std::string Encoder::finish() {
    sndfile().close(m_state->file); // writes the sizes into the header
    m_state->file = nullptr;
    return std::move(m_state->bytes);
}

} // namespace callctl::audio
