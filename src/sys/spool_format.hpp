// How records lie in a file of the spool: each framed and checksummed, one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::sys {

/// A longer one is not written, and not believed when read.
inline constexpr std::size_t k_longest_record = std::size_t{4} << 20U;
/// Magic word and length, 4 bytes each, little-endian; SHA-256 over the length and the record.
inline constexpr std::size_t k_record_frame = 40;

/// \pre no longer than k_longest_record
[[nodiscard]] std::string framed(std::string_view record);

struct SpoolBytes {
    std::size_t begin{0};
    std::size_t end{0};
    friend bool operator==(const SpoolBytes&, const SpoolBytes&) = default;
};

/// What a file holds, whatever was done to it.
struct SpoolScan {
    std::vector<SpoolBytes> records{}; ///< without their frames, in order
    std::vector<SpoolBytes> damaged{}; ///< neither records nor a torn end
    /// Where a last record begins that was not written to its end, so that nobody was told that it
    /// is durable: its length leads beyond the file, or all that follows is zero (a file grows
    /// before its bytes reach the disk). The size of the file when there is none. A record that is
    /// all there, by its checksum, was written to its end: then the length is damaged.
    std::size_t torn_at{0};
};

/// Finds every record that is whole, also behind damaged bytes.
[[nodiscard]] SpoolScan scan_spool(std::string_view bytes);

} // namespace callctl::sys
