#include "db/migrator_fixture.hpp"

#include "pg/ledger.hpp"

#include <gmock/gmock.h>

namespace callctl::pg {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;

class Ledger : public MigratorTest {
  protected:
    /// The message of the SchemaError that `action` must throw.
    template <class Action>
    std::string refusal(Action&& action) {
        try {
            action();
        } catch (const base::SchemaError& error) {
            EXPECT_EQ(error.exit_code(), 8);
            EXPECT_FALSE(error.hint().empty());
            return error.what();
        }
        ADD_FAILURE() << "nothing was refused";
        return {};
    }
    void require() {
        Transaction transaction{connection()};
        require_schema(transaction);
    }
    std::string tables() {
        return value("SELECT md5(string_agg(t::text || xmin::text, '')) FROM callctl.migration t");
    }
};

TEST_F(Ledger, HoldsTheChecksumsOfTheFiles) {
    migrator().run();
    Transaction transaction{connection()};
    const auto ledger = read_ledger(transaction);
    ASSERT_THAT(ledger, SizeIs(embedded_migrations().size()));
    for (std::size_t i = 0; i < ledger.size(); ++i) {
        EXPECT_EQ(ledger[i].sha256, embedded_migrations()[i].sha256);
        EXPECT_EQ(ledger[i].name, embedded_migrations()[i].name);
        EXPECT_GE(ledger[i].duration.count(), 0);
    }
}

TEST_F(Ledger, RefusesASchemaThatIsNewer) {
    migrator().run();
    const auto older = embedded_migrations().first(4);
    MigrateOptions of_an_older_binary = options();
    of_an_older_binary.migrations = older;
    const std::string before = tables();
    EXPECT_THAT(refusal([&] { migrator(of_an_older_binary).run(); }),
                AllOf(HasSubstr("migration 5 (provider)"), HasSubstr("callctl 1.2.3"),
                      HasSubstr("newer than this callctl")));
    EXPECT_THAT(migrator(of_an_older_binary).plan().refusals, SizeIs(1));
    EXPECT_EQ(tables(), before);
}

TEST_F(Ledger, RefusesAnEditedFile) {
    auto migrations = std::vector(embedded_migrations().begin(), embedded_migrations().end());
    migrator().run();
    const std::string edited(64, 'a');
    migrations[2].sha256 = edited;
    MigrateOptions with_edit = options();
    with_edit.migrations = migrations;
    EXPECT_THAT(refusal([&] { migrator(with_edit).run(); }),
                AllOf(HasSubstr("migration 3 was applied as work"), HasSubstr("SHA-256")));
    EXPECT_THAT(migrator(with_edit).plan().refusals, SizeIs(1));
}

TEST_F(Ledger, IsRequiredByCommands) {
    EXPECT_THAT(refusal([&] { require(); }), HasSubstr("has no callctl schema"));

    MigrateOptions partly = options();
    partly.migrations = embedded_migrations().first(4);
    migrator(partly).run();
    EXPECT_THAT(
        refusal([&] { require(); }),
        HasSubstr("4 of the " + std::to_string(embedded_migrations().size()) + " migrations"));

    migrator().run();
    EXPECT_NO_THROW(require());

    exec("INSERT INTO callctl.migration SELECT 99, 'later', repeat('0', 64), now(), 1, '9.9.9'");
    EXPECT_THAT(refusal([&] { require(); }),
                AllOf(HasSubstr("migration 99 (later)"), HasSubstr("newer")));
}

TEST_F(Ledger, KeepsWhatWasAppliedWhenALaterFileFails) {
    auto migrations = std::vector(embedded_migrations().begin(), embedded_migrations().end());
    const auto known = static_cast<int>(migrations.size());
    migrations.push_back(
        {known + 1, "broken", "CREATE TABLE callctl.half (n int); CREATE TABLE callctl.work ()"});
    MigrateOptions with_broken = options();
    with_broken.migrations = migrations;
    EXPECT_THROW(migrator(with_broken).run(), SqlError);
    EXPECT_EQ(value("SELECT max(number) FROM callctl.migration"), std::to_string(known));
    EXPECT_EQ(value("SELECT to_regclass('callctl.half') IS NULL"), "t");
    EXPECT_EQ(migrator().plan().pending(), 0U);
}

} // namespace
} // namespace callctl::pg
