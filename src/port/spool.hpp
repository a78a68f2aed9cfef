// What waits on this host's disk for a database that is away.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::port {

/// Records in the order in which they were appended, whoever appended them. Callable from any
/// thread.
class Spool {
  public:
    struct Depth {
        std::size_t records{0};
        std::uint64_t bytes{0}; ///< on the disk, with what frames them
    };

    Spool() = default;
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;
    virtual ~Spool() = default;

    /// All of them or none, durable when it returns. Errors: conflict (the spool is full),
    /// transient (the disk refuses them: full, read-only, broken).
    [[nodiscard]] virtual base::Result<void> append(std::span<const std::string> records) = 0;
    /// The oldest, at most `most` of them; none when nothing waits.
    [[nodiscard]] virtual std::vector<std::string> oldest(std::size_t most) = 0;
    /// The oldest `count` are durable elsewhere; 0 only tidies. A crash may bring them back once
    /// more.
    virtual void remove(std::size_t count) = 0;
    /// Keeps the oldest in a file of its own, where nobody takes it for a record, and removes it.
    virtual void set_aside_oldest(std::string_view why) = 0;
    [[nodiscard]] virtual Depth depth() const = 0;
};

} // namespace callctl::port
