#include "sim/bench.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace callctl::sim {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> statuses_sent(const Bench& bench) {
    std::vector<std::string> statuses;
    for (const auto& sent : bench.sender.to("/status")) {
        statuses.push_back(sent.field("CallStatus"));
    }
    return statuses;
}

Json outbound(const Json& more = Json::object()) {
    Json call{{"direction", "outbound"},
              {"status_callback_events", {"initiated", "ringing", "answered", "completed"}}};
    call.update(more);
    return call;
}

TEST(InboundCall, RingsUntilItsTwimlHasCome) {
    Bench bench;
    bench.sender.hold = true;
    const std::string sid = bench.place();
    EXPECT_EQ(bench.sender.sent.at(0).field("CallStatus"), "ringing");
    EXPECT_EQ(bench.sender.sent.at(0).field("Direction"), "inbound");
    EXPECT_EQ(bench.call(sid)["status"], "ringing");
    const Answer refused = bench.post("/Calls/" + sid + "/Recordings.json");
    EXPECT_EQ(refused.response.status, 400);
    EXPECT_EQ(json_of(refused)["code"], 21220);
    EXPECT_EQ(json_of(refused)["message"], "Requested resource is not eligible for recording");
    bench.sender.release(twiml_response("<Pause length=\"60\"/>"));
    EXPECT_EQ(bench.call(sid)["status"], "in-progress");
    EXPECT_EQ(bench.post("/Calls/" + sid + "/Recordings.json").response.status, 201);
}

TEST(InboundCall, GoesThroughRecordingStreamAndAction) {
    Bench bench;
    const std::string sid = bench.place({{"duration_ms", 20'000}});
    EXPECT_EQ(bench.call(sid)["status"], "in-progress");
    bench.advance(19s);
    EXPECT_TRUE(bench.sender.to("/stream_ended").empty());
    bench.advance(2s);
    EXPECT_EQ(bench.sender.to("/stream_ended").size(), 1U);
    const Json call = bench.call(sid);
    EXPECT_EQ(call["status"], "completed");
    EXPECT_EQ(call["duration"], "20");
    EXPECT_EQ(statuses_sent(bench), std::vector<std::string>{"completed"});
    const auto status = bench.sender.to("/status").at(0);
    EXPECT_EQ(status.field("CallDuration"), "20");
    EXPECT_EQ(status.field("Duration"), "1");
    EXPECT_EQ(status.field("CallbackSource"), "call-progress-events");
    EXPECT_EQ(status.field("SequenceNumber"), "0");
    EXPECT_EQ(status.field("Timestamp"), "Sun, 20 Sep 2026 08:53:40 +0000");
}

TEST(InboundCall, TellsOfItsEndOnlyWhateverIsSubscribed) {
    Bench bench;
    bench.place({{"status_callback_events", "initiated ringing answered completed"},
                 {"duration_ms", 2000}});
    bench.advance(30s);
    EXPECT_EQ(statuses_sent(bench), std::vector<std::string>{"completed"});
}

TEST(InboundCall, EndsUnansweredWhenTheCallerGivesUp) {
    Bench bench;
    const std::string sid = bench.place({{"outcome", "no-answer"}, {"ring_ms", 3000}});
    bench.advance(2s);
    EXPECT_EQ(bench.call(sid)["status"], "ringing");
    bench.advance(2s);
    EXPECT_EQ(bench.call(sid)["status"], "no-answer");
    EXPECT_TRUE(bench.call(sid)["duration"].is_null());
    EXPECT_TRUE(bench.state()["recordings"].empty());
}

TEST(InboundCall, EndsWhenTheCallerHangsUpAndStillAsksForTheAction) {
    Bench bench;
    const std::string sid = bench.place({{"duration_ms", 5000}, {"hang_up", "caller"}});
    bench.advance(6s);
    EXPECT_EQ(bench.call(sid)["status"], "completed");
    EXPECT_EQ(bench.sender.to("/stream_ended").at(0).field("CallStatus"), "completed");
}

TEST(OutboundCall, PassesThroughItsStates) {
    Bench bench;
    const std::string sid =
        bench.place(outbound({{"queue_ms", 1000}, {"ring_ms", 4000}, {"duration_ms", 10'000}}));
    EXPECT_EQ(bench.call(sid)["status"], "queued");
    EXPECT_TRUE(bench.call(sid)["start_time"].is_null());
    bench.advance(2s);
    EXPECT_EQ(bench.call(sid)["status"], "ringing");
    EXPECT_EQ(json_of(bench.post("/Calls/" + sid + "/Recordings.json"))["code"], 21220);
    EXPECT_TRUE(bench.sender.to("/voice").empty());
    bench.advance(4s);
    EXPECT_EQ(bench.call(sid)["status"], "in-progress");
    EXPECT_EQ(bench.sender.to("/voice").at(0).field("CallStatus"), "in-progress");
    EXPECT_EQ(bench.sender.to("/voice").at(0).field("Direction"), "outbound-api");
    bench.advance(11s);
    EXPECT_EQ(bench.call(sid)["status"], "completed");
    EXPECT_EQ(statuses_sent(bench),
              (std::vector<std::string>{"initiated", "ringing", "in-progress", "completed"}));
    EXPECT_EQ(bench.sender.to("/status").back().field("SequenceNumber"), "3");
}

struct Unanswered {
    const char* outcome;
    const char* sip;
};

class UnansweredCall : public testing::TestWithParam<Unanswered> {};

TEST_P(UnansweredCall, EndsInItsOwnWord) {
    Bench bench;
    const std::string sid = bench.place(outbound({{"outcome", GetParam().outcome}}));
    bench.advance(60s);
    EXPECT_EQ(bench.call(sid)["status"], GetParam().outcome);
    EXPECT_EQ(statuses_sent(bench).back(), GetParam().outcome);
    EXPECT_EQ(bench.sender.to("/status").back().field("SipResponseCode"), GetParam().sip);
    EXPECT_TRUE(bench.sender.to("/voice").empty());
    EXPECT_EQ(json_of(bench.post("/Calls/" + sid + "/Recordings.json"))["code"], 21220);
}

INSTANTIATE_TEST_SUITE_P(All, UnansweredCall,
                         testing::Values(Unanswered{"busy", "486"}, Unanswered{"no-answer", "487"},
                                         Unanswered{"failed", "404"},
                                         Unanswered{"canceled", "487"}));

TEST(OutboundCall, CanceledWhileQueuedTellsNobody) {
    Bench bench;
    const std::string sid = bench.place(outbound({{"queue_ms", 10'000}}));
    EXPECT_EQ(json_of(bench.post("/Calls/" + sid + ".json", {{"Status", "canceled"}}))["status"],
              "canceled");
    bench.advance(60s);
    EXPECT_TRUE(bench.sender.sent.empty());
}

TEST(OutboundCall, IsEndedByRest) {
    Bench bench;
    const std::string sid = bench.place(outbound());
    bench.advance(5s);
    EXPECT_EQ(json_of(bench.post("/Calls/" + sid + ".json", {{"Status", "completed"}}))["status"],
              "completed");
    EXPECT_EQ(json_of(bench.post("/Calls/" + sid + ".json", {{"Status", "completed"}}))["code"],
              21220);
}

TEST(Call, IsRedirectedOnlyWhileInProgress) {
    Bench bench;
    const std::string sid = bench.place(outbound({{"ring_ms", 4000}}));
    const Fields elsewhere{{"Url", "http://app.test/webhook/voice"}};
    const Answer refused = bench.post("/Calls/" + sid + ".json", elsewhere);
    EXPECT_EQ(json_of(refused)["message"], "Call is not in-progress. Cannot redirect.");
    bench.advance(5s);
    bench.twiml = "<Hangup/>";
    EXPECT_EQ(bench.post("/Calls/" + sid + ".json", elsewhere).response.status, 200);
    EXPECT_EQ(bench.call(sid)["status"], "completed");
}

TEST(Call, RunsInScaledTime) {
    Bench bench{20.0};
    const std::string sid = bench.place({{"duration_ms", 40'000}, {"processing_ms", 20'000}});
    bench.advance(1900ms);
    EXPECT_EQ(bench.call(sid)["status"], "in-progress");
    bench.advance(200ms);
    EXPECT_EQ(bench.call(sid)["duration"], "40");
    bench.advance(1s);
    EXPECT_EQ(bench.state()["recordings"][0]["status"], "completed");
    EXPECT_EQ(bench.state()["recordings"][0]["until_ms"], 40'000);
}

struct BadAnswer {
    const char* name;
    base::HttpResponse response;
    int code;
};

class ApplicationError : public testing::TestWithParam<BadAnswer> {};

TEST_P(ApplicationError, EndsTheCallAndIsNoted) {
    Bench bench;
    bench.sender.respond = [](const BenchSender::Sent&) { return GetParam().response; };
    const std::string sid = bench.place({{"status_callback", ""}});
    EXPECT_EQ(bench.call(sid)["status"], "in-progress");
    bench.advance(10s);
    EXPECT_EQ(bench.call(sid)["status"], "completed");
    EXPECT_EQ(bench.debugger_codes(), std::vector<int>{GetParam().code});
}

base::HttpResponse answer_of(int status, const char* type, std::string body) {
    return {.status = status, .headers = {{"Content-Type", type}}, .body = std::move(body)};
}

INSTANTIATE_TEST_SUITE_P(
    All, ApplicationError,
    testing::Values(
        BadAnswer{"ServerError", answer_of(500, "text/html", "oops"), 11200},
        BadAnswer{"Forbidden", answer_of(403, "text/plain", ""), 11200},
        BadAnswer{"PlainText", answer_of(200, "text/plain", "<Response/>"), 12300},
        BadAnswer{"NoType", answer_of(204, "", ""), 12300},
        BadAnswer{"Empty", answer_of(200, "text/xml", ""), 12100},
        BadAnswer{"NotClosed", answer_of(200, "text/xml", "<Response><Say>"), 12100},
        BadAnswer{"TwoRoots", answer_of(200, "text/xml", "<Response/><Response/>"), 12100},
        BadAnswer{"Doctype",
                  answer_of(200, "text/xml", "<!DOCTYPE r [<!ENTITY a \"b\">]><Response/>"), 12100},
        BadAnswer{"OtherRoot", answer_of(200, "text/xml", "<Twiml/>"), 12200},
        BadAnswer{"TooLarge",
                  answer_of(200, "text/xml",
                            "<Response><Say>" + std::string(65'536, 'x') + "</Say></Response>"),
                  11750}),
    [](const auto& row) { return row.param.name; });

TEST(ApplicationError, OfNoConnectionIsNoted) {
    Bench bench;
    bench.sender.respond = [](const BenchSender::Sent&) -> base::Result<base::HttpResponse> {
        return base::fail(base::ErrorKind::transient, "connect: refused");
    };
    const std::string sid = bench.place({{"status_callback", ""}});
    bench.advance(10s);
    EXPECT_EQ(bench.call(sid)["status"], "completed");
    EXPECT_EQ(bench.debugger_codes(), std::vector<int>{11205});
}

TEST(ApplicationError, IsAvertedByTheFallback) {
    Bench bench;
    const std::string sid = bench.place({{"voice_url", "http://app.test/broken"},
                                         {"fallback_url", "http://app.test/webhook/voice"}});
    EXPECT_EQ(bench.state()["recordings"].size(), 1U);
    EXPECT_EQ(bench.call(sid)["status"], "in-progress");
}

struct Warning {
    const char* name;
    const char* verbs;
    int code;
};

class TwimlWarning : public testing::TestWithParam<Warning> {};

TEST_P(TwimlWarning, IsNoted) {
    Bench bench;
    bench.twiml = GetParam().verbs;
    bench.place({{"status_callback", ""}});
    const auto codes = bench.debugger_codes();
    ASSERT_FALSE(codes.empty());
    EXPECT_EQ(codes.front(), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    All, TwimlWarning,
    testing::Values(
        Warning{"UnknownVerb", "<Recrod/><Pause/>", 12200},
        Warning{"UnknownAttribute", "<Pause lenght=\"3\"/>", 12200},
        Warning{"WrongPlace", "<Recording/><Pause/>", 12200},
        Warning{"RecordingChannels", "<Start><Recording channels=\"both\"/></Start><Pause/>",
                12200},
        Warning{"RecordingEvent",
                "<Start><Recording recordingStatusCallbackEvent=\"complete\"/></Start><Pause/>",
                13621},
        Warning{"PauseLength", "<Pause length=\"x\"/>", 13910},
        Warning{"DialTimeout", "<Dial timeout=\"soon\">+97231112222</Dial>", 13212},
        Warning{"StreamScheme", "<Connect><Stream url=\"https://a.test\"/></Connect>", 31922},
        Warning{"StreamQuery", "<Connect><Stream url=\"wss://a.test/x?y=1\"/></Connect>", 31923},
        Warning{"StreamTrack",
                "<Connect><Stream url=\"wss://a.test/x\" track=\"both_tracks\"/></Connect>",
                31941}),
    [](const auto& row) { return row.param.name; });

TEST(Twiml, IsKeptForLookingAt) {
    Bench bench;
    const std::string sid = bench.place();
    EXPECT_NE(bench.control("GET", "/calls/" + sid + "/twiml").response.body.find("<Start>"),
              std::string::npos);
}

TEST(Twiml, OfRejectNeverAnswers) {
    Bench bench;
    bench.twiml = "<Reject reason=\"busy\"/>";
    const std::string busy = bench.place();
    bench.twiml = "<Reject/>";
    const std::string rejected = bench.place();
    EXPECT_EQ(bench.call(busy)["status"], "busy");
    EXPECT_EQ(bench.call(rejected)["status"], "no-answer");
}

TEST(Twiml, RunsOnFromVerbToVerbAndEndsTheCallAtItsEnd) {
    Bench bench;
    bench.twiml = "<Say>hello</Say><Pause length=\"3\"/><Redirect>next</Redirect>";
    bench.sender.respond = [&, usual = bench.sender.respond](const BenchSender::Sent& sent) {
        return sent.request.url.ends_with("/webhook/next")
                   ? base::Result<base::HttpResponse>{twiml_response("<Pause length=\"2\"/>")}
                   : usual(sent);
    };
    const std::string sid = bench.place();
    bench.advance(3200ms);
    EXPECT_TRUE(bench.sender.to("/next").empty());
    bench.advance(200ms);
    EXPECT_EQ(bench.sender.to("/webhook/next").size(), 1U);
    EXPECT_EQ(bench.call(sid)["status"], "in-progress");
    bench.advance(2s);
    EXPECT_EQ(bench.call(sid)["status"], "completed");
}

TEST(Twiml, WithNothingAfterStartEndsTheCall) {
    Bench bench;
    bench.twiml = "<Start><Recording/></Start>";
    const std::string sid = bench.place();
    EXPECT_EQ(bench.call(sid)["status"], "completed");
}

TEST(Stream, ThatCannotBeReachedGoesStraightToTheAction) {
    Bench bench;
    bench.twiml = "<Connect action=\"/webhook/stream_ended\"><Stream url=\"wss://a.test/x\" "
                  "statusCallback=\"http://app.test/stream\"/></Connect>";
    bench.place({{"stream_fails", true}});
    EXPECT_EQ(bench.sender.to("/stream").at(0).field("StreamEvent"), "stream-error");
    EXPECT_EQ(bench.sender.to("http://app.test/webhook/stream_ended").size(), 1U);
}

TEST(Stream, TellsOfItsBeginningAndEndInIsoTime) {
    Bench bench;
    bench.twiml = "<Connect><Stream url=\"wss://a.test/x\" name=\"n\" "
                  "statusCallback=\"http://app.test/stream\"/></Connect>";
    const std::string sid = bench.place({{"duration_ms", 5000}});
    bench.advance(6s);
    const auto sent = bench.sender.to("/stream");
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].field("StreamEvent"), "stream-started");
    EXPECT_EQ(sent[1].field("StreamEvent"), "stream-stopped");
    EXPECT_EQ(sent[1].field("Timestamp"), "2026-09-20T08:53:25.000Z");
    EXPECT_EQ(sent[1].field("StreamName"), "n");
    EXPECT_EQ(bench.call(sid)["status"], "completed");
}

TEST(ConversationRelay, RefusesARecordingByRest) {
    Bench bench;
    bench.twiml = "<Connect><ConversationRelay url=\"wss://a.test/x\"/></Connect>";
    const std::string sid = bench.place();
    EXPECT_EQ(bench.call(sid)["status"], "in-progress");
    EXPECT_EQ(json_of(bench.post("/Calls/" + sid + "/Recordings.json"))["code"], 21220);
}

TEST(Dial, MakesAChildCallAndRecordsBoth) {
    Bench bench;
    bench.twiml =
        "<Dial record=\"record-from-answer-dual\" answerOnBridge=\"true\">+97239998877</Dial>";
    const std::string sid = bench.place({{"duration_ms", 10'000}});
    EXPECT_EQ(bench.call(sid)["status"], "ringing");
    bench.advance(2s);
    EXPECT_EQ(bench.call(sid)["status"], "in-progress");
    bench.advance(20s);
    const Json calls = json_of(bench.get("/Calls.json?ParentCallSid=" + sid))["calls"];
    ASSERT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0]["direction"], "outbound-dial");
    EXPECT_EQ(calls[0]["to"], "+97239998877");
    EXPECT_EQ(calls[0]["status"], "completed");
    const Json recording = bench.state()["recordings"][0];
    EXPECT_EQ(recording["source"], "DialVerb");
    EXPECT_EQ(recording["channels"], 2);
    EXPECT_EQ(recording["call_sid"], sid);
}

} // namespace
} // namespace callctl::sim
