#include "pg/connection.hpp"

#include "base/exception.hpp"
#include "pg/conninfo.hpp"
#include "pg/errors.hpp"
#include "pg/shim.hpp"

#include <fmt/format.h>

namespace callctl::pg {
namespace {

/// PgBouncer's words for a startup parameter that it does not know (PgBouncer, src/client.c).
constexpr std::string_view k_refused_startup = "unsupported startup parameter";

/// libpq's messages go over several lines, one for each address that was tried.
std::string on_one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool blank = c == '\n' || c == '\t' || c == ' ';
        if (!blank) {
            line += c;
        } else if (!line.empty() && line.back() != ' ') {
            line += ' ';
        }
    }
    while (!line.empty() && line.back() == ' ') {
        line.pop_back();
    }
    return line;
}

std::unique_ptr<NativeConnection> connect(const ConnectOptions& options,
                                          const std::string& server) {
    StartupOptions startup = StartupOptions::with;
    while (true) {
        try {
            return std::make_unique<NativeConnection>(session_conninfo(options, startup));
        } catch (const pqxx::failure& error) {
            const std::string message = on_one_line(error.what());
            if (startup == StartupOptions::with &&
                message.find(k_refused_startup) != std::string::npos) {
                startup = StartupOptions::without;
                continue;
            }
            throw base::StoreError{fmt::format("cannot connect to {}: {}", server, message),
                                   "check that PostgreSQL runs and that DATABASE_URL is right"};
        }
    }
}

std::string local_settings(const ConnectOptions& options) {
    return fmt::format("SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; "
                       "SET LOCAL idle_in_transaction_session_timeout = {}; "
                       "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO'; "
                       "SET LOCAL bytea_output = 'hex'; SET LOCAL client_min_messages = 'error'",
                       options.statement_timeout.count(), options.lock_timeout.count(),
                       options.idle_in_transaction_timeout.count());
}

} // namespace

Connection::Connection(const ConnectOptions& options)
    : m_server{printable_conninfo(options.conninfo.reveal())}, m_native{
                                                                   connect(options, m_server)} {
    check_settings(options);
}

Connection::~Connection() = default;

void Connection::check_settings(const ConnectOptions& options) {
    try {
        pqxx::nontransaction transaction{m_native->session};
        const pqxx::result marker =
            execute(transaction, "SELECT current_setting('callctl.session', true) = 'set'", {});
        if (marker[0][0].is_null() || std::string_view{marker[0][0].c_str()} != "t") {
            m_transaction_settings = local_settings(options);
        }
    } catch (...) {
        rethrow_translated(m_server);
    }
}

} // namespace callctl::pg
