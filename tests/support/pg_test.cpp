#include "support/pg_test.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"
#include "pg/conninfo.hpp"
#include "pg/migrations.hpp"
#include "pg/migrator.hpp"
#include "sys/clock.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

namespace callctl::test {
namespace {

constexpr const char* k_how_to_run =
    "needs PostgreSQL: run ./scripts/test, or pg_virtualenv ctest --preset dev";

/// Held while the template is made, so that processes side by side make it once.
constexpr const char* k_lock_template = "SELECT pg_advisory_xact_lock(20261122)";

bool is_set(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

/// Nothing when no server is named. Empty conninfo: libpq reads the PG* variables itself.
std::optional<base::Secret> server() {
    if (is_set("CALLCTL_TEST_DATABASE_URL")) {
        return base::Secret{std::getenv("CALLCTL_TEST_DATABASE_URL")};
    }
    return is_set("PGHOST") || is_set("PGPORT") ? std::optional{base::Secret{}} : std::nullopt;
}

/// Where the code under test connects: the pooler in front of the server, where there is one.
base::Secret front() {
    return is_set("CALLCTL_TEST_POOLER_URL") ? base::Secret{std::getenv("CALLCTL_TEST_POOLER_URL")}
                                             : server().value();
}

pg::ConnectOptions options_for(base::Secret conninfo) {
    return {.conninfo = std::move(conninfo), .application_name = "callctl.test"};
}

void exec_on_server(const std::string& sql) {
    pg::Connection connection{options_for(server().value())};
    pg::exec_alone(connection, sql);
}

/// Changes with every migration, so that a template is never out of date.
std::string template_name() {
    std::string all;
    for (const pg::Migration& migration : pg::embedded_migrations()) {
        all += migration.sha256;
    }
    return "callctl_template_" + base::to_hex(base::sha256(all)).substr(0, 12);
}

/// Made when this server has none yet.
std::string ready_template() {
    const std::string name = template_name();
    auto options = options_for(server().value());
    options.lock_timeout = {}; // somebody makes it for all, however long that takes
    pg::Connection connection{options};
    pg::Transaction lock{connection};
    lock.exec(k_lock_template);
    const pg::Rows found =
        lock.exec("SELECT datistemplate FROM pg_database WHERE datname = $1", {pg::param(name)});
    if (!found.empty() && found.one()["datistemplate"].boolean()) {
        return name;
    }
    // Marked as a template only once it is complete: what is not was left by a run cut short.
    exec_on_server(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", name));
    exec_on_server(fmt::format("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", name));
    sys::SystemClock clock;
    pg::Migrator{
        options_for(pg::with_database(server().value(), name)), clock, {.binary_version = "test"}}
        .run();
    exec_on_server(fmt::format("ALTER DATABASE {} ALLOW_CONNECTIONS false IS_TEMPLATE true", name));
    return name;
}

std::string next_name() {
    static std::atomic<int> count{0};
    return fmt::format("callctl_t_{}_{}", getpid(), ++count);
}

} // namespace

TestDatabase::TestDatabase(Content content) : m_name{next_name()} {
    exec_on_server(fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", m_name));
    switch (content) {
    case Content::empty:
        exec_on_server(
            fmt::format("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", m_name));
        break;
    case Content::latin1:
        exec_on_server(fmt::format("CREATE DATABASE {} TEMPLATE template0 ENCODING 'LATIN1' "
                                   "LC_COLLATE 'C' LC_CTYPE 'C'",
                                   m_name));
        break;
    case Content::migrated:
        exec_on_server(fmt::format("CREATE DATABASE {} TEMPLATE {}", m_name, ready_template()));
        break;
    }
}

TestDatabase::~TestDatabase() {
    if (is_set("CALLCTL_KEEP_TEST_DB")) {
        return;
    }
    try {
        exec_on_server(fmt::format("DROP DATABASE {} WITH (FORCE)", m_name));
    } catch (const base::Exception& error) {
        ADD_FAILURE() << "cannot drop " << m_name << ": " << error.what();
    }
}

pg::ConnectOptions TestDatabase::connect_options() const {
    return options_for(pg::with_database(front(), m_name));
}

pg::ConnectOptions TestDatabase::direct_options() const {
    return options_for(pg::with_database(server().value(), m_name));
}

bool require_server() {
    if (server()) {
        return true;
    }
    [] { // these macros return from the function that they stand in
        if (is_set("CALLCTL_REQUIRE_DB")) {
            FAIL() << k_how_to_run;
        }
        GTEST_SKIP() << k_how_to_run;
    }();
    return false;
}

void PgTestBase::SetUp() {
    if (!require_server()) {
        return;
    }
    m_database = std::make_unique<TestDatabase>(m_content);
}

void PgTestBase::TearDown() {
    m_connection.reset();
    m_database.reset();
}

pg::Connection& PgTestBase::connection() {
    if (!m_connection) {
        m_connection = std::make_unique<pg::Connection>(m_database->direct_options());
    }
    return *m_connection;
}

pg::Rows PgTestBase::exec(const std::string& sql, const pg::Params& params) {
    pg::Transaction transaction{connection()};
    pg::Rows rows = transaction.exec(sql, params);
    transaction.commit();
    return rows;
}

void PgTestBase::exec_script(const std::string& sql) {
    pg::Transaction transaction{connection()};
    transaction.exec_script(sql);
    transaction.commit();
}

void PgTestBase::exec_file(const std::string& name) {
    std::ifstream file{std::string{CALLCTL_TEST_DATA "/"} + name};
    ASSERT_TRUE(file) << name;
    std::ostringstream text;
    text << file.rdbuf();
    exec_script(text.str());
}

std::string PgTestBase::value(const std::string& sql, const pg::Params& params) {
    return exec(sql, params).one().at(0).text();
}

} // namespace callctl::test

#if defined(__SANITIZE_ADDRESS__)
// libpqxx 6.4 loses the PGresult of the statement that finds its connection gone.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:PQmakeEmptyPGresult\nleak:pqxx::connection_base::exec\n";
}
#endif
