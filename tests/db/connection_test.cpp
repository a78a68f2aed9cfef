#include "pg/connection.hpp"
#include "pg/conninfo.hpp"
#include "pg/transaction.hpp"
#include "support/pg_test.hpp"

#include <gmock/gmock.h>

namespace callctl::pg {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class Session : public test::PgEmptyDatabaseTest {
  protected:
    /// Options as they come from a pooler that drops startup parameters without a word.
    [[nodiscard]] ConnectOptions without_startup_options() const {
        ConnectOptions options = direct_options();
        options.conninfo =
            base::Secret{options.conninfo.reveal() + " options='-c callctl.session=dropped'"};
        return options;
    }

    static std::string setting(Transaction& transaction, const char* name) {
        return transaction.exec("SELECT current_setting($1)", {param(name)}).one().at(0).text();
    }

    static void expect_settings(Connection& connection) {
        Transaction transaction{connection};
        EXPECT_EQ(setting(transaction, "application_name"), "callctl.session");
        EXPECT_EQ(setting(transaction, "TimeZone"), "UTC");
        EXPECT_EQ(setting(transaction, "client_encoding"), "UTF8");
        EXPECT_EQ(setting(transaction, "statement_timeout"), "7s");
        EXPECT_EQ(setting(transaction, "lock_timeout"), "3s");
        EXPECT_EQ(setting(transaction, "idle_in_transaction_session_timeout"), "9s");
    }

    static void choose(ConnectOptions& options) {
        options.application_name = "callctl.session";
        options.statement_timeout = 7s;
        options.lock_timeout = 3s;
        options.idle_in_transaction_timeout = 9s;
    }
};

TEST_F(Session, HasOurSettings) {
    ConnectOptions options = direct_options();
    choose(options);
    Connection session{options};
    EXPECT_EQ(session.transaction_settings(), "");
    expect_settings(session);
}

TEST_F(Session, HasOurSettingsBehindAPoolerToo) {
    exec("ALTER DATABASE " + value("SELECT current_database()") +
         " SET TimeZone = 'Asia/Jerusalem'");
    ConnectOptions options = without_startup_options();
    choose(options);
    Connection session{options};
    EXPECT_NE(session.transaction_settings(), "");
    expect_settings(session);
}

TEST_F(Session, ReadsTimesWhateverTheUsersOwnSettingsMakeOfThem) {
    for (const char* const own : {"-c DateStyle=German", "-c TimeZone=Asia/Jerusalem"}) {
        ConnectOptions options = direct_options();
        choose(options);
        options.conninfo =
            base::Secret{options.conninfo.reveal() + " options='" + std::string{own} + "'"};
        Connection session{options};
        expect_settings(session);
        Transaction transaction{session};
        EXPECT_EQ(transaction.exec("SELECT timestamptz '2026-01-02 03:04:05Z'").one().at(0).text(),
                  "2026-01-02 03:04:05+00");
    }
}

TEST_F(Session, LeavesTheUsersOwnSettingsAlone) {
    ConnectOptions options = direct_options();
    options.conninfo =
        base::Secret{options.conninfo.reveal() + " options='-c statement_timeout=1s'"};
    Connection session{options};
    Transaction transaction{session};
    EXPECT_EQ(setting(transaction, "statement_timeout"), "1s");
}

TEST_F(Session, TheUsersOwnSettingsAreNotLostBehindAPooler) {
    ConnectOptions options = connect_options();
    options.conninfo = base::Secret{options.conninfo.reveal() + " options='-c search_path=app'"};
    const char* const pooler = std::getenv("CALLCTL_TEST_POOLER_URL");
    if (pooler == nullptr || *pooler == '\0') {
        Connection session{options};
        Transaction transaction{session};
        EXPECT_EQ(setting(transaction, "search_path"), "app");
        return;
    }
    try {
        const Connection session{options};
        FAIL() << "everything would be done to the wrong tables";
    } catch (const base::ConfigError& error) {
        EXPECT_THAT(error.hint(), testing::HasSubstr("ALTER ROLE"));
    }
}

TEST_F(Session, EndsStatementsThatTakeTooLong) {
    ConnectOptions options = direct_options();
    options.statement_timeout = 500ms;
    Connection session{options};
    Transaction transaction{session};
    try {
        transaction.exec("SELECT pg_sleep(60)");
        FAIL() << "the statement was not ended";
    } catch (const base::StoreError& error) {
        EXPECT_THAT(error.what(), HasSubstr("57014"));
        EXPECT_EQ(error.exit_code(), 75);
    }
    EXPECT_TRUE(session.usable());
}

TEST_F(Session, WaitsForALockOnlySoLong) {
    exec("CREATE TABLE t (n int)");
    Transaction holder{connection()};
    holder.exec("LOCK TABLE t");
    ConnectOptions options = direct_options();
    options.lock_timeout = 20ms;
    Connection session{options};
    Transaction transaction{session};
    try {
        transaction.exec("SELECT * FROM t");
        FAIL() << "the lock was had";
    } catch (const base::StoreError& error) {
        EXPECT_THAT(error.what(), HasSubstr("55P03"));
    }
    EXPECT_TRUE(session.usable());
}

TEST_F(Session, KnowsWhenItIsLost) {
    Connection session{direct_options()};
    std::string pid;
    {
        Transaction transaction{session};
        pid = transaction.exec("SELECT pg_backend_pid()").one().at(0).text();
        transaction.commit();
    }
    // With a timeout it returns only once the session has ended.
    ASSERT_EQ(value("SELECT pg_terminate_backend($1::integer, 10000)", {param(pid)}), "t");
    EXPECT_THROW(Transaction{session}.exec("SELECT 1"), base::StoreError);
    EXPECT_FALSE(session.usable());
}

TEST_F(Session, LeavesACommitInDoubtWhenItIsLostMeanwhile) {
    exec("CREATE TABLE t (n int)");
    Connection session{direct_options()};
    Transaction transaction{session};
    transaction.exec("INSERT INTO t VALUES (1)");
    const std::string pid = transaction.exec("SELECT pg_backend_pid()").one().at(0).text();
    ASSERT_EQ(value("SELECT pg_terminate_backend($1::integer, 10000)", {param(pid)}), "t");
    EXPECT_THROW(transaction.commit(), InDoubtError);
    EXPECT_FALSE(session.usable());
}

TEST(Connecting, NamesTheServerAndMasksThePassword) {
    const ConnectOptions options{.conninfo =
                                     base::Secret{"postgresql://app:secret@127.0.0.1:1/calls"}};
    try {
        Connection session{options};
        FAIL() << "somebody listens on port 1";
    } catch (const base::StoreError& error) {
        EXPECT_EQ(error.exit_code(), 75);
        EXPECT_THAT(error.what(), HasSubstr("postgresql://app:***@127.0.0.1:1/calls"));
        EXPECT_THAT(error.what(), Not(HasSubstr("secret")));
        EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    }
}

TEST_F(Session, FailsToConnectToADatabaseThatIsNotThere) {
    ConnectOptions options = direct_options();
    options.conninfo = with_database(options.conninfo, "callctl_t_absent");
    try {
        Connection session{options};
        FAIL() << "there is such a database";
    } catch (const base::ConfigError& error) {
        EXPECT_THAT(error.what(), HasSubstr("callctl_t_absent"));
        EXPECT_THAT(error.hint(), HasSubstr("create the database"));
        EXPECT_EQ(error.exit_code(), 2);
    }
}

TEST_F(Session, FailsToConnectAsARoleThatIsNotThere) {
    ConnectOptions options = direct_options();
    options.conninfo = base::Secret{options.conninfo.reveal() + " user=callctl_t_nobody"};
    try {
        Connection session{options};
        FAIL() << "there is such a role";
    } catch (const base::ConfigError& error) {
        EXPECT_THAT(error.hint(), HasSubstr("user and password"));
    }
}

TEST_F(Session, TellsARefusalForNowFromOneForGood) {
    const std::string database = value("SELECT current_database()");
    exec("ALTER DATABASE " + database + " CONNECTION LIMIT 0");
    ConnectOptions options = direct_options();
    // A superuser is not limited; what is refused for now is no mistake of the configuration.
    exec("DO $$ BEGIN CREATE ROLE callctl_t_guest LOGIN; "
         "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$");
    options.conninfo = base::Secret{options.conninfo.reveal() + " user=callctl_t_guest"};
    EXPECT_THROW(Connection{options}, base::StoreError);
    exec("REVOKE CONNECT ON DATABASE " + database + " FROM PUBLIC");
    EXPECT_THROW(Connection{options}, base::ConfigError);
}

TEST(Connecting, CallsAValueThatLibpqCannotUseAMistakeOfTheConfiguration) {
    const ConnectOptions options{.conninfo = base::Secret{"host=127.0.0.1 port=999999"}};
    EXPECT_THROW(Connection{options}, base::ConfigError);
}

TEST_F(Session, SaysWhichRightIsMissing) {
    exec("CREATE TABLE t (n int)");
    exec("DO $$ BEGIN CREATE ROLE callctl_t_guest LOGIN; "
         "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$");
    Transaction transaction{connection()};
    transaction.exec("SET LOCAL ROLE callctl_t_guest");
    try {
        transaction.exec("SELECT * FROM t");
        FAIL() << "the guest may read";
    } catch (const SqlError& error) {
        EXPECT_EQ(error.sqlstate(), "42501");
        EXPECT_THAT(error.what(), HasSubstr("permission denied for table t"));
        EXPECT_THAT(error.hint(), HasSubstr("grant"));
    }
    EXPECT_TRUE(connection().usable());
}

} // namespace
} // namespace callctl::pg
