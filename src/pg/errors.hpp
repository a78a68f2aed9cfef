// What PostgreSQL and libpqxx report, in the words of this project.
#pragma once

#include "base/exception.hpp"

#include <string>
#include <string_view>

namespace callctl::pg {

/// The connection was lost while a commit was under way: the transaction may have happened or not.
/// Read again what it would have written before repeating it.
class InDoubtError : public base::StoreError {
  public:
    explicit InDoubtError(const std::string& message)
        : base::StoreError{message, "the transaction may have been committed: read it again"} {}
};

// PostgreSQL 15, appendix A.
inline constexpr std::string_view k_lock_not_available = "55P03";
inline constexpr std::string_view k_serialization_failure = "40001";
inline constexpr std::string_view k_query_canceled = "57014";
inline constexpr std::string_view k_insufficient_privilege = "42501";

/// PostgreSQL gave a statement up that may succeed later: the lock was not to be had within
/// lock_timeout, the statement ran out of its time or was cancelled, or the transaction was rolled
/// back in favour of another (class 40). The connection still works.
class BusyError : public base::StoreBusyError {
  public:
    BusyError(std::string sqlstate, const std::string& message);

    [[nodiscard]] const std::string& sqlstate() const noexcept { return m_sqlstate; }
    /// Serialization failure or deadlock: the same transaction may succeed at once.
    [[nodiscard]] bool worth_repeating() const noexcept;
    /// Somebody else holds the lock of a row, or of a table.
    [[nodiscard]] bool waited_for_lock() const noexcept {
        return m_sqlstate == k_lock_not_available;
    }

  private:
    std::string m_sqlstate;
};

/// For base::SchemaError.
inline constexpr const char* k_migrate_hint = "run callctl migrate";

/// PostgreSQL refused a statement; the connection still works. The message is the server's first
/// line without DETAIL and without quoted input, since those can hold personal data. Where a table,
/// schema or column is missing the exit code and the hint are those of base::SchemaError; but it
/// may be one that only a trigger of the host's looks for.
class SqlError : public base::Exception {
  public:
    /// `in_function`: it was a function that failed, such as a trigger's.
    SqlError(std::string sqlstate, const std::string& message, bool in_function = false);

    [[nodiscard]] const std::string& sqlstate() const noexcept { return m_sqlstate; }
    /// The row is not acceptable, whenever it comes: a trigger may fail in any way and raise any
    /// state. Not so where the session, the server or its files are at fault (classes 25, 26, 28,
    /// 3D, 57, 58 and F0).
    [[nodiscard]] bool refuses_row() const noexcept;
    /// A table, a column or a right is missing: most likely no row of the table would be taken.
    [[nodiscard]] bool refuses_all_rows() const noexcept;
    /// The statement does not fit the tables, whatever the row: one of them, or a column, is
    /// missing or of another type, and no function of the host's is to blame.
    [[nodiscard]] bool misfits_tables() const noexcept;

  private:
    std::string m_sqlstate;
    bool m_in_function;
};

/// The server's message fit to be shown: its first line, without severity and quoted input.
[[nodiscard]] std::string first_line(std::string_view server_message);

/// What to do about a server that is read-only.
inline constexpr std::string_view k_name_the_primary =
    "name the primary, or add target_session_attrs=read-write";

/// Call inside a `catch`: turns the exception in flight, if it is one of libpqxx, into
/// base::StoreError (connection lost, server stopping, out of resources, read-only server),
/// InDoubtError, BusyError, SqlError or base::BugError. `server` is the printable connection
/// string. Exceptions of our own pass through.
[[noreturn]] void rethrow_translated(const std::string& server);

} // namespace callctl::pg
