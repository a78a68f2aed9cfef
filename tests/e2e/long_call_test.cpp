// Calls of hours: what is said comes back in order, and is paid for once whoever dies over it.
#include "e2e/end_to_end_test.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <map>
#include <random>
#include <set>
#include <sstream>

namespace callctl::e2e {
namespace {

constexpr std::int64_t k_minute_micros = 4500;

class LongCall : public EndToEndTest {
  protected:
    LongCall() { m_time_scale = 10'000.0; }

    void SetUp() override {
        EndToEndTest::SetUp();
        m_folder->write("callctl.toml", "[price.\"gpt-transcribe\"]\naudio_minute = 0.0045\n");
        m_environment["CALLCTL_CONFIG"] = m_folder->path("callctl.toml");
        m_environment["CALLCTL_TRANSCRIPT_MODEL"] = "gpt-transcribe";
        m_environment["CALLCTL_TRANSCRIPT_RESPONSE_FORMAT"] = "json";
    }

    // Of the one call there is.
    [[nodiscard]] Json bills(std::string_view what) {
        Json list = Json::array();
        for (const Json& bill : sim("GET", "/bills")) {
            if (bill["what"] == what) {
                list.push_back(bill);
            }
        }
        return list;
    }

    // A worker that is killed once it has had so many more answers paid for.
    void work_and_die(std::string_view what, std::size_t answers) {
        const std::size_t before = bills(what).size();
        const auto worker = start({"reconcile", "--max-runtime", "5m"});
        ASSERT_TRUE(eventually([&] { return bills(what).size() >= before + answers; }, 4min))
            << worker->err();
        worker->signal(SIGKILL);
        worker->wait();
        let_leases_run_out();
        let_pauses_pass();
    }

    [[nodiscard]] Json document_of(const std::string& sid) {
        return Json::parse(value("SELECT a.document FROM callctl.artefact a"
                                 " JOIN callctl.work USING (call_id)"
                                 " WHERE call_sid = $1 AND a.stage = 'transcript'",
                                 {pg::param(sid)}));
    }
};

// The words of a channel, one after the other.
std::string words_of(const Json& turns, int channel) {
    std::string words;
    for (const Json& turn : turns) {
        if (turn["channel"] == channel) {
            words += (words.empty() ? "" : " ") + turn["text"].get<std::string>();
        }
    }
    return words;
}

// How far the nearest turn of the truth on that channel begins from `start_ms`.
double distance_to(const Json& truth, int channel, double start_ms) {
    double nearest = 1e9;
    for (const Json& turn : truth) {
        if (turn["channel"] == channel) {
            nearest = std::min(nearest, std::abs(turn["start_ms"].get<double>() - start_ms));
        }
    }
    return nearest;
}

TEST_F(LongCall, ComesBackInOrderWithTheTimesOfItsTurns) {
    const std::string sid = ended_call(inbound({{"dialogue", "en-long-30"}}));
    const Finished pass = run({"reconcile", "--until-idle", "--max-runtime", "5m"});
    ASSERT_EQ(standing(sid), k_all_done) << pass.out << pass.err << story(sid);
    const Json truth = sim("GET", "/calls/" + sid + "/truth");
    const Json document = document_of(sid);
    EXPECT_EQ(document["dropped"], Json::array());
    double last = 0.0;
    for (const Json& turn : document["turns"]) {
        const double start_ms = turn["start"].get<double>() * 1000.0;
        EXPECT_GE(start_ms, last);
        last = start_ms;
        EXPECT_LE(distance_to(truth["turns"], turn["channel"], start_ms), 300.0) << turn;
    }
    for (const int channel : {0, 1}) {
        EXPECT_EQ(words_of(document["turns"], channel), words_of(truth["turns"], channel));
    }
}

TEST_F(LongCall, CostsEachPieceOnceThoughItsWorkerIsKilledTenTimes) {
    const std::string sid = ended_call(inbound({{"dialogue", "en-long-90"}}));
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    constexpr std::size_t k_kills = 10;
    for (std::size_t i = 0; i < k_kills; ++i) {
        work_and_die("transcription", std::uniform_int_distribution<std::size_t>{1, 40}(random));
    }
    const Finished pass = run({"reconcile", "--until-idle", "--max-runtime", "5m"});
    ASSERT_EQ(standing(sid), k_all_done) << pass.out << pass.err << story(sid);

    std::map<std::string, std::size_t> times_paid;
    std::map<std::string, std::int64_t> seconds;
    for (const Json& bill : bills("transcription")) {
        ++times_paid[bill["sha256"]];
        seconds[bill["sha256"]] = bill["seconds"];
    }
    std::size_t again = 0;
    std::int64_t cost = 0;
    for (const auto& [hash, times] : times_paid) {
        again += times - 1;
        cost += (seconds[hash] * k_minute_micros + 59) / 60;
    }
    EXPECT_GT(times_paid.size(), 10 * k_kills) << "the kills fell into the middle of the work";
    EXPECT_LE(again, k_kills) << "at most the piece in flight at each kill";
    EXPECT_EQ(value("SELECT sum(cost_micros) FROM callctl.attempt JOIN callctl.work USING (call_id)"
                    " WHERE call_sid = $1 AND callctl.attempt.stage = 'transcript'",
                    {pg::param(sid)}),
              std::to_string(cost));
    EXPECT_EQ(value("SELECT count(*) FROM callctl.piece"), "0") << "they go with the artefact";
}

TEST_F(LongCall, IsSummarisedInPartsOfWhichEachIsPaidOnceThoughItsWorkerIsKilled) {
    m_environment["CALLCTL_SUMMARY_CONTEXT_TOKENS"] = "6000";
    const std::string sid = ended_call(inbound({{"dialogue", "en-long-90"}}));
    // Slow enough for the kill to fall between two parts.
    fault({{"where", "summary"}, {"kind", "slow"}, {"delay_ms", 200}});
    constexpr std::size_t k_kills = 3;
    for (std::size_t i = 0; i < k_kills; ++i) {
        work_and_die("summary", 2);
        EXPECT_NE(row(sid, "summary_status"), "completed");
    }
    end_faults();
    const Finished pass = run({"reconcile", "--until-idle", "--max-runtime", "5m"});
    ASSERT_EQ(standing(sid), k_all_done) << pass.out << pass.err << story(sid);

    std::map<std::string, std::size_t> times_paid;
    for (const Json& bill : bills("summary")) {
        ++times_paid[bill["sha256"]];
    }
    EXPECT_GT(times_paid.size(), 2 * k_kills) << "parts, and all of them together";
    EXPECT_LE(bills("summary").size(), times_paid.size() + k_kills) << "the one in flight";
    EXPECT_EQ(value("SELECT count(*) FROM callctl.piece"), "0") << "they go with the artefact";
}

TEST_F(LongCall, IsNotBegunOnceTheMoneyOfThePassIsSpent) {
    const Finished unpriced = run({"reconcile", "--max-cost", "1"});
    EXPECT_EQ(unpriced.code, 2);
    EXPECT_THAT(unpriced.err, testing::HasSubstr("has no price"));

    const std::string model = m_environment.at("CALLCTL_SUMMARY_MODEL");
    m_folder->write("callctl.toml", "[price.\"gpt-transcribe\"]\naudio_minute = 0.0045\n"
                                    "[price.\"" +
                                        model + "\"]\ninput_million = 1\noutput_million = 2\n");
    ended_call(inbound());
    ended_call(inbound());
    const Json planned = Json::parse(run({"reconcile", "--dry-run", "--json"}).out);
    EXPECT_EQ(planned["planned"].size(), 2U);
    EXPECT_GT(planned["audio_ms"].get<std::int64_t>(), 0);
    EXPECT_GT(planned["cost_micros"].get<std::int64_t>(), 0);
    const Finished pass = run({"reconcile", "--max-cost", "0.000001", "--concurrency", "1"});
    EXPECT_EQ(pass.code, 0) << pass.err;
    EXPECT_THAT(pass.out, testing::AllOf(testing::HasSubstr("drove 1:"),
                                         testing::HasSubstr("--max-cost reached")));
}

} // namespace
} // namespace callctl::e2e
