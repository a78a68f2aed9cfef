#include "base/shared_library.hpp"

#include "base/exception.hpp"

#include <dlfcn.h>

#include <utility>

namespace callctl::base {
namespace {

[[noreturn]] void throw_unusable(const std::string& name) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe) glibc keeps the message by thread
    const char* const why = ::dlerror();
    throw ConfigError{name + " cannot be used: " + (why == nullptr ? "unknown reason" : why),
                      "install the package that has it"};
}

} // namespace

SharedLibrary::SharedLibrary(std::string name)
    : m_name{std::move(name)}, m_handle{::dlopen(m_name.c_str(), RTLD_NOW | RTLD_LOCAL)} {
    if (m_handle == nullptr) {
        throw_unusable(m_name);
    }
}

void* SharedLibrary::address(const char* name) const {
    void* const found = ::dlsym(m_handle, name);
    if (found == nullptr) {
        throw_unusable(m_name);
    }
    return found;
}

} // namespace callctl::base
