// A C library that is loaded when it is first needed, not with the program.
#pragma once

#include <string>

namespace callctl::base {

/// For libraries that most commands end without: loading them, and what they need in turn, would
/// make every command start later. Stays loaded until the process ends.
class SharedLibrary {
  public:
    /// By its soname. Throws ConfigError when it cannot be loaded.
    explicit SharedLibrary(std::string name);

    /// \pre `Function` is its type. Throws ConfigError when the library has no such function.
    template <class Function>
    [[nodiscard]] Function* function(const char* name) const;

  private:
    [[nodiscard]] void* address(const char* name) const;

    std::string m_name;
    void* m_handle;
};

// --- Inline implementations ---

template <class Function>
Function* SharedLibrary::function(const char* name) const {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast) what POSIX has dlsym() for
    return reinterpret_cast<Function*>(address(name));
}

} // namespace callctl::base
