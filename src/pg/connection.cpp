#include "pg/connection.hpp"

#include "base/exception.hpp"
#include "pg/conninfo.hpp"
#include "pg/errors.hpp"
#include "pg/shim.hpp"

#include <fmt/format.h>

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <new>

namespace callctl::pg {
namespace {

/// PgBouncer's words for a startup parameter that it does not know (PgBouncer, src/client.c).
constexpr std::string_view k_refused_startup = "unsupported startup parameter";
/// libpq's words where the server asks for a password and there is none (libpq, fe-auth.c).
constexpr std::string_view k_no_password = "no password supplied";
constexpr const char* k_check_user = "the server refuses this user: check user and password of "
                                     "DATABASE_URL, and pg_hba.conf of the server";
/// For asking a second time why a server that answers refuses us.
constexpr int k_most_polls = 64;
/// A pooler may drop the options of the log-in, and those of the user's come behind ours, as do
/// PGDATESTYLE and PGTZ.
constexpr const char* k_is_set_up = R"(
SELECT current_setting('callctl.session', true) = 'set'
       AND current_setting('DateStyle') LIKE 'ISO%' AND current_setting('TimeZone') = 'UTC'
       AND current_setting('bytea_output') = 'hex')";
constexpr int k_poll_milliseconds = 2'000;

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

/// Why the server refuses the session, as SQLSTATE: libpq tells it only in the text of the message,
/// and only when asked to before it connects. Empty when no server says anything.
std::string refusal_state(const std::string& conninfo) {
    using Session = std::unique_ptr<PGconn, decltype(&PQfinish)>;
    const Session session{PQconnectStart(conninfo.c_str()), &PQfinish};
    if (!session) {
        throw std::bad_alloc{};
    }
    PQsetErrorVerbosity(session.get(), PQERRORS_SQLSTATE);
    auto wanted = PGRES_POLLING_WRITING;
    for (int waits = 0; waits < k_most_polls && wanted != PGRES_POLLING_FAILED; ++waits) {
        if (wanted == PGRES_POLLING_OK) {
            return {};
        }
        const auto events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT;
        pollfd socket{PQsocket(session.get()), static_cast<short>(events), 0};
        if (socket.fd < 0 || ::poll(&socket, 1, k_poll_milliseconds) <= 0) {
            return {};
        }
        wanted = PQconnectPoll(session.get());
    }
    // `connection to server at "..." failed: FATAL:  28P01`; with several hosts the last one counts
    const std::string message = on_one_line(PQerrorMessage(session.get()));
    const auto blank = message.find_last_of(' ');
    const std::string state = blank == std::string::npos ? "" : message.substr(blank + 1);
    const bool is_state = state.size() == 5 && std::ranges::all_of(state, [](char c) {
                              return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                          });
    return is_state ? state : "";
}

/// No connection will ever be had with this conninfo: it is not for us to wait.
[[noreturn]] void throw_refusal(const std::string& conninfo, const std::string& server,
                                const char* reason) {
    const std::string message = on_one_line(reason);
    const std::string what = fmt::format("cannot connect to {}: {}", server, message);
    // libpq's own words, which nobody translates here: a value that it cannot use.
    if (message.starts_with("invalid ")) {
        throw base::ConfigError{what, "correct DATABASE_URL"};
    }
    if (message.find(k_no_password) != std::string::npos) {
        throw base::ConfigError{what, k_check_user};
    }
    // The severity that a server's message begins with may be translated, the blanks are not.
    const bool from_server = std::string_view{reason}.find(":  ") != std::string_view::npos;
    const std::string state = from_server ? refusal_state(conninfo) : "";
    if (state.starts_with("28")) {
        throw base::ConfigError{what, k_check_user};
    }
    if (state == "3D000") {
        throw base::ConfigError{what, "create the database, or name the right one in DATABASE_URL"};
    }
    if (state == k_insufficient_privilege) {
        throw base::ConfigError{what, "grant CONNECT on the database to the role of DATABASE_URL"};
    }
    throw base::StoreError{what, "check that PostgreSQL runs and that DATABASE_URL is right"};
}

// Ours can be set in each transaction; the user's might be a search_path, and then everything would
// be done to the wrong tables.
[[noreturn]] void throw_lost_options(const std::string& server, const std::string& message) {
    throw base::ConfigError{fmt::format("cannot connect to {}: {}", server, message),
                            "the pooler does not pass on the 'options' of DATABASE_URL or "
                            "PGOPTIONS: take them out, and "
                            "set them with ALTER ROLE ... SET or ALTER DATABASE ... SET"};
}

std::unique_ptr<NativeConnection> connect(const ConnectOptions& options,
                                          const std::string& server) {
    StartupOptions startup = StartupOptions::with;
    while (true) {
        try {
            return std::make_unique<NativeConnection>(session_conninfo(options, startup));
        } catch (const pqxx::failure& error) {
            const std::string message = on_one_line(error.what());
            if (startup == StartupOptions::without ||
                message.find(k_refused_startup) == std::string::npos) {
                throw_refusal(session_conninfo(options, startup), server, error.what());
            }
            if (has_own_options(options.conninfo)) {
                throw_lost_options(server, message);
            }
            startup = StartupOptions::without;
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

Connection::Connection(const ConnectOptions& options, AnswerLimit* limit)
    : m_server{printable_conninfo(options.conninfo.reveal())}, m_native{
                                                                   connect(options, m_server)} {
    check_settings(options, limit);
}

Connection::~Connection() = default;

std::optional<std::string> Connection::prepared(const std::string& sql) {
    if (!m_prepares || !m_transaction_settings.empty()) {
        return std::nullopt;
    }
    const auto known = m_prepared.find(sql);
    if (known != m_prepared.end()) {
        return known->second;
    }
    std::string name = fmt::format("callctl_{}", m_prepared.size());
    m_native->session.prepare(name, sql);
    m_prepared.emplace(sql, name);
    return name;
}

// A pooler that is paused completes the log-in, and answers nothing behind it.
void Connection::check_settings(const ConnectOptions& options, AnswerLimit* limit) {
    try {
        const AnswerLimit::Wait wait{limit, m_native->session.sock()};
        pqxx::nontransaction transaction{m_native->session};
        const pqxx::result marker = execute(transaction, k_is_set_up, {});
        if (marker[0][0].is_null() || std::string_view{marker[0][0].c_str()} != "t") {
            m_transaction_settings = local_settings(options);
        }
    } catch (...) {
        rethrow_translated(m_server);
    }
}

} // namespace callctl::pg
