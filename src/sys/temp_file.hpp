// Scratch files that end with their owner.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace callctl::sys {

/// An empty file with a new name, readable for its owner alone, removed at the end. Others may
/// write to its path or rename something onto it meanwhile.
class TempFile {
  public:
    /// In an existing directory. Errors: `transient`, with the path and the system's reason.
    [[nodiscard]] static base::Result<TempFile> create(const std::string& directory);

    TempFile(TempFile&& other) noexcept;
    TempFile& operator=(TempFile&& other) noexcept;
    TempFile(const TempFile&) = delete;
    TempFile& operator=(const TempFile&) = delete;
    ~TempFile();

    [[nodiscard]] const std::string& path() const { return m_path; }

  private:
    explicit TempFile(std::string path) : m_path{std::move(path)} {}

    std::string m_path; ///< empty when moved from
};

/// Removes scratch files in `directory` that nobody has written to for `age`: those of processes
/// that were killed. How many; a directory that cannot be read holds none.
std::size_t remove_abandoned_temp_files(const std::string& directory, std::chrono::seconds age);

} // namespace callctl::sys
