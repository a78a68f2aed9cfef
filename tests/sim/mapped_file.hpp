// Bytes that are too many to be held: they lie in a file that has no name any more.
#pragma once

#include <cstddef>
#include <string_view>

namespace callctl::sim {

class MappedFile {
  public:
    /// Throws std::system_error when there is no room for it.
    MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    void append(std::string_view bytes);
    /// To be called once, after the last append().
    void close();
    [[nodiscard]] std::string_view content() const { return {m_first, m_size}; }
    [[nodiscard]] std::size_t size() const { return m_size; }

  private:
    int m_file;
    char* m_first{nullptr};
    std::size_t m_size{0};
};

} // namespace callctl::sim
