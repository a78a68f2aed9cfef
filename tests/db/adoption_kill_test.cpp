// kill -9 at any statement, and a second run.
#include "db/adoption_fixture.hpp"

#include "support/cutting_proxy.hpp"
#include "sys/clock.hpp"

#include <gmock/gmock.h>

namespace callctl::pg {
namespace {

class AdoptionKilled : public AdoptionTest {
  protected:
    /// Few rows a batch, so that there are several; patience for what the dead run's sessions still
    /// hold.
    [[nodiscard]] static MigrateOptions small_batches() {
        MigrateOptions options;
        options.binary_version = "1.2.3";
        options.page = 3;
        return options;
    }
    [[nodiscard]] ConnectOptions behind(const support::CuttingProxy& proxy) {
        ConnectOptions connect = direct_options();
        connect.conninfo = base::Secret{value(
            "SELECT format('host=%s port=%s user=%s dbname=%s', $1::text, current_setting('port'),"
            " current_user, current_database())",
            {param(proxy.host())})};
        return connect;
    }
    /// True when `work` was cut short by the death of its sessions at that statement.
    template <class Work>
    bool dies_at(int statement, Work&& work) {
        const std::string server =
            value("SELECT split_part(current_setting('unix_socket_directories'), ',', 1)"
                  " || '/.s.PGSQL.' || current_setting('port')");
        support::CuttingProxy proxy{server, statement, "pg_cancel_backend"};
        try {
            sys::SystemClock clock;
            Migrator migrator{behind(proxy), clock, small_batches()};
            work(migrator);
        } catch (const base::Exception& /*as good as dead*/) {
            EXPECT_TRUE(proxy.has_cut());
            return true;
        }
        return proxy.has_cut();
    }
    void finish(const std::function<void(Migrator&)>& work) {
        sys::SystemClock clock;
        Migrator migrator{direct_options(), clock, small_batches()};
        work(migrator);
    }
};

constexpr const char* k_leftovers =
    "SELECT count(*) FROM pg_index WHERE NOT indisvalid OR NOT indisready";

/// Every k_parts-th statement, from the one that the parameter says: all of them together.
constexpr int k_parts = 6;

class AdoptionKilledAt : public AdoptionKilled, public testing::WithParamInterface<int> {};

TEST_P(AdoptionKilledAt, AnyStatementIsCompletedByTheNextRunAndCanBeUndone) {
    load_generation_m();
    note_host_columns();
    const std::string contents = host_contents();
    const std::string catalogue = host_catalogue();
    finish([](Migrator& migrator) { migrator.run(); });
    const std::string adopted = host_catalogue();
    const std::string statuses = all_statuses();
    finish([](Migrator& migrator) { migrator.undo(); });

    int statement = GetParam();
    while (dies_at(statement, [](Migrator& migrator) { migrator.run(); })) {
        finish([](Migrator& migrator) { migrator.run(); });
        ASSERT_EQ(host_catalogue(), adopted) << statement;
        ASSERT_EQ(all_statuses(), statuses) << statement;
        ASSERT_EQ(value(k_leftovers), "0") << statement;
        ASSERT_EQ(value("SELECT count(*) FROM callctl.migration"),
                  std::to_string(embedded_migrations().size()))
            << statement;
        finish([](Migrator& migrator) { migrator.undo(); });
        ASSERT_EQ(host_catalogue(), catalogue) << statement;
        ASSERT_EQ(host_contents(), contents) << statement;
        statement += k_parts;
    }
    EXPECT_GT(statement, 60);
    RecordProperty("statements", statement);
}

TEST_P(AdoptionKilledAt, AnyStatementOfAnUndoHasUndoneAllOrNothing) {
    load_generation_m();
    note_host_columns();
    const std::string catalogue = host_catalogue();
    const std::string contents = host_contents();
    int statement = GetParam();
    for (bool died = true; died; statement += k_parts) {
        finish([](Migrator& migrator) { migrator.run(); });
        died = dies_at(statement, [](Migrator& migrator) { migrator.undo(); });
        finish([](Migrator& migrator) { migrator.undo(); });
        ASSERT_EQ(host_catalogue(), catalogue) << statement;
        ASSERT_EQ(host_contents(), contents) << statement;
    }
    EXPECT_GT(statement, 20);
}

INSTANTIATE_TEST_SUITE_P(All, AdoptionKilledAt, testing::Range(1, k_parts + 1));

} // namespace
} // namespace callctl::pg
