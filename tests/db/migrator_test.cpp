#include "pg/migrator.hpp"

#include "support/pg_test.hpp"
#include "sys/clock.hpp"

namespace callctl::pg {
namespace {

class MigratorOnNothing : public test::PgEmptyDatabaseTest {
  protected:
    sys::SystemClock m_clock;
};

TEST_F(MigratorOnNothing, MakesEverything) {
    Migrator migrator{connect_options(), m_clock, {.binary_version = "1.2.3"}};
    const auto plan = migrator.plan();
    EXPECT_EQ(plan.pending(), embedded_migrations().size());
    const auto report = migrator.run();
    EXPECT_EQ(report.applied.size(), embedded_migrations().size());
    EXPECT_EQ(value("SELECT count(*) FROM callctl.provider"), "3");
    EXPECT_EQ(migrator.plan().pending(), 0U);
}

} // namespace
} // namespace callctl::pg
