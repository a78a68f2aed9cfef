#include "sys/spool_format.hpp"

#include "base/digest.hpp"

#include <algorithm>

namespace callctl::sys {
namespace {

constexpr std::string_view k_magic = "cSp1";
constexpr std::size_t k_length_at = 4;
constexpr std::size_t k_digest_at = 8;
constexpr unsigned k_bits_of_byte = 8;

std::string length_bytes(std::size_t length) {
    std::string bytes;
    for (unsigned byte = 0; byte < 4; ++byte) {
        bytes += static_cast<char>(length >> (byte * k_bits_of_byte) & 0xFFU);
    }
    return bytes;
}

std::size_t read_length(std::string_view frame) {
    std::size_t length = 0;
    for (unsigned byte = 0; byte < 4; ++byte) {
        length |= std::size_t{static_cast<unsigned char>(frame[k_length_at + byte])}
                  << (byte * k_bits_of_byte);
    }
    return length;
}

std::string digest_of(std::string_view length, std::string_view record) {
    base::Sha256 digest;
    digest.add(length);
    digest.add(record);
    return digest.finish();
}

enum class Found { whole, cut, nothing };

/// What begins at the beginning of `bytes`.
Found look(std::string_view bytes) {
    if (bytes.size() < k_record_frame) {
        const auto known = std::min(bytes.size(), k_magic.size());
        return bytes.substr(0, known) == k_magic.substr(0, known) ? Found::cut : Found::nothing;
    }
    const std::size_t length = read_length(bytes);
    if (!bytes.starts_with(k_magic) || length > k_longest_record) {
        return Found::nothing;
    }
    if (bytes.size() - k_record_frame < length) {
        return Found::cut;
    }
    const std::string digest =
        digest_of(bytes.substr(k_length_at, 4), bytes.substr(k_record_frame, length));
    return bytes.substr(k_digest_at, digest.size()) == digest ? Found::whole : Found::nothing;
}

/// Where the next whole record begins, or the end.
std::size_t next_record(std::string_view bytes, std::size_t from) {
    for (auto at = bytes.find(k_magic, from); at != std::string_view::npos;
         at = bytes.find(k_magic, at + 1)) {
        if (look(bytes.substr(at)) == Found::whole) {
            return at;
        }
    }
    return bytes.size();
}

/// Whether `rest`, whose length leads beyond the file, is a record to its last byte in all but
/// that.
bool is_cut_by_its_length_alone(std::string_view rest) {
    if (rest.size() < k_record_frame || rest.size() - k_record_frame > k_longest_record) {
        return false;
    }
    const auto record = rest.substr(k_record_frame);
    return digest_of(length_bytes(record.size()), record) ==
           rest.substr(k_digest_at, k_record_frame - k_digest_at);
}

bool is_zero(std::string_view bytes) {
    return bytes.find_first_not_of('\0') == std::string_view::npos;
}

} // namespace

std::string framed(std::string_view record) {
    const std::string length = length_bytes(record.size());
    std::string bytes{k_magic};
    bytes += length;
    bytes += digest_of(length, record);
    bytes += record;
    return bytes;
}

SpoolScan scan_spool(std::string_view bytes) {
    SpoolScan scan{.torn_at = bytes.size()};
    std::size_t at = 0;
    while (at < bytes.size()) {
        const auto rest = bytes.substr(at);
        const Found found = look(rest);
        if (found == Found::whole) {
            const std::size_t end = at + k_record_frame + read_length(rest);
            scan.records.push_back({at + k_record_frame, end});
            at = end;
            continue;
        }
        const std::size_t next = next_record(bytes, at + 1);
        const bool is_cut = found == Found::cut && !is_cut_by_its_length_alone(rest);
        if (next == bytes.size() && (is_cut || is_zero(rest))) {
            scan.torn_at = at;
            break;
        }
        scan.damaged.push_back({at, next});
        at = next;
    }
    return scan;
}

} // namespace callctl::sys
