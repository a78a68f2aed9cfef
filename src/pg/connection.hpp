// One session with PostgreSQL, set up the way this project wants it.
#pragma once

#include "base/secret.hpp"
#include "pg/answer_limit.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace callctl::pg {

struct ConnectOptions {
    /// libpq URI or key=value pairs; empty: libpq's own defaults and PG* variables.
    base::Secret conninfo{};
    std::string application_name{"callctl"}; ///< `callctl.<subcommand>`
    std::chrono::milliseconds statement_timeout{30'000};
    std::chrono::milliseconds lock_timeout{5'000};
    std::chrono::milliseconds idle_in_transaction_timeout{60'000};
    std::chrono::seconds connect_timeout{10}; ///< unless the conninfo has its own
};

struct NativeConnection;

/// Used by one thread at a time. After a loss it stays lost (libpqxx never recovers one): drop it.
class Connection {
  public:
    /// Connects: UTC, UTF-8, and the timeouts above. base::ConfigError when the conninfo cannot be
    /// read or the server refuses it for good (user, password, no such database), base::StoreError
    /// when no server takes us now, or one that took us does not answer within `limit`, where there
    /// is one.
    explicit Connection(const ConnectOptions& options, AnswerLimit* limit = nullptr);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// False once a statement found the connection gone or the server unfit for writing.
    [[nodiscard]] bool usable() const noexcept { return m_usable; }
    void mark_lost() noexcept { m_usable = false; }

    /// For messages: the conninfo with its secrets masked.
    [[nodiscard]] const std::string& server() const noexcept { return m_server; }
    /// Statements that a transaction must begin with; empty when the session has the settings (a
    /// pooler in transaction mode cannot keep them).
    [[nodiscard]] const std::string& transaction_settings() const noexcept {
        return m_transaction_settings;
    }
    [[nodiscard]] NativeConnection& native() noexcept { return *m_native; }

    /// The name under which the statement is prepared here, prepared now if it was not; nothing
    /// where the session is not ours alone, as behind a pooler in transaction mode.
    [[nodiscard]] std::optional<std::string> prepared(const std::string& sql);
    void prepare_nothing() noexcept { m_prepares = false; }
    [[nodiscard]] bool has_prepared() const noexcept { return !m_prepared.empty(); }

  private:
    void check_settings(const ConnectOptions& options, AnswerLimit* limit);

    std::string m_server;
    std::string m_transaction_settings;
    std::unique_ptr<NativeConnection> m_native;
    std::map<std::string, std::string> m_prepared{}; ///< names by statement
    bool m_prepares{true};
    bool m_usable{true};
};

} // namespace callctl::pg
