#include "curl/source_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace callctl::curl {
namespace {

base::Unexpected<base::Error> unreadable(const std::string& path, std::string_view why) {
    return base::fail(base::ErrorKind::transient, fmt::format("cannot read {}: {}", path, why));
}

base::Unexpected<base::Error> unreadable(const std::string& path, int fault) {
    return unreadable(path, std::generic_category().message(fault));
}

} // namespace

SourceFile::~SourceFile() {
    if (m_descriptor >= 0) {
        ::close(m_descriptor);
    }
}

base::Result<void> SourceFile::open() {
    m_descriptor = ::open(m_path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (m_descriptor < 0 || ::fstat(m_descriptor, &status) != 0) {
        return unreadable(m_path, errno);
    }
    if (!S_ISREG(status.st_mode)) {
        return unreadable(m_path, "it is not a file");
    }
    m_size = static_cast<std::uint64_t>(status.st_size);
    return {};
}

base::Result<std::size_t> SourceFile::read(char* into, std::size_t room) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(room, m_size - m_position));
    ssize_t count = 0;
    do {
        count = ::pread(m_descriptor, into, wanted, static_cast<off_t>(m_position));
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        return unreadable(m_path, errno);
    }
    if (count == 0 && wanted > 0) {
        return unreadable(m_path, "it has become shorter");
    }
    m_position += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
}

bool SourceFile::go_to(std::uint64_t position) {
    m_position = std::min(position, m_size);
    return position <= m_size;
}

} // namespace callctl::curl
