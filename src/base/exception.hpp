// What makes a run pointless. Each exception carries the exit code of the process.
#pragma once

#include <stdexcept>
#include <string>

namespace callctl::base {

/// Thrown by value, caught by const reference in main, at a thread's root, and where an adapter
/// translates a library's exceptions. `hint` says what to do; it may be empty.
class Exception : public std::runtime_error {
  public:
    Exception(int exit_code, const std::string& message, std::string hint = {})
        : std::runtime_error{message}, m_exit_code{exit_code}, m_hint{std::move(hint)} {}

    [[nodiscard]] int exit_code() const noexcept { return m_exit_code; }
    [[nodiscard]] const std::string& hint() const noexcept { return m_hint; }

  private:
    int m_exit_code;
    std::string m_hint;
};

/// The command line cannot be carried out as it stands.
class UsageError : public Exception {
  public:
    explicit UsageError(const std::string& message, std::string hint = {})
        : Exception{2, message, std::move(hint)} {}
};

/// A setting is missing, unreadable or contradicts another.
class ConfigError : public Exception {
  public:
    explicit ConfigError(const std::string& message, std::string hint = {})
        : Exception{2, message, std::move(hint)} {}
};

/// The database cannot be reached, or went away: the same command may work later.
class StoreError : public Exception {
  public:
    explicit StoreError(const std::string& message, std::string hint = {})
        : Exception{75, message, std::move(hint)} {}
};

/// The database is there; somebody holds what is needed, or it was too slow.
class StoreBusyError : public StoreError {
  public:
    using StoreError::StoreError;
};

/// The database answers but has not our schema, or one that is newer than this binary.
class SchemaError : public Exception {
  public:
    explicit SchemaError(const std::string& message, std::string hint = {})
        : Exception{8, message, std::move(hint)} {}
};

/// Our own mistake: a state that the code says cannot be.
class BugError : public Exception {
  public:
    explicit BugError(const std::string& message) : Exception{1, message, "please report this"} {}
};

} // namespace callctl::base
