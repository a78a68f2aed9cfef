#include "pg/pool.hpp"
#include "support/frozen_backends.hpp"
#include "support/pg_test.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <barrier>
#include <optional>
#include <stdexcept>
#include <thread>

namespace callctl::pg {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class PoolTest : public test::PgEmptyDatabaseTest {
  protected:
    static std::string pid(Transaction& transaction) {
        return transaction.exec("SELECT pg_backend_pid()").one().at(0).text();
    }
    void terminate(const std::string& backend) {
        ASSERT_EQ(value("SELECT pg_terminate_backend($1::integer, 10000)", {param(backend)}), "t");
    }
};

TEST_F(PoolTest, ConnectsWhenAskedAndLendsAgain) {
    Pool pool{direct_options()};
    EXPECT_EQ(value("SELECT count(*) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"),
              "0");
    const std::string first = pool.transact(pid);
    EXPECT_EQ(pool.transact(pid), first);
}

TEST_F(PoolTest, RollsBackABeginningThatFails) {
    Pool pool{connect_options(), {.max_connections = 1}};
    const TransactionOptions refused{.lock_timeout = std::chrono::hours{24 * 365}};
    EXPECT_THROW(pool.transact([](Transaction&) {}, refused), SqlError);
    EXPECT_NO_THROW(pool.transact([](Transaction& transaction) { transaction.exec("SELECT 1"); }));
}

TEST_F(PoolTest, LendsNoMoreThanItsMaximum) {
    Pool pool{direct_options(), {.max_connections = 2, .borrow_timeout = 10ms}};
    const auto first = pool.borrow();
    {
        const auto second = pool.borrow();
        try {
            static_cast<void>(pool.borrow());
            FAIL() << "a third connection of two";
        } catch (const base::StoreError& error) {
            EXPECT_THAT(error.what(), HasSubstr("all 2 connections"));
        }
    }
    EXPECT_NO_THROW(static_cast<void>(pool.borrow()));
}

class PreparedStatements : public PoolTest {
  protected:
    Pool& pool() { return m_pool.emplace(direct_options()); }
    static std::string ask(Pool& pool) {
        return pool.transact([](Transaction& transaction) {
            return transaction.exec_often("SELECT * FROM t WHERE n = $1::integer", {param(1)})
                .one()
                .at(0)
                .text();
        });
    }
    static std::string prepared(Pool& pool) {
        return pool.transact([](Transaction& transaction) {
            return transaction.exec("SELECT count(*) FROM pg_prepared_statements")
                .one()
                .at(0)
                .text();
        });
    }

  private:
    std::optional<Pool> m_pool{};
};

TEST_F(PreparedStatements, ArePreparedOnceAConnection) {
    exec("CREATE TABLE t (n integer)");
    exec("INSERT INTO t VALUES (1)");
    Pool& pool = this->pool();
    EXPECT_EQ(ask(pool), "1");
    EXPECT_EQ(ask(pool), "1");
    EXPECT_EQ(prepared(pool), "1");
}

TEST_F(PreparedStatements, ArePlannedAnewWhenTheTableHasChanged) {
    exec("CREATE TABLE t (n integer)");
    exec("INSERT INTO t VALUES (1)");
    Pool& pool = this->pool();
    EXPECT_EQ(ask(pool), "1");
    exec("ALTER TABLE t ADD COLUMN added text");
    EXPECT_EQ(ask(pool), "1");
    EXPECT_EQ(prepared(pool), "1");
}

// As behind a pooler that gives each transaction another server's session.
TEST_F(PreparedStatements, AreGivenUpWhereTheSessionIsNotOursAlone) {
    exec("CREATE TABLE t (n integer)");
    exec("INSERT INTO t VALUES (1)");
    Pool& pool = this->pool();
    EXPECT_EQ(ask(pool), "1");
    pool.transact([](Transaction& transaction) { return transaction.exec("DEALLOCATE ALL"); });
    EXPECT_EQ(ask(pool), "1");
    EXPECT_EQ(prepared(pool), "0");
}

// As a statement that the server cancels by its own time-out would be, had it heard of it.
class HangingServer : public PoolTest {
  protected:
    void SetUp() override {
        PoolTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) {
            return;
        }
        auto options = direct_options();
        options.statement_timeout = 200ms;
        m_pool.emplace(options, PoolOptions{.answer_margin = 200ms});
    }

    void TearDown() override {
        m_frozen.thaw();
        m_pool.reset();
        PoolTest::TearDown();
    }

    void freeze(const std::string& backend) {
        m_frozen.add(exec("SELECT $1::integer", {param(backend)}));
        if (m_frozen.is_refused()) {
            GTEST_SKIP() << "this user cannot freeze the backends of PostgreSQL";
        }
    }

    std::optional<Pool> m_pool;
    test::FrozenBackends m_frozen;
};

TEST_F(HangingServer, CostsTheConnectionAndNoMore) {
    const std::string first = m_pool->transact(pid);
    freeze(first);
    EXPECT_NE(m_pool->transact(pid), first);
}

TEST_F(HangingServer, LeavesACommitInDoubt) {
    EXPECT_THROW(m_pool->transact([this](Transaction& transaction) { freeze(pid(transaction)); }),
                 InDoubtError);
}

TEST_F(HangingServer, IsNotWaitedForByARollback) {
    EXPECT_THROW(m_pool->transact([this](Transaction& transaction) {
        freeze(pid(transaction));
        throw std::runtime_error{"ours"};
    }),
                 std::runtime_error);
}

TEST_F(PoolTest, GivesASlotBackWhenConnectingFails) {
    Pool pool{{.conninfo = base::Secret{"postgresql://127.0.0.1:1/calls"}},
              {.max_connections = 1, .borrow_timeout = 0ms}};
    for (int i = 0; i < 2; ++i) {
        try {
            static_cast<void>(pool.borrow());
            ADD_FAILURE() << "somebody listens on port 1";
        } catch (const base::StoreError& error) {
            EXPECT_THAT(error.what(), HasSubstr("cannot connect"));
        }
    }
}

TEST_F(PoolTest, WaitsForAConnectionToComeBack) {
    Pool pool{direct_options(), {.max_connections = 1, .borrow_timeout = 60s}};
    std::optional<Pool::Borrowed> held{pool.borrow()};
    std::thread waiting{[&pool] { static_cast<void>(pool.borrow()); }};
    held.reset();
    waiting.join();
}

TEST_F(PoolTest, ReplacesConnectionsThatAServerRestartHasEnded) {
    Pool pool{direct_options(), {.max_connections = 2}};
    std::vector<std::string> backends;
    {
        const auto first = pool.borrow();
        const auto second = pool.borrow();
        for (const Pool::Borrowed* each : {&first, &second}) {
            Transaction transaction{**each};
            backends.push_back(pid(transaction));
        }
    }
    for (const std::string& backend : backends) {
        terminate(backend);
    }
    // Both idle connections are dead: one repeat must be enough.
    const std::string fresh = pool.transact(pid);
    EXPECT_THAT(backends, testing::Not(testing::Contains(fresh)));
}

TEST_F(PoolTest, RepeatsOnceWhenTheConnectionIsLostBeforeTheCommit) {
    exec("CREATE TABLE t (n int)");
    Pool pool{direct_options()};
    int runs = 0;
    pool.transact([&](Transaction& transaction) {
        transaction.exec("INSERT INTO t VALUES (1)");
        if (++runs == 1) {
            terminate(pid(transaction));
        }
        transaction.exec("INSERT INTO t VALUES (2)");
    });
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(value("SELECT count(*) FROM t"), "2");

    runs = 0;
    EXPECT_THROW(pool.transact([&](Transaction& transaction) {
        ++runs;
        terminate(pid(transaction));
        transaction.exec("SELECT 1");
    }),
                 base::StoreError);
    EXPECT_EQ(runs, 2);
}

TEST_F(PoolTest, WaitsForADatabaseThatItOnceHad) {
    exec("DO $$ BEGIN CREATE ROLE callctl_t_guest LOGIN; "
         "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$");
    ConnectOptions options = direct_options();
    options.conninfo = base::Secret{options.conninfo.reveal() + " user=callctl_t_guest"};
    Pool pool{options};
    {
        const auto connection = pool.borrow();
        connection->mark_lost();
    }
    exec("REVOKE CONNECT ON DATABASE " + value("SELECT current_database()") + " FROM PUBLIC");
    EXPECT_THROW(static_cast<void>(pool.borrow()), base::StoreError);
    EXPECT_THROW(static_cast<void>(Pool{options}.borrow()), base::ConfigError);
}

TEST_F(PoolTest, NeverRepeatsACommitInDoubt) {
    Pool pool{direct_options()};
    int runs = 0;
    EXPECT_THROW(pool.transact([&](Transaction& transaction) {
        ++runs;
        terminate(pid(transaction));
    }),
                 InDoubtError);
    EXPECT_EQ(runs, 1);
}

TEST_F(PoolTest, RepeatsAfterADeadlock) {
    exec("CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 0)");
    exec("INSERT INTO t VALUES (1), (2)");
    Pool pool{direct_options(), {.max_connections = 2}};
    std::barrier both_hold_one{2};
    std::atomic<int> runs{0};
    const auto add_in_order = [&](int first, int second) {
        bool met = false;
        pool.transact([&, first, second](Transaction& transaction) {
            ++runs;
            transaction.exec("UPDATE t SET n = n + 1 WHERE id = $1::integer", {param(first)});
            if (!met) {
                met = true;
                both_hold_one.arrive_and_wait();
            }
            transaction.exec("UPDATE t SET n = n + 1 WHERE id = $1::integer", {param(second)});
        });
    };
    std::thread other{[&] { add_in_order(2, 1); }};
    add_in_order(1, 2);
    other.join();
    EXPECT_GE(runs, 3); // the repeated one may meet the other again
    EXPECT_EQ(value("SELECT sum(n) FROM t"), "4");
}

TEST_F(PoolTest, GivesUpOnADeadlockThatDoesNotEnd) {
    Pool pool{direct_options()};
    int runs = 0;
    EXPECT_THROW(pool.transact([&](Transaction& transaction) {
        ++runs;
        transaction.exec_script("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$");
    }),
                 BusyError);
    EXPECT_EQ(runs, 4);
}

TEST_F(PoolTest, ServesManyThreads) {
    exec("CREATE TABLE t (n int)");
    Pool pool{direct_options(), {.max_connections = 3, .borrow_timeout = 60s}};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&pool] {
            for (int n = 0; n < 10; ++n) {
                pool.transact(
                    [](Transaction& transaction) { transaction.exec("INSERT INTO t VALUES (1)"); });
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(value("SELECT count(*) FROM t"), "80");
    EXPECT_EQ(value("SELECT count(*) <= 3 FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid() "
                    "AND backend_type = 'client backend'"),
              "t");
}

} // namespace
} // namespace callctl::pg
