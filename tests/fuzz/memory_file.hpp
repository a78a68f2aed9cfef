// A file that lies in memory, for code that opens what it reads by its path.
#pragma once

#include "fuzz/claim.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <string_view>

namespace callctl::fuzz {

class MemoryFile {
  public:
    explicit MemoryFile(std::string_view content)
        : m_descriptor{memfd_create("fuzz", MFD_CLOEXEC)} {
        must(m_descriptor >= 0, "there is room for a file");
        must(::write(m_descriptor, content.data(), content.size()) ==
                 static_cast<ssize_t>(content.size()),
             "a file in memory can be written");
    }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() { ::close(m_descriptor); }

    [[nodiscard]] std::string path() const {
        return "/proc/self/fd/" + std::to_string(m_descriptor);
    }

  private:
    int m_descriptor;
};

} // namespace callctl::fuzz
