// Databases for tests: each test has its own, made from a template in a few milliseconds, on the
// server of CALLCTL_TEST_DATABASE_URL or of pg_virtualenv. Without a server the tests are skipped,
// or fail where CALLCTL_REQUIRE_DB=1. CALLCTL_KEEP_TEST_DB=1 keeps the databases to look into.
// CALLCTL_TEST_POOLER_URL names a pooler in front of the server: the code under test goes through
// it.
#pragma once

#include "base/secret.hpp"
#include "pg/connection.hpp"
#include "pg/pool.hpp"
#include "pg/transaction.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace callctl::test {

/// Whether there is a server; where there is none the running test is skipped, or fails.
[[nodiscard]] bool require_server();

/// A database `callctl_t_<pid>_<n>`, dropped at the end of its life.
class TestDatabase {
  public:
    enum class Content { empty, latin1, migrated }; ///< `latin1` is empty, too

    explicit TestDatabase(Content content);
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;
    ~TestDatabase();

    /// For connections of the code under test.
    [[nodiscard]] pg::ConnectOptions connect_options() const;
    /// For those of the test itself, past any pooler.
    [[nodiscard]] pg::ConnectOptions direct_options() const;

  private:
    std::string m_name;
};

/// What all tests with a database have. Use one of the two below.
class PgTestBase : public testing::Test {
  protected:
    explicit PgTestBase(TestDatabase::Content content) : m_content{content} {}
    void SetUp() override;
    void TearDown() override;

    [[nodiscard]] pg::ConnectOptions connect_options() const {
        return m_database->connect_options();
    }
    /// Past any pooler: for what is said of the server itself.
    [[nodiscard]] pg::ConnectOptions direct_options() const { return m_database->direct_options(); }
    /// The fixture's own connection, for looking at what the code under test has done.
    [[nodiscard]] pg::Connection& connection();
    /// One statement in a transaction of its own on connection().
    pg::Rows exec(const std::string& sql, const pg::Params& params = {});
    /// Any number of statements, in one transaction.
    void exec_script(const std::string& sql);
    /// A file of tests/data, in one transaction.
    void exec_file(const std::string& name);
    /// The first column of the only row; empty for NULL.
    [[nodiscard]] std::string value(const std::string& sql, const pg::Params& params = {});

  private:
    TestDatabase::Content m_content;
    std::unique_ptr<TestDatabase> m_database;
    std::unique_ptr<pg::Connection> m_connection;
};

/// Every migration applied, call_log empty.
class PgDatabaseTest : public PgTestBase {
  protected:
    PgDatabaseTest() : PgTestBase{TestDatabase::Content::migrated} {}
};

/// Nothing in it.
class PgEmptyDatabaseTest : public PgTestBase {
  protected:
    PgEmptyDatabaseTest() : PgTestBase{TestDatabase::Content::empty} {}
};

} // namespace callctl::test
