// A download on its way into a file.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace callctl::curl {

/// Writes to a temporary name beside `path` and renames at the end: whoever finds `path` finds the
/// whole of it. Without commit() nothing stays behind, and what was at `path` before is left alone.
/// Errors are `transient`: the disk may have room later.
class SinkFile {
  public:
    explicit SinkFile(std::string path) : m_path{std::move(path)} {}
    SinkFile(const SinkFile&) = delete;
    SinkFile& operator=(const SinkFile&) = delete;
    ~SinkFile();

    /// The first write creates the file, readable for its owner alone.
    [[nodiscard]] base::Result<void> write(std::string_view bytes);
    /// Also for an empty body, which becomes an empty file.
    [[nodiscard]] base::Result<void> commit();
    [[nodiscard]] std::uint64_t size() const { return m_size; }

  private:
    [[nodiscard]] base::Result<void> open();

    std::string m_path;
    std::string m_temporary_path{}; ///< empty: no such file
    int m_descriptor{-1};
    std::uint64_t m_size{0};
};

} // namespace callctl::curl
