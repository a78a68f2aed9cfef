// Connections that are there and do nothing, or next to nothing.
#pragma once

#include <cstddef>
#include <cstdint>

namespace callctl::bench {

enum class Held {
    idle, ///< kept alive after one request
    drip, ///< a byte of a request a second, from the first on
};

struct HoldReport {
    std::size_t held{0};   ///< were opened
    std::size_t closed{0}; ///< of those, by the server
    double latest{0};      ///< seconds from opening until the last of these was closed
};

/// Opens them, prints "ready", and holds them until the end of standard input; drips are then
/// waited for until all are closed, for `patience_s` seconds from the start at the most. They come
/// from many addresses of 127/8, as a limit an address has no part in this. Throws
/// boost::system::system_error when one cannot be opened.
[[nodiscard]] HoldReport hold(Held kind, std::size_t count, std::uint16_t port, int patience_s);

} // namespace callctl::bench
