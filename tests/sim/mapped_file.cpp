#include "sim/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace callctl::sim {
namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error{errno, std::generic_category(), what};
}

} // namespace

MappedFile::MappedFile()
    : m_file{::open(std::filesystem::temp_directory_path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC,
                    0600)} {
    if (m_file < 0) {
        fail("cannot make a temporary file");
    }
}

MappedFile::~MappedFile() {
    if (m_first != nullptr) {
        ::munmap(m_first, m_size);
    }
    ::close(m_file);
}

void MappedFile::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(m_file, bytes.data(), bytes.size());
        if (written < 0) {
            fail("cannot write a temporary file");
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
        m_size += static_cast<std::size_t>(written);
    }
}

void MappedFile::close() {
    if (m_size == 0) {
        return;
    }
    void* const mapped = ::mmap(nullptr, m_size, PROT_READ, MAP_PRIVATE, m_file, 0);
    if (mapped == MAP_FAILED) {
        fail("cannot map a temporary file");
    }
    m_first = static_cast<char*>(mapped);
}

} // namespace callctl::sim
