#include "audio/riff.hpp"

#include "audio/bad_media.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

namespace callctl::audio {
namespace {

constexpr std::uint32_t k_unknown_size = 0xFFFFFFFFU; // what a writer to a pipe puts
constexpr std::uint16_t k_extensible = 0xFFFEU;
constexpr int k_most_chunks = 1000;

std::uint32_t little_endian(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i > 0; --i) {
        value = value << 8U | static_cast<unsigned char>(bytes[i - 1]);
    }
    return value;
}

std::uint16_t little_endian16(std::string_view bytes) {
    return static_cast<std::uint16_t>(little_endian(bytes.substr(0, 2)));
}

// Up to `count` bytes from `offset`; fewer at the end of the file.
std::string read_at(std::ifstream& file, std::uint64_t offset, std::size_t count) {
    std::string bytes(count, '\0');
    file.clear();
    file.seekg(static_cast<std::streamoff>(offset));
    file.read(bytes.data(), static_cast<std::streamsize>(count));
    bytes.resize(static_cast<std::size_t>(file.gcount()));
    return bytes;
}

struct Magic {
    std::string_view start;
    std::string_view what;
};

// What came instead of a WAV file. Text first without leading white space and byte order mark.
std::string_view kind_of(std::string_view bytes) {
    constexpr std::array k_binary{Magic{"ID3", "an MP3 file"},
                                  Magic{"\xFF\xFB", "an MP3 file"},
                                  Magic{"\xFF\xF3", "an MP3 file"},
                                  Magic{"OggS", "an Ogg file"},
                                  Magic{"fLaC", "a FLAC file"},
                                  Magic{"RIFX", "big-endian RIFX"},
                                  Magic{"RF64", "RF64"},
                                  Magic{"\x1F\x8B", "gzip data"}};
    constexpr std::array k_text{Magic{"<!doctype html", "an HTML page"},
                                Magic{"<html", "an HTML page"}, Magic{"<", "XML"},
                                Magic{"{", "JSON"}, Magic{"[", "JSON"}};
    for (const Magic& magic : k_binary) {
        if (bytes.starts_with(magic.start)) {
            return magic.what;
        }
    }
    if (bytes.starts_with("\xEF\xBB\xBF")) {
        bytes.remove_prefix(3);
    }
    const std::string text =
        base::lower_case(bytes.substr(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size())));
    for (const Magic& magic : k_text) {
        if (text.starts_with(magic.start)) {
            return magic.what;
        }
    }
    return "unknown data";
}

RiffHeader read_format(std::string_view chunk) {
    RiffHeader header;
    header.encoding = little_endian16(chunk);
    header.channels = little_endian16(chunk.substr(2));
    header.sample_rate = little_endian(chunk.substr(4, 4));
    header.bits = little_endian16(chunk.substr(14));
    if (header.encoding == k_extensible && chunk.size() >= 26) {
        header.encoding = little_endian16(chunk.substr(24)); // first field of the sub-format's GUID
    }
    return header;
}

// Walks the chunks up to `data`.
call::Outcome<RiffHeader> walk(std::ifstream& file, std::uint64_t size) {
    std::optional<RiffHeader> format;
    std::uint64_t offset = 12;
    for (int i = 0; i < k_most_chunks && offset + 8 <= size; ++i) {
        const std::string head = read_at(file, offset, 8);
        const std::uint64_t bytes = little_endian(std::string_view{head}.substr(4));
        const std::uint64_t there = size - offset - 8;
        if (head.starts_with("data")) {
            if (!format) {
                return bad_media("WAV file without a fmt chunk before its data");
            }
            if (bytes > there) {
                return bad_media(fmt::format(
                    "WAV file cut off: {} bytes of audio promised, {} there", bytes, there));
            }
            format->data_bytes = bytes;
            return *format;
        }
        if (head.starts_with("fmt ")) {
            const std::string chunk = read_at(file, offset + 8, 40);
            if (bytes < 16 || chunk.size() < 16) {
                return bad_media("WAV file with a fmt chunk that is too short");
            }
            format = read_format(std::string_view{chunk}.substr(0, bytes));
        }
        offset += 8 + bytes + bytes % 2;
    }
    return bad_media("WAV file without a data chunk");
}

} // namespace

call::Outcome<RiffHeader> read_riff(const std::string& path) {
    std::error_code no_file;
    const std::uintmax_t size = std::filesystem::file_size(path, no_file);
    std::ifstream file{path, std::ios::binary};
    if (no_file || !file) {
        return bad_media("no file of the recording where it was downloaded to");
    }
    if (size == 0) {
        return bad_media("empty file instead of a WAV file");
    }
    const std::string start = read_at(file, 0, 512);
    if (!start.starts_with("RIFF")) {
        return bad_media(fmt::format("{} of {} bytes instead of a WAV file", kind_of(start), size));
    }
    if (start.size() < 12 || start.compare(8, 4, "WAVE") != 0) {
        return bad_media("RIFF file that is no WAVE");
    }
    const std::uint32_t rest = little_endian(std::string_view{start}.substr(4, 4));
    const std::uint64_t promised =
        rest == 0 || rest == k_unknown_size ? 0 : std::uint64_t{rest} + 8;
    // One byte of grace: some writers count the padding of the last chunk and do not write it.
    if (promised > size + 1) {
        return bad_media(
            fmt::format("WAV file cut off: {} bytes promised, {} there", promised, size));
    }
    return walk(file, size);
}

} // namespace callctl::audio
