#include "e2e/chaos/database.hpp"

#include <libpq-fe.h>

#include <chrono>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace callctl::chaos {
namespace {

constexpr std::chrono::seconds k_patience{30};
constexpr std::chrono::milliseconds k_between_tries{100};

using Result = std::unique_ptr<PGresult, decltype([](PGresult* result) { PQclear(result); })>;

// The classes of SQLSTATE that pass: connections, resources, an operator's intervention, and a
// standby that does not write yet.
bool passes(const PGresult* result) {
    const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const std::string_view code = state == nullptr ? std::string_view{} : state;
    return code.empty() || code.starts_with("08") || code.starts_with("53") ||
           code.starts_with("57") || code == "25006";
}

std::vector<Row> read(const PGresult* result) {
    std::vector<Row> rows;
    for (int i = 0; i < PQntuples(result); ++i) {
        Row row;
        for (int k = 0; k < PQnfields(result); ++k) {
            row.push_back(PQgetisnull(result, i, k) != 0
                              ? std::nullopt
                              : std::optional<std::string>{PQgetvalue(result, i, k)});
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace

void Database::Close::operator()(pg_conn* connection) const {
    PQfinish(connection);
}

bool Database::connected() {
    if (!m_connection || PQstatus(m_connection.get()) != CONNECTION_OK) {
        m_connection.reset(PQconnectdb(m_url().c_str()));
    }
    return PQstatus(m_connection.get()) == CONNECTION_OK;
}

std::vector<Row> Database::rows(const std::string& sql,
                                const std::vector<std::string>& parameters) {
    std::vector<const char*> values;
    for (const std::string& parameter : parameters) {
        values.push_back(parameter.c_str());
    }
    const auto end = std::chrono::steady_clock::now() + k_patience;
    while (true) {
        std::string error;
        if (connected()) {
            const Result result{PQexecParams(m_connection.get(), sql.c_str(),
                                             static_cast<int>(values.size()), nullptr,
                                             values.data(), nullptr, nullptr, 0)};
            const auto status = PQresultStatus(result.get());
            if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
                return read(result.get());
            }
            error = PQresultErrorMessage(result.get());
            if (!passes(result.get())) {
                throw std::runtime_error{error + "in: " + sql};
            }
        } else {
            error = PQerrorMessage(m_connection.get());
        }
        m_connection.reset();
        if (std::chrono::steady_clock::now() > end) {
            throw std::runtime_error{"no database: " + error};
        }
        std::this_thread::sleep_for(k_between_tries);
    }
}

std::string Database::value(const std::string& sql, const std::vector<std::string>& parameters) {
    return rows(sql, parameters).at(0).at(0).value_or("");
}

} // namespace callctl::chaos
