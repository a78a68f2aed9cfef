// The pipeline on the table of an application that was there first.
#include "e2e/end_to_end_test.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace callctl::e2e {
namespace {

using testing::HasSubstr;

// Of generation M: a column that needs a value, and a CHECK that does not know `skipped`.
class AdoptedHost : public EndToEndTest {
  protected:
    void SetUp() override {
        EndToEndTest::SetUp();
        exec_script("DROP SCHEMA callctl CASCADE; DROP TABLE call_log CASCADE");
        exec_file("host_m.sql");
        exec_script("INSERT INTO business (name) VALUES ('garage')");
        const std::string file = m_folder->path("callctl.toml");
        std::ofstream{file} << "[call_log.defaults]\nbusiness_id = 1\n";
        m_environment["CALLCTL_CONFIG"] = file;
    }

    /// As adopting it tells, until nothing is in the way.
    void adopt() {
        const Json told = Json::parse(run({"migrate", "--adopt", "--dry-run", "--json"}).out);
        for (const Json& obstacle : told["adoption"]["obstacles"]) {
            exec_script(obstacle["fix"]);
        }
        const Finished adopted = run({"migrate", "--adopt", "--yes"});
        ASSERT_EQ(adopted.code, 0) << adopted.out << adopted.err;
    }
    /// What doctor says of the table.
    Json doctor() {
        Json said = Json::array();
        const Json report = Json::parse(run({"doctor", "--json"}).out);
        for (const Json& check : report["checks"]) {
            if (check["name"] == "call_log") {
                said.push_back(check);
            }
        }
        return said;
    }
};

TEST_F(AdoptedHost, HasItsCallsCompletedAndItsUnansweredOnesSkipped) {
    adopt();
    serve();
    const std::string in = place(inbound());
    const std::string out = place(outbound());
    const std::string unanswered = place(outbound({{"outcome", "no-answer"}}));
    EXPECT_TRUE(reaches(in, k_all_done)) << story(in);
    EXPECT_TRUE(reaches(out, k_all_done)) << story(out);
    EXPECT_TRUE(reaches(unanswered, k_all_skipped)) << story(unanswered);
    EXPECT_EQ(row(in, "business_id"), "1");
}

TEST_F(AdoptedHost, IsLookedAtByDoctorForWhatItsOwnMigrationsChange) {
    adopt();
    const Json well = doctor();
    ASSERT_EQ(well.size(), 1U) << well;
    EXPECT_EQ(well[0]["health"], "ok") << well;

    exec_script("ALTER TABLE call_log DROP CONSTRAINT chk_summary_status, ADD CONSTRAINT "
                "chk_summary_status CHECK (summary_status IN ('pending', 'processing', "
                "'completed', 'failed')), ADD COLUMN tenant int NOT NULL DEFAULT 1;"
                "ALTER TABLE call_log ALTER tenant DROP DEFAULT");
    const Json changed = doctor();
    ASSERT_EQ(changed.size(), 2U) << changed;
    EXPECT_THAT(changed[0]["detail"].get<std::string>(), HasSubstr("column tenant"));
    EXPECT_THAT(changed[0]["fix"].get<std::string>(), HasSubstr("[call_log.defaults]"));
    EXPECT_THAT(changed[1]["detail"].get<std::string>(), HasSubstr("chk_summary_status"));
    exec_script(changed[1]["fix"]);
    std::ofstream{m_folder->path("callctl.toml"), std::ios::app} << "tenant = 1\n";
    EXPECT_EQ(doctor(), well);
}

} // namespace
} // namespace callctl::e2e
