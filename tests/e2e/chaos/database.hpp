// The auditor's own way to the data: libpq as it is.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct pg_conn;

namespace callctl::chaos {

using Row = std::vector<std::optional<std::string>>;

/// Connects anew whenever the server went away; used by one thread.
class Database {
  public:
    /// `url` is asked at each connect: another server may have become the primary.
    explicit Database(std::function<std::string()> url) : m_url{std::move(url)} {}

    /// Throws std::runtime_error when there was no answer for half a minute, and at once for a
    /// mistake in the statement.
    std::vector<Row> rows(const std::string& sql, const std::vector<std::string>& parameters = {});
    /// The one value of the one row.
    std::string value(const std::string& sql, const std::vector<std::string>& parameters = {});

  private:
    struct Close {
        void operator()(pg_conn* connection) const;
    };
    [[nodiscard]] bool connected();

    std::function<std::string()> m_url;
    std::unique_ptr<pg_conn, Close> m_connection{};
};

} // namespace callctl::chaos
