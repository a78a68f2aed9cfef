#include "pg/query.hpp"
#include "pg/transaction.hpp"
#include "support/pg_test.hpp"

#include <gmock/gmock.h>

namespace callctl::pg {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Query : public test::PgEmptyDatabaseTest {};

TEST_F(Query, BringsTextBackAsItWas) {
    const std::string text = "שלום \"x\" \\ ' {}, $1 \t\n\xF0\x9F\x93\x9E";
    EXPECT_EQ(value("SELECT $1::text", {param(text)}), text);
    EXPECT_EQ(value("SELECT length($1::text)", {param("שלום")}), "4");
    EXPECT_EQ(value("SELECT $1::text IS NULL", {std::nullopt}), "t");
    EXPECT_EQ(value("SELECT $1::text = ''", {param("")}), "t");
}

TEST_F(Query, BringsArraysBackAsTheyWere) {
    const std::vector<Param> elements{param("a,b"),    param("\"q\""), param("back\\slash"),
                                      std::nullopt,    param("NULL"),  param(""),
                                      param("שלום\n"), param("{}")};
    const Rows rows =
        exec("SELECT e FROM unnest($1::text[]) WITH ORDINALITY AS t (e, n) ORDER BY n",
             {array_literal(elements)});
    std::vector<Param> found;
    for (const Row row : rows) {
        found.push_back(row["e"].optional_text());
    }
    EXPECT_EQ(found, elements);
}

TEST_F(Query, BringsBytesBackAsTheyWere) {
    std::string bytes;
    for (int i = 0; i < 256; ++i) {
        bytes += static_cast<char>(i);
    }
    EXPECT_EQ(exec("SELECT $1::bytea AS b", {bytes_param(bytes)}).one()["b"].bytes(), bytes);
    EXPECT_EQ(exec("SELECT $1::bytea AS b", {bytes_param("")}).one()["b"].bytes(), "");
}

TEST_F(Query, BringsTimesBackAsTheyWere) {
    const base::Time time{1'772'439'330'123'456us};
    EXPECT_EQ(exec("SELECT $1::timestamptz AS t", {param(time)}).one()["t"].time(), time);
    EXPECT_EQ(value("SELECT $1::timestamptz::text", {param(time)}),
              "2026-03-02 08:15:30.123456+00");
}

TEST_F(Query, RefusesNulBytesThatLibpqWouldCutAt) {
    try {
        exec("SELECT $1::text", {param(std::string_view{"a\0b", 3})});
        FAIL() << "a NUL byte went through";
    } catch (const SqlError& error) {
        EXPECT_EQ(error.sqlstate(), "22021");
        EXPECT_TRUE(error.refuses_row());
    }
}

TEST_F(Query, KnowsItsRowsAndColumns) {
    const Rows rows =
        exec("SELECT n, n % 2 = 0 AS even FROM generate_series(1, 3) AS n ORDER BY n");
    EXPECT_EQ(rows.size(), 3U);
    EXPECT_THAT(rows.columns(), ElementsAre("n", "even"));
    std::vector<std::int64_t> numbers;
    for (const Row row : rows) {
        numbers.push_back(row["n"].integer());
    }
    EXPECT_THAT(numbers, ElementsAre(1, 2, 3));
    EXPECT_TRUE(rows[1]["even"].boolean());
    EXPECT_THROW(static_cast<void>(rows[0]["odd"]), base::BugError);
    EXPECT_THROW(static_cast<void>(rows.one()), base::BugError);
    EXPECT_TRUE(exec("SELECT 1 WHERE false").empty());
}

TEST_F(Query, CountsTouchedRows) {
    exec("CREATE TABLE t (n int)");
    EXPECT_EQ(exec("INSERT INTO t SELECT generate_series(1, 5)").affected(), 5U);
    EXPECT_EQ(exec("UPDATE t SET n = 0 WHERE n > 3").affected(), 2U);
    EXPECT_EQ(exec("DELETE FROM t WHERE n > 100").affected(), 0U);
}

TEST_F(Query, RollsBackWhatIsNotCommitted) {
    exec("CREATE TABLE t (n int)");
    {
        Transaction transaction{connection()};
        transaction.exec("INSERT INTO t VALUES (1)");
    }
    EXPECT_EQ(value("SELECT count(*) FROM t"), "0");
}

TEST_F(Query, RefusesToCommitAfterAFailure) {
    Transaction transaction{connection()};
    EXPECT_THROW(transaction.exec("SELECT 1 / 0"), SqlError);
    EXPECT_THROW(transaction.commit(), base::BugError);
}

TEST_F(Query, SaysNothingOfPersonalData) {
    exec("CREATE TABLE t (phone text PRIMARY KEY, n bigint)");
    exec("INSERT INTO t VALUES ('+15005550001', 1)");
    for (const char* sql : {"INSERT INTO t VALUES ('+15005550001', 1)",
                            "INSERT INTO t VALUES ('x', '+15005550001x'::text::bigint)"}) {
        try {
            exec(sql);
            ADD_FAILURE() << sql;
        } catch (const SqlError& error) {
            EXPECT_THAT(error.what(), Not(HasSubstr("5550001"))) << sql;
        }
    }
}

TEST_F(Query, NamesWhatTheSchemaLacks) {
    exec("CREATE TABLE present (n int)");
    for (const char* sql :
         {"SELECT * FROM absent", "SELECT * FROM callctl.work", "SELECT absent FROM present"}) {
        try {
            exec(sql);
            ADD_FAILURE() << sql;
        } catch (const SqlError& error) {
            EXPECT_EQ(error.exit_code(), 8);
            EXPECT_EQ(error.hint(), "run callctl migrate") << sql;
        }
    }
}

TEST_F(Query, RefusesWritesInAReadOnlyTransaction) {
    Transaction transaction{connection(), Access::read_only};
    EXPECT_THROW(transaction.exec("CREATE TABLE t ()"), base::StoreError);
}

} // namespace
} // namespace callctl::pg
