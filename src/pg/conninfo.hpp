// Connection strings: joined with our settings, and shown without their secrets.
#pragma once

#include "pg/connection.hpp"

#include <string>
#include <string_view>

namespace callctl::pg {

/// `conninfo` (a URI or key=value pairs) fit for a message: `postgresql://app:***@db/calls`. Never
/// throws; what cannot be read is masked rather than shown.
[[nodiscard]] std::string printable_conninfo(std::string_view conninfo);

/// Whether session settings travel in libpq's `options`; PgBouncer refuses that parameter.
enum class StartupOptions { with, without };

/// key=value pairs with the settings of `options`; what the conninfo says itself stays.
/// base::ConfigError when it cannot be read, or when its password needs percent-encoding.
[[nodiscard]] std::string session_conninfo(const ConnectOptions& options, StartupOptions startup);

/// Whether the conninfo, or PGOPTIONS, sets session settings of its own.
[[nodiscard]] bool has_own_options(const base::Secret& conninfo);

/// The value of libpq's `options` in a URL (PostgreSQL 15, 34.1.2) under which a connection looks
/// into this schema alone. \param quoted_schema as quote_ident() has it
[[nodiscard]] std::string search_path_option(std::string_view quoted_schema);

/// The same server, another database.
[[nodiscard]] base::Secret with_database(const base::Secret& conninfo, std::string_view database);

} // namespace callctl::pg
