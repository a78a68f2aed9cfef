// A file on its way out as a request's body.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace callctl::curl {

/// Its size is that at the time of open(): what is added later is not sent, and a file that has
/// shrunk meanwhile is an error. Errors are `transient` and without a stage.
class SourceFile {
  public:
    explicit SourceFile(std::string path) : m_path{std::move(path)} {}
    SourceFile(const SourceFile&) = delete;
    SourceFile& operator=(const SourceFile&) = delete;
    ~SourceFile();

    [[nodiscard]] base::Result<void> open();
    [[nodiscard]] std::uint64_t size() const { return m_size; }
    /// The next bytes, at most `room`; 0 at the end.
    [[nodiscard]] base::Result<std::size_t> read(char* into, std::size_t room);
    /// False beyond the end.
    [[nodiscard]] bool go_to(std::uint64_t position);

  private:
    std::string m_path;
    int m_descriptor{-1};
    std::uint64_t m_size{0};
    std::uint64_t m_position{0};
};

} // namespace callctl::curl
