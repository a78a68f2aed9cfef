#include "sim/bench.hpp"
#include "sim/faults.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

using namespace std::chrono_literals;

Fault fault_at(const std::string& where, FaultKind kind) {
    Fault fault;
    fault.where = where;
    fault.kind = kind;
    return fault;
}

bool strikes(Faults& faults, std::string_view where, const Subject& subject = {}) {
    return faults.strike(where, subject).has_value();
}

TEST(Faults, StrikeTheirPlaceAndWhatIsBelowIt) {
    Faults faults{1};
    ASSERT_TRUE(faults.add(fault_at("callback.recording", FaultKind::drop)));
    EXPECT_TRUE(strikes(faults, "callback.recording.completed"));
    EXPECT_TRUE(strikes(faults, "callback.recording.absent"));
    EXPECT_FALSE(strikes(faults, "callback.call.completed"));
    EXPECT_FALSE(strikes(faults, "twilio.create_recording"));
}

TEST(Faults, LetSomePassAndStopAfterSome) {
    Faults faults{1};
    Fault fault = fault_at("media", FaultKind::not_ready);
    fault.skip = 2;
    fault.times = 1;
    ASSERT_TRUE(faults.add(fault));
    EXPECT_FALSE(strikes(faults, "media"));
    EXPECT_FALSE(strikes(faults, "media"));
    EXPECT_TRUE(strikes(faults, "media"));
    EXPECT_FALSE(strikes(faults, "media"));
}

TEST(Faults, StrikeOneCallOrWhatMatches) {
    Faults faults{1};
    Fault fault = fault_at("summary", FaultKind::refusal);
    fault.match = "needle";
    ASSERT_TRUE(faults.add(fault));
    fault = fault_at("twilio.get_call", FaultKind::stale);
    fault.call_sid = "CA1";
    ASSERT_TRUE(faults.add(fault));
    EXPECT_FALSE(strikes(faults, "summary", {.body = "hay"}));
    EXPECT_TRUE(strikes(faults, "summary", {.body = "hay needle hay"}));
    EXPECT_FALSE(strikes(faults, "twilio.get_call", {.call_sid = "CA2"}));
    EXPECT_TRUE(strikes(faults, "twilio.get_call", {.call_sid = "CA1"}));
}

std::string pattern(std::uint64_t seed, bool backwards) {
    Faults faults{seed};
    Fault fault = fault_at("callback.call.completed", FaultKind::drop);
    fault.probability = 0.5;
    EXPECT_TRUE(faults.add(fault));
    std::string struck(64, ' ');
    for (std::uint32_t i = 0; i < 64; ++i) {
        const std::uint32_t call = backwards ? 64 - i : i + 1;
        struck[call - 1] =
            strikes(faults, "callback.call.completed", {.ordinal = call}) ? 'x' : '.';
    }
    return struck;
}

TEST(Faults, FallTheSameWayInAnyOrderOfCalls) {
    EXPECT_EQ(pattern(1, false), pattern(1, true));
    EXPECT_NE(pattern(1, false), pattern(2, false));
    const auto struck = std::ranges::count(pattern(1, false), 'x');
    EXPECT_GT(struck, 16);
    EXPECT_LT(struck, 48);
}

TEST(Faults, RefuseUnknownPlacesAndImpossibleKinds) {
    Faults faults{1};
    EXPECT_FALSE(faults.add(fault_at("twilio.fax", FaultKind::status)));
    EXPECT_FALSE(faults.add(fault_at("", FaultKind::status)));
    EXPECT_FALSE(faults.add(fault_at("media", FaultKind::drop)));
    EXPECT_FALSE(faults.add(fault_at("callback.voice", FaultKind::status)));
    EXPECT_TRUE(faults.add(fault_at("twilio.callback.voice", FaultKind::drop)));
    EXPECT_TRUE(faults.add(fault_at("twilio", FaultKind::status)));
}

TEST(RequestFault, IsInTwiliosWords) {
    Bench bench;
    const std::string sid = bench.place();
    bench.fault({{"where", "twilio"},
                 {"kind", "status"},
                 {"status", 429},
                 {"retry_after", 3},
                 {"times", 1}});
    const Answer busy = bench.get("/Calls/" + sid + ".json");
    EXPECT_EQ(busy.response.status, 429);
    EXPECT_EQ(json_of(busy)["code"], 20429);
    EXPECT_EQ(json_of(busy)["message"], "Too Many Requests");
    EXPECT_EQ(base::find_header(busy.response.headers, "Retry-After"), "3");
    bench.fault({{"where", "twilio"}, {"kind", "status"}, {"status", 503}});
    EXPECT_EQ(json_of(bench.get("/Calls.json"))["code"], 20503);
}

TEST(RequestFault, RefusesAStartWithoutOrWithItsEffect) {
    Bench bench;
    bench.twiml = "<Pause length=\"60\"/>";
    const std::string sid = bench.place();
    bench.fault(
        {{"where", "twilio.create_recording"}, {"kind", "status"}, {"status", 400}, {"times", 1}});
    const Answer refused = bench.post("/Calls/" + sid + "/Recordings.json");
    EXPECT_EQ(json_of(refused)["code"], 21220);
    EXPECT_TRUE(bench.state()["recordings"].empty());
    bench.fault({{"where", "twilio.create_recording"},
                 {"kind", "reset"},
                 {"after_effect", true},
                 {"times", 1}});
    EXPECT_EQ(bench.post("/Calls/" + sid + "/Recordings.json").arrival, Arrival::reset);
    EXPECT_EQ(bench.state()["recordings"].size(), 1U);
}

struct Shape {
    const char* kind;
    int status;
    Arrival arrival;
    const char* content_type;
};

class BrokenAnswer : public testing::TestWithParam<Shape> {};

TEST_P(BrokenAnswer, IsAnsweredAsTold) {
    Bench bench;
    bench.fault({{"where", "twilio.list_calls"}, {"kind", GetParam().kind}});
    const Answer answer = bench.get("/Calls.json");
    EXPECT_EQ(answer.arrival, GetParam().arrival);
    if (GetParam().status != 0) {
        EXPECT_EQ(answer.response.status, GetParam().status);
        EXPECT_EQ(answer.response.content_type, GetParam().content_type);
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenAnswer,
    testing::Values(Shape{"html", 502, Arrival::whole, "text/html"},
                    Shape{"empty", 200, Arrival::whole, ""},
                    Shape{"truncated", 200, Arrival::truncated, "application/json"},
                    Shape{"reset", 0, Arrival::reset, ""}, Shape{"timeout", 0, Arrival::never, ""}),
    [](const auto& row) { return row.param.kind; });

TEST(BrokenAnswer, ThatIsSlowComesAfterItsDelay) {
    Bench bench;
    bench.fault({{"where", "twilio.list_calls"}, {"kind", "slow"}, {"delay_ms", 5000}});
    std::optional<Answer> answer;
    bench.simulator.handle(
        {.method = "GET",
         .target = std::string{"/2010-04-01/Accounts/"} + k_account + "/Calls.json",
         .headers = {{"Authorization", basic(k_account, k_token)}}},
        [&](Answer made) { answer = std::move(made); });
    bench.advance(4s);
    EXPECT_FALSE(answer);
    bench.advance(2s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->response.status, 200);
}

TEST(RequestFault, MaySayAnythingUnderAnyType) {
    Bench bench;
    bench.fault(
        {{"where", "models"},
         {"kind", "status"},
         {"status", 422},
         {"body", R"({"detail":[{"msg":"field required"}]})"},
         {"headers", {{"content-type", "application/problem+json"}, {"x-should-retry", "false"}}}});
    const Answer answer =
        bench.request("GET", "/v1/models", {{"Authorization", "Bearer sk-sim-0123456789"}});
    EXPECT_EQ(answer.response.status, 422);
    EXPECT_EQ(answer.response.content_type, "application/problem+json");
    EXPECT_EQ(base::find_header(answer.response.headers, "x-should-retry"), "false");
    EXPECT_EQ(json_of(answer)["detail"][0]["msg"], "field required");
}

TEST(StaleRead, ShowsTheStatusBefore) {
    Bench bench;
    const std::string sid = bench.place({{"duration_ms", 2000}});
    bench.advance(5s);
    bench.fault({{"where", "twilio.get_call"}, {"kind", "stale"}, {"times", 1}});
    const Json stale = bench.call(sid);
    EXPECT_EQ(stale["status"], "in-progress");
    EXPECT_TRUE(stale["end_time"].is_null());
    EXPECT_EQ(bench.call(sid)["status"], "completed");
}

TEST(Control, RefusesWhatItDoesNotUnderstand) {
    Bench bench;
    const auto status = [&](const std::string& path, const Json& body) {
        return bench.control("POST", path, body).response.status;
    };
    const Json call{{"voice_url", "http://app.test/voice"}};
    const auto with = [&](const char* name, const Json& value) {
        Json more = call;
        more[name] = value;
        return more;
    };
    EXPECT_EQ(status("/calls", call), 201);
    EXPECT_EQ(status("/calls", Json::object()), 400);
    EXPECT_EQ(status("/calls", with("duraton_ms", 1)), 400);
    EXPECT_EQ(status("/calls", with("duration_ms", "1")), 400);
    EXPECT_EQ(status("/calls", with("dialogue", "klingon")), 400);
    EXPECT_EQ(status("/calls", with("outcome", "great")), 400);
    EXPECT_EQ(status("/calls", with("call_sid", "CA12")), 400);
    EXPECT_EQ(status("/calls", Json::array()), 400);
    EXPECT_EQ(status("/faults", {{"where", "media"}, {"kind", "melt"}}), 400);
    EXPECT_EQ(status("/faults", {{"where", "mars"}, {"kind", "status"}}), 400);
    EXPECT_EQ(status("/faults", {{"where", "media"}, {"kind", "status"}, {"time", 1}}), 400);
    EXPECT_EQ(status("/faults", {{"where", "media"}, {"kind", "status"}, {"probability", 2}}), 400);
    EXPECT_EQ(status("/faults", "no object"), 400);
    EXPECT_EQ(status("/settings", {{"phantom", true}}), 400);
    EXPECT_EQ(status("/plans", {{"dialogue", "x"}}), 400);
    EXPECT_EQ(status("/nowhere", Json::object()), 404);
}

TEST(Control, TakesACallSidOnlyOnce) {
    Bench bench;
    const std::string sid = "CA00112233445566778899aabbccddeeff";
    EXPECT_EQ(bench.place({{"call_sid", sid}}), sid);
    EXPECT_EQ(bench.control("POST", "/calls", {{"voice_url", "http://a.test/"}, {"call_sid", sid}})
                  .response.status,
              400);
}

TEST(Control, ListsAndRemovesFaults) {
    Bench bench;
    const Json ids =
        json_of(bench.control("POST", "/faults",
                              Json::array({{{"where", "media"}, {"kind", "html"}},
                                           {{"where", "summary"}, {"kind", "html"}}})));
    EXPECT_EQ(ids["ids"], Json::array({1, 2}));
    EXPECT_EQ(bench.control("DELETE", "/faults/1").response.status, 200);
    EXPECT_EQ(bench.control("DELETE", "/faults/1").response.status, 404);
    EXPECT_EQ(json_of(bench.control("GET", "/faults"))[0]["where"], "summary");
    bench.control("DELETE", "/faults");
    EXPECT_TRUE(json_of(bench.control("GET", "/faults")).empty());
}

TEST(Control, HangsUp) {
    Bench bench;
    const std::string sid = bench.place({{"hang_up", "caller"}});
    bench.advance(3s);
    bench.control("POST", "/calls/" + sid + "/hangup");
    EXPECT_EQ(bench.call(sid)["status"], "completed");
    EXPECT_EQ(bench.call(sid)["duration"], "3");
    EXPECT_EQ(bench.control("GET", "/calls/CA1").response.status, 404);
}

TEST(Control, ForgetsEverythingOnReset) {
    Bench bench;
    bench.sender.hold = true;
    bench.place();
    bench.fault({{"where", "media"}, {"kind", "html"}});
    bench.control("POST", "/settings", {{"delete_silent", true}});
    EXPECT_EQ(bench.control("POST", "/reset").response.status, 200);
    bench.sender.release(twiml_response("<Pause/>")); // an answer of the time before
    bench.advance(60s);
    const Json state = bench.state();
    EXPECT_TRUE(state["calls"].empty());
    EXPECT_TRUE(state["faults"].empty());
    EXPECT_TRUE(state["deliveries"].empty());
    EXPECT_EQ(state["callbacks_under_way"], 0);
    EXPECT_EQ(json_of(bench.control("GET", "/settings"))["delete_silent"], false);
    EXPECT_EQ(bench.sender.sent.size(), 1U);
}

TEST(Control, TellsOfQuietOnceAllIsOver) {
    Bench bench;
    bench.fault(
        {{"where", "callback.recording.completed"}, {"kind", "delay"}, {"delay_ms", 30'000}});
    bench.place({{"duration_ms", 5000}, {"processing_ms", 3000}});
    bool quiet = false;
    bench.simulator.handle({.method = "GET", .target = "/sim/quiet"},
                           [&](const Answer&) { quiet = true; });
    bench.advance(9s);
    EXPECT_FALSE(quiet);
    bench.advance(30s);
    EXPECT_TRUE(quiet);
    quiet = false;
    bench.simulator.handle({.method = "GET", .target = "/sim/quiet"},
                           [&](const Answer&) { quiet = true; });
    EXPECT_TRUE(quiet);
}

TEST(Control, CountsRequestsForEachCall) {
    Bench bench;
    const std::string sid = bench.place();
    bench.get("/Calls/" + sid + ".json");
    bench.get("/Calls/" + sid + "/Recordings.json");
    bench.get("/Calls/" + sid + ".json");
    const Json state = bench.state();
    EXPECT_EQ(state["counts"]["twilio.get_call"], 2);
    EXPECT_EQ(state["calls"][0]["counts"]["twilio.list_call_recordings"], 1);
    EXPECT_EQ(state["calls"][0]["counts"]["callback.voice"], 1);
}

TEST(Control, ShowsItsDialogues) {
    Bench bench;
    const Json dialogues = json_of(bench.control("GET", "/dialogues"));
    EXPECT_EQ(dialogues.size(), all_dialogues().size());
    EXPECT_EQ(dialogues[0]["id"], "he-appointment");
    EXPECT_EQ(dialogues[0]["lines"][0]["speaker"], "agent");
    EXPECT_EQ(dialogues[0]["lines"][0]["from_ms"], 0);
    EXPECT_GT(dialogues[0]["duration_ms"], 10'000);
}

} // namespace
} // namespace callctl::sim
