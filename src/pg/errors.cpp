#include "pg/errors.hpp"

#include "pg/shim.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>

namespace callctl::pg {
namespace {

bool starts_with_any(std::string_view state, std::initializer_list<std::string_view> prefixes) {
    return std::ranges::any_of(prefixes,
                               [state](auto prefix) { return state.starts_with(prefix); });
}

/// Class 40 (rolled back by the server), lock_not_available, query_canceled.
bool is_passing(std::string_view state) {
    return starts_with_any(state, {"40", k_lock_not_available, k_query_canceled});
}

/// A function was under way. libpq translates the word by the process's locale, which is C: we set
/// none.
bool tells_context(std::string_view what) {
    return what.find("\nCONTEXT:") != std::string_view::npos;
}

[[noreturn]] void throw_for_state(const std::string& state, const char* what,
                                  const std::string& server) {
    const std::string message = first_line(what);
    if (state == "25006") {
        throw base::StoreError{fmt::format("{} is read-only: {}", server, message),
                               std::string{k_name_the_primary}};
    }
    // No state: the connection is gone. 08: so it is. 53: out of disk, memory or connections.
    // 57P: the server is stopping or starting.
    if (state.empty() || starts_with_any(state, {"08", "53", "57P"})) {
        throw base::StoreError{fmt::format("{} cannot serve us now: {}", server, message)};
    }
    if (is_passing(state)) {
        throw BusyError{state, message};
    }
    throw SqlError{state, message, tells_context(what)};
}

/// No such table, column or schema.
bool misses_schema(std::string_view state) {
    return starts_with_any(state, {"42P01", "42703", "3F000"});
}

/// A column of another type, or no operator or function for it.
bool mistakes_type(std::string_view state) {
    return starts_with_any(state, {"42804", "42883"});
}

// Of base::SchemaError.
constexpr int k_as_schema_error = 8;

std::string hint_for(std::string_view state, std::string_view message) {
    if (state == "42P01" && message.find("\"call_log\"") != std::string_view::npos) {
        return "run callctl migrate; where there was a call_log before, give it back its name, or "
               "its schema a place in the search_path";
    }
    if (misses_schema(state) || mistakes_type(state)) {
        return k_migrate_hint;
    }
    if (state == k_insufficient_privilege && message.find("for schema") != std::string_view::npos) {
        return "grant USAGE on that schema to the role of DATABASE_URL; callctl migrate needs "
               "CREATE on the schema of call_log as well";
    }
    return state == k_insufficient_privilege
               ? "grant SELECT, INSERT and UPDATE on call_log, and all on what is in the schema "
                 "callctl, to the role of DATABASE_URL; callctl migrate needs the owner of call_log"
               : "";
}

} // namespace

BusyError::BusyError(std::string sqlstate, const std::string& message)
    : base::StoreBusyError{fmt::format("{} (SQLSTATE {})", message, sqlstate),
                           "another session holds what is needed, or the server is overloaded"},
      m_sqlstate{std::move(sqlstate)} {}

bool BusyError::worth_repeating() const noexcept {
    return m_sqlstate == k_serialization_failure || m_sqlstate == "40P01";
}

SqlError::SqlError(std::string sqlstate, const std::string& message, bool in_function)
    : base::Exception{misses_schema(sqlstate) || (mistakes_type(sqlstate) && !in_function)
                          ? k_as_schema_error
                          : 1,
                      fmt::format("{} (SQLSTATE {})", message, sqlstate),
                      hint_for(sqlstate, message)},
      m_sqlstate{std::move(sqlstate)}, m_in_function{in_function} {}

bool SqlError::refuses_row() const noexcept {
    return !starts_with_any(m_sqlstate, {"25", "26", "28", "3D", "57", "58", "F0"});
}

bool SqlError::refuses_all_rows() const noexcept {
    return misses_schema(m_sqlstate) || m_sqlstate == k_insufficient_privilege;
}

bool SqlError::misfits_tables() const noexcept {
    return !m_in_function && (misses_schema(m_sqlstate) || mistakes_type(m_sqlstate));
}

std::string first_line(std::string_view server_message) {
    std::string_view line = server_message.substr(0, server_message.find('\n'));
    // The severity is translated by lc_messages; the two spaces after its colon are not.
    if (const auto colon = line.find(":  "); colon != std::string_view::npos) {
        line.remove_prefix(colon + 3);
    }
    // `invalid input syntax for type bigint: "+972501234567"`
    if (const auto quoted = line.find(": \""); quoted != std::string_view::npos) {
        line = line.substr(0, quoted);
    }
    return std::string{line};
}

void rethrow_translated(const std::string& server) {
    try {
        throw;
    } catch (const base::Exception&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const pqxx::in_doubt_error&) {
        throw InDoubtError{fmt::format("lost the connection to {} during a commit", server)};
    } catch (const pqxx::statement_completion_unknown&) {
        throw InDoubtError{fmt::format("lost the connection to {} during a statement", server)};
    } catch (const pqxx::serialization_failure& error) { // these three carry no state in 6.4
        throw BusyError{std::string{k_serialization_failure}, first_line(error.what())};
    } catch (const pqxx::deadlock_detected& error) {
        throw BusyError{"40P01", first_line(error.what())};
    } catch (const pqxx::transaction_rollback& error) {
        throw BusyError{"40000", first_line(error.what())};
    } catch (const pqxx::insufficient_privilege& error) { // nor does this one
        throw SqlError{std::string{k_insufficient_privilege}, first_line(error.what())};
    } catch (const pqxx::sql_error& error) {
        throw_for_state(error.sqlstate(), error.what(), server);
    } catch (const pqxx::failure& error) { // broken_connection among them
        throw base::StoreError{
            fmt::format("lost the connection to {}: {}", server, first_line(error.what()))};
    } catch (const std::exception& error) {
        throw base::BugError{fmt::format("misuse of libpqxx: {}", error.what())};
    }
}

} // namespace callctl::pg
