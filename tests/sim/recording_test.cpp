#include "sim/bench.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

using namespace std::chrono_literals;

constexpr const char* k_paused = "<Pause length=\"600\"/>";

Fields dual() {
    return {{"RecordingChannels", "dual"},
            {"Trim", "do-not-trim"},
            {"RecordingStatusCallback", "http://app.test/webhook/recording"},
            {"RecordingStatusCallbackEvent", "in-progress completed absent"}};
}

std::vector<std::string> events_sent(const Bench& bench) {
    std::vector<std::string> events;
    for (const auto& sent : bench.sender.to("/recording")) {
        events.push_back(sent.field("RecordingStatus"));
    }
    return events;
}

TEST(TwimlRecording, StartsDualAtTheAnswer) {
    Bench bench;
    const std::string sid = bench.place({{"duration_ms", 10'000}});
    const Json list = json_of(bench.get("/Calls/" + sid + "/Recordings.json"));
    ASSERT_EQ(list["recordings"].size(), 1U);
    const Json recording = list["recordings"][0];
    EXPECT_EQ(recording["source"], "StartCallRecordingTwiML");
    EXPECT_EQ(recording["channels"], 2);
    EXPECT_EQ(recording["start_time"], bench.call(sid)["start_time"]);
}

TEST(TwimlRecording, IsTrimmedUnlessToldNotTo) {
    Bench bench;
    bench.twiml = "<Start><Recording/></Start><Pause length=\"600\"/>";
    bench.place({{"dialogue", "he-appointment"}, {"duration_ms", 60'000}});
    bench.advance(120s);
    const Json recording = bench.state()["recordings"][0];
    EXPECT_EQ(recording["status"], "completed");
    EXPECT_LT(recording["until_ms"], 40'000);
}

TEST(RestRecording, AnswersInProgressWithEveryField) {
    Bench bench;
    bench.twiml = k_paused;
    const std::string sid = bench.place();
    const Answer answer = bench.post("/Calls/" + sid + "/Recordings.json", dual());
    EXPECT_EQ(answer.response.status, 201);
    const Json body = json_of(answer);
    EXPECT_EQ(body["status"], "in-progress");
    EXPECT_EQ(body["source"], "StartCallRecordingAPI");
    EXPECT_EQ(body["channels"], 2);
    EXPECT_EQ(body["track"], "both");
    EXPECT_EQ(body["call_sid"], sid);
    EXPECT_EQ(body["account_sid"], k_account);
    EXPECT_EQ(body["api_version"], "2010-04-01");
    for (const char* const empty : {"conference_sid", "duration", "price", "price_unit",
                                    "error_code", "encryption_details"}) {
        EXPECT_TRUE(body.at(empty).is_null()) << empty;
    }
    EXPECT_EQ(body["uri"], std::string{"/2010-04-01/Accounts/"} + k_account + "/Calls/" + sid +
                               "/Recordings/" + body["sid"].get<std::string>() + ".json");
    EXPECT_FALSE(body.contains("media_url"));
    EXPECT_EQ(events_sent(bench), std::vector<std::string>{"in-progress"});
}

TEST(RestRecording, IsMonoAndTellsOnlyOfCompletionByDefault) {
    Bench bench;
    bench.twiml = k_paused;
    const std::string sid = bench.place({{"duration_ms", 10'000}});
    const Json body =
        json_of(bench.post("/Calls/" + sid + "/Recordings.json",
                           {{"RecordingStatusCallback", "http://app.test/webhook/recording"}}));
    EXPECT_EQ(body["channels"], 1);
    bench.advance(30s);
    EXPECT_EQ(events_sent(bench), std::vector<std::string>{"completed"});
}

TEST(RestRecording, StartedTwiceIsOneRecording) {
    Bench bench;
    bench.twiml = k_paused;
    const std::string sid = bench.place();
    const Json first = json_of(bench.post("/Calls/" + sid + "/Recordings.json", dual()));
    const Answer second = bench.post("/Calls/" + sid + "/Recordings.json", dual());
    EXPECT_EQ(second.response.status, 200);
    EXPECT_EQ(json_of(second)["sid"], first["sid"]);
    EXPECT_EQ(bench.state()["recordings"].size(), 1U);
}

TEST(RestRecording, StartedTwiceMayNameAPhantom) {
    Bench bench;
    bench.twiml = k_paused;
    bench.control("POST", "/settings", {{"phantom_on_second_start", true}});
    const std::string sid = bench.place();
    const Json first = json_of(bench.post("/Calls/" + sid + "/Recordings.json", dual()));
    const Json second = json_of(bench.post("/Calls/" + sid + "/Recordings.json", dual()));
    EXPECT_NE(second["sid"], first["sid"]);
    EXPECT_EQ(
        bench.get("/Recordings/" + second["sid"].get<std::string>() + ".json").response.status,
        404);
    EXPECT_EQ(bench.state()["recordings"].size(), 1U);
}

TEST(RestRecording, BesideAnotherMethodIsASecondBilledOne) {
    Bench bench;
    const std::string sid = bench.place({{"duration_ms", 10'000}});
    EXPECT_EQ(bench.post("/Calls/" + sid + "/Recordings.json", dual()).response.status, 201);
    bench.advance(30s);
    EXPECT_EQ(bench.state()["recordings"].size(), 2U);
    EXPECT_EQ(bench.state()["bills"]["recordings"], 2);
}

TEST(Recording, IsProcessingToAPlainGetFromItsBeginningOn) {
    Bench bench;
    const std::string sid = bench.place({{"duration_ms", 10'000}, {"processing_ms", 5000}});
    const std::string recording = bench.state()["recordings"][0]["recording_sid"];
    const auto status = [&] {
        return json_of(bench.get("/Recordings/" + recording + ".json"))["status"];
    };
    EXPECT_EQ(status(), "processing");
    bench.advance(12s);
    EXPECT_EQ(bench.call(sid)["status"], "completed");
    EXPECT_EQ(status(), "processing");
    bench.advance(4s);
    const Json whole = json_of(bench.get("/Recordings/" + recording + ".json"));
    EXPECT_EQ(whole["status"], "completed");
    EXPECT_EQ(whole["duration"], "10");
    EXPECT_TRUE(whole["price"].is_null());
    EXPECT_TRUE(whole["media_url"].get<std::string>().ends_with("/Recordings/" + recording));
}

struct AbsentCase {
    const char* name;
    Json plan;
    int code;
};

class AbsentRecording : public testing::TestWithParam<AbsentCase> {};

TEST_P(AbsentRecording, SaysWhy) {
    Bench bench;
    bench.control("POST", "/settings", {{"delete_silent", true}});
    bench.place(GetParam().plan);
    bench.advance(60s);
    EXPECT_EQ(events_sent(bench), (std::vector<std::string>{"in-progress", "absent"}));
    const auto sent = bench.sender.to("/recording").at(1);
    EXPECT_EQ(sent.field("ErrorCode"), std::to_string(GetParam().code));
    const Json body = json_of(bench.get("/Recordings/" + sent.field("RecordingSid") + ".json"));
    EXPECT_EQ(body["status"], "absent");
    EXPECT_EQ(body["error_code"].is_null() ? 0 : body["error_code"].get<int>(), GetParam().code);
    EXPECT_EQ(bench.get("/Recordings/" + sent.field("RecordingSid") + ".wav").response.status, 404);
    EXPECT_EQ(bench.state()["bills"]["recordings"], 0);
}

INSTANTIATE_TEST_SUITE_P(
    All, AbsentRecording,
    testing::Values(AbsentCase{"TooShort", {{"duration_ms", 400}}, 16101},
                    AbsentCase{"TooShortByPlan", {{"recording", "too_short"}}, 16101},
                    AbsentCase{"Silent", {{"dialogue", "silent"}}, 16102},
                    AbsentCase{"SilentByPlan", {{"recording", "silent"}}, 16102},
                    AbsentCase{"SystemError", {{"recording", "system_error"}}, 0}),
    [](const auto& row) { return row.param.name; });

TEST(Recording, ThatCannotBeEncryptedFails) {
    Bench bench;
    bench.twiml = "<Start><Recording recordingStatusCallback=\"http://app.test/webhook/recording\" "
                  "recordingStatusCallbackEvent=\"failed\"/></Start><Pause length=\"60\"/>";
    bench.place({{"recording", "encryption_failed"}, {"duration_ms", 5000}});
    bench.advance(60s);
    EXPECT_EQ(bench.sender.to("/recording").at(0).field("ErrorCode"), "16104");
}

TEST(Recording, IsStoppedByName) {
    Bench bench;
    bench.twiml = "<Start><Recording name=\"a\" trim=\"do-not-trim\"/></Start><Pause length=\"4\"/>"
                  "<Stop><Recording name=\"a\"/></Stop><Pause length=\"60\"/>";
    bench.place({{"duration_ms", 20'000}});
    bench.advance(40s);
    EXPECT_EQ(bench.state()["recordings"][0]["until_ms"], 4000);
}

TEST(Recording, OfANameIsOneInItsCall) {
    Bench bench;
    bench.twiml = "<Start><Recording name=\"a\"/></Start><Pause length=\"4\"/>"
                  "<Start><Recording name=\"a\"/></Start><Pause length=\"60\"/>";
    bench.place({{"duration_ms", 20'000}});
    bench.advance(40s);
    EXPECT_EQ(bench.state()["recordings"].size(), 1U);
}

TEST(Recording, IsStoppedByRest) {
    Bench bench;
    const std::string sid = bench.place({{"duration_ms", 20'000}});
    bench.advance(5s);
    const Answer stopped =
        bench.post("/Calls/" + sid + "/Recordings/Twilio.CURRENT.json", {{"Status", "stopped"}});
    EXPECT_EQ(json_of(stopped)["status"], "stopped");
    bench.advance(40s);
    EXPECT_EQ(bench.state()["recordings"][0]["until_ms"], 5000);
    const std::string recording = bench.state()["recordings"][0]["recording_sid"];
    EXPECT_EQ(json_of(bench.post("/Calls/" + sid + "/Recordings/" + recording + ".json",
                                 {{"Status", "stopped"}}))["code"],
              21220);
}

TEST(Recording, CurrentIsRefusedWhereThereAreTwo) {
    Bench bench;
    const std::string sid = bench.place();
    bench.post("/Calls/" + sid + "/Recordings.json", dual());
    const Answer refused =
        bench.post("/Calls/" + sid + "/Recordings/Twilio.CURRENT.json", {{"Status", "stopped"}});
    EXPECT_EQ(json_of(refused)["code"], 16108);
}

TEST(Recording, IsDeletedOnlyOnceItIsComplete) {
    Bench bench;
    bench.place({{"duration_ms", 5000}});
    const std::string path =
        "/Recordings/" + bench.state()["recordings"][0]["recording_sid"].get<std::string>();
    const auto remove = [&] {
        return bench.request("DELETE",
                             std::string{"/2010-04-01/Accounts/"} + k_account + path + ".json",
                             {{"Authorization", basic(k_account, k_token)}});
    };
    EXPECT_EQ(remove().response.status, 409);
    bench.advance(30s);
    EXPECT_EQ(remove().response.status, 204);
    EXPECT_EQ(bench.get(path + ".wav").response.status, 404);
    EXPECT_EQ(bench.get(path + ".json").response.status, 404);
    EXPECT_TRUE(json_of(bench.get("/Recordings.json"))["recordings"].empty());
    const Json all = json_of(bench.get("/Recordings.json?IncludeSoftDeleted=true"))["recordings"];
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0]["status"], "deleted");
}

TEST(Recording, IsPausedAndResumed) {
    Bench bench;
    const std::string sid = bench.place();
    const auto update = [&](const char* status) {
        return json_of(bench.post("/Calls/" + sid + "/Recordings/Twilio.CURRENT.json",
                                  {{"Status", status}}))["status"];
    };
    EXPECT_EQ(update("paused"), "paused");
    EXPECT_EQ(update("in-progress"), "in-progress");
    EXPECT_EQ(update("broken"), 422);
}

TEST(RecordVerb, KeepsTheCallUntilItsLengthAndAsksForItsAction) {
    Bench bench;
    bench.twiml = "<Record maxLength=\"4\" action=\"stream_ended\" trim=\"do-not-trim\"/>";
    const std::string sid = bench.place({{"duration_ms", 20'000}});
    bench.advance(5s);
    EXPECT_EQ(bench.sender.to("http://app.test/webhook/stream_ended").size(), 1U);
    EXPECT_EQ(bench.call(sid)["status"], "completed");
    bench.advance(5s);
    const Json recording = bench.state()["recordings"][0];
    EXPECT_EQ(recording["source"], "RecordVerb");
    EXPECT_EQ(recording["channels"], 1);
    EXPECT_EQ(recording["until_ms"], 4000);
}

TEST(WholeCallRecording, IsMonoAndInTheCallsOwnCallback) {
    Bench bench;
    bench.twiml = k_paused;
    bench.place({{"direction", "outbound"}, {"record", true}, {"duration_ms", 10'000}});
    bench.advance(60s);
    const Json recording = bench.state()["recordings"][0];
    EXPECT_EQ(recording["source"], "OutboundAPI");
    EXPECT_EQ(recording["channels"], 1);
    EXPECT_EQ(bench.sender.to("/status").back().field("RecordingSid"), recording["recording_sid"]);
}

} // namespace
} // namespace callctl::sim
