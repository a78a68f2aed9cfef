#include "curl/sink_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace callctl::curl {
namespace {

base::Unexpected<base::Error> failed(std::string_view what, const std::string& path, int fault) {
    return base::fail(
        base::ErrorKind::transient,
        fmt::format("cannot {} {}: {}", what, path, std::generic_category().message(fault)));
}

} // namespace

SinkFile::~SinkFile() {
    if (m_descriptor >= 0) {
        ::close(m_descriptor);
    }
    if (!m_temporary_path.empty()) {
        ::unlink(m_temporary_path.c_str());
    }
}

base::Result<void> SinkFile::open() {
    std::string name = m_path + ".XXXXXX";
    m_descriptor = ::mkostemp(name.data(), O_CLOEXEC);
    if (m_descriptor < 0) {
        return failed("create", name, errno);
    }
    m_temporary_path = std::move(name);
    return {};
}

base::Result<void> SinkFile::write(std::string_view bytes) {
    if (m_descriptor < 0) {
        if (auto opened = open(); !opened) {
            return opened;
        }
    }
    while (!bytes.empty()) {
        const auto count = ::write(m_descriptor, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return failed("write", m_temporary_path, errno);
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
        m_size += static_cast<std::uint64_t>(count);
    }
    return {};
}

base::Result<void> SinkFile::commit() {
    if (auto created = write({}); !created) {
        return created;
    }
    // Network file systems tell of a full disk only here.
    if (::close(std::exchange(m_descriptor, -1)) != 0) {
        return failed("write", m_temporary_path, errno);
    }
    if (std::rename(m_temporary_path.c_str(), m_path.c_str()) != 0) {
        return failed("create", m_path, errno);
    }
    m_temporary_path.clear();
    return {};
}

} // namespace callctl::curl
