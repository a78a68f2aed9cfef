#include "sim/bench.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

using namespace std::chrono_literals;

constexpr const char* k_unknown_call = "CA99999999999999999999999999999999";

std::string account_path(const std::string& rest) {
    return std::string{"/2010-04-01/Accounts/"} + k_account + rest;
}

struct AuthCase {
    const char* name;
    std::vector<base::HttpHeader> headers;
    int status;
};

class RestAuth : public testing::TestWithParam<AuthCase> {};

TEST_P(RestAuth, IsBasicByAccountOrKey) {
    Bench bench;
    const Answer answer = bench.request("GET", account_path("/Calls.json"), GetParam().headers);
    EXPECT_EQ(answer.response.status, GetParam().status);
    if (GetParam().status == 401) {
        const Json body = json_of(answer);
        EXPECT_EQ(body["code"], 20003);
        EXPECT_EQ(body["status"], 401);
        EXPECT_EQ(body["detail"], "Your AccountSid or AuthToken was incorrect.");
        EXPECT_EQ(body["more_info"], "https://www.twilio.com/docs/errors/20003");
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, RestAuth,
    testing::Values(AuthCase{"Account", {{"Authorization", basic(k_account, k_token)}}, 200},
                    AuthCase{"ApiKey", {{"Authorization", basic("SK00", "secret")}}, 200},
                    AuthCase{"None", {}, 401},
                    AuthCase{"WrongToken", {{"Authorization", basic(k_account, "54321")}}, 401},
                    AuthCase{"WrongUser", {{"Authorization", basic("AC1", k_token)}}, 401},
                    AuthCase{"KeyWithToken", {{"Authorization", basic("SK00", k_token)}}, 401},
                    AuthCase{"Bearer", {{"Authorization", "Bearer 12345"}}, 401},
                    AuthCase{"Garbage", {{"Authorization", "Basic !!!"}}, 401}),
    [](const auto& row) { return row.param.name; });

struct Missing {
    const char* name;
    const char* method;
    std::string path;
    int status;
    int code;
};

class RestRefusal : public testing::TestWithParam<Missing> {};

TEST_P(RestRefusal, HasTwiliosBody) {
    Bench bench;
    const Answer answer = bench.request(GetParam().method, GetParam().path,
                                        {{"Authorization", basic(k_account, k_token)},
                                         {"Content-Type", "application/x-www-form-urlencoded"}});
    EXPECT_EQ(answer.response.status, GetParam().status);
    EXPECT_EQ(json_of(answer)["code"], GetParam().code);
    EXPECT_EQ(json_of(answer)["status"], GetParam().status);
}

const std::string k_other = "/2010-04-01/Accounts/AC99999999999999999999999999999999";

INSTANTIATE_TEST_SUITE_P(
    All, RestRefusal,
    testing::Values(
        Missing{"UnknownCall", "GET",
                account_path(std::string{"/Calls/"} + k_unknown_call + ".json"), 404, 20404},
        Missing{"RecordUnknownCall", "POST",
                account_path(std::string{"/Calls/"} + k_unknown_call + "/Recordings.json"), 404,
                20404},
        Missing{"UnknownRecording", "GET",
                account_path("/Recordings/RE99999999999999999999999999999999.json"), 404, 20404},
        Missing{"OtherAccount", "GET", k_other + "/Calls.json", 404, 20404},
        Missing{"UnknownResource", "GET", account_path("/Faxes.json"), 404, 20404},
        Missing{"WrongMethod", "DELETE", account_path("/Calls.json"), 405, 20004},
        Missing{"PageTooLarge", "GET", account_path("/Calls.json?PageSize=1001"), 400, 20007},
        Missing{"ForgedToken", "GET", account_path("/Calls.json?Page=1&PageToken=PACAxyz"), 400,
                21481},
        Missing{"PageWithoutToken", "GET", account_path("/Recordings.json?Page=1"), 400, 21481},
        Missing{"NoDate", "GET", account_path("/Recordings.json?DateCreated%3E=yesterday"), 422,
                20422}),
    [](const auto& row) { return row.param.name; });

TEST(RestAnswer, NamesThePathThatIsNotThere) {
    Bench bench;
    const Json body = json_of(bench.get(std::string{"/Calls/"} + k_unknown_call + ".json"));
    EXPECT_EQ(body["message"], "The requested resource /2010-04-01/Accounts/" +
                                   std::string{k_account} + "/Calls/" + k_unknown_call +
                                   ".json was not found");
}

TEST(RestAnswer, IsXmlWithoutExtension) {
    Bench bench;
    const Answer missing = bench.get(std::string{"/Calls/"} + k_unknown_call);
    EXPECT_EQ(missing.response.content_type, "application/xml");
    const auto root = parse_xml(missing.response.body);
    ASSERT_TRUE(root);
    EXPECT_EQ(root->name, "TwilioResponse");
    EXPECT_EQ(root->children.at(0).name, "RestException");
    const std::string sid = bench.place();
    const auto call = parse_xml(bench.get("/Calls/" + sid).response.body);
    ASSERT_TRUE(call);
    EXPECT_EQ(call->children.at(0).name, "Call");
}

TEST(RestAnswer, CarriesTwiliosHeaders) {
    Bench bench;
    const auto headers = bench.get("/Calls.json").response.headers;
    const auto id = base::find_header(headers, "Twilio-Request-Id");
    EXPECT_EQ(id.size(), 34U);
    EXPECT_TRUE(id.starts_with("RQ"));
    EXPECT_EQ(base::find_header(headers, "Twilio-Concurrent-Requests"), "1");
    EXPECT_EQ(base::find_header(headers, "X-Shenanigans"), "none");
    EXPECT_NE(base::find_header(bench.get("/Calls.json").response.headers, "Twilio-Request-Id"),
              id);
}

TEST(Account, ShowsItself) {
    Bench bench;
    const Json body = json_of(bench.get(".json"));
    EXPECT_EQ(body["sid"], k_account);
    EXPECT_EQ(body["status"], "active");
}

TEST(CallResource, HasEveryFieldOfTheSpecification) {
    Bench bench;
    const Json call = bench.call(bench.place());
    for (const char* const name : {"account_sid",
                                   "answered_by",
                                   "api_version",
                                   "caller_name",
                                   "date_created",
                                   "date_updated",
                                   "direction",
                                   "duration",
                                   "end_time",
                                   "forwarded_from",
                                   "from",
                                   "from_formatted",
                                   "group_sid",
                                   "parent_call_sid",
                                   "phone_number_sid",
                                   "price",
                                   "price_unit",
                                   "sid",
                                   "start_time",
                                   "status",
                                   "subresource_uris",
                                   "to",
                                   "to_formatted",
                                   "trunk_sid",
                                   "uri",
                                   "queue_time"}) {
        EXPECT_TRUE(call.contains(name)) << name;
    }
    EXPECT_EQ(call["start_time"], "Sun, 20 Sep 2026 08:53:20 +0000");
    EXPECT_TRUE(call["end_time"].is_null());
    EXPECT_TRUE(call["duration"].is_null());
    EXPECT_TRUE(call["price"].is_null());
}

TEST(CallList, IsPagedNewestFirstByRelativeUris) {
    Bench bench;
    std::vector<std::string> sids;
    for (int i = 0; i < 5; ++i) {
        sids.push_back(bench.place());
        bench.advance(1s);
    }
    Json page = json_of(bench.get("/Calls.json?PageSize=2"));
    EXPECT_EQ(page["calls"][0]["sid"], sids[4]);
    EXPECT_EQ(page["page"], 0);
    EXPECT_EQ(page["page_size"], 2);
    EXPECT_EQ(page["start"], 0);
    EXPECT_EQ(page["end"], 1);
    EXPECT_TRUE(page["previous_page_uri"].is_null());
    std::vector<std::string> seen;
    std::string last_next;
    while (true) {
        for (const Json& call : page["calls"]) {
            seen.push_back(call["sid"]);
        }
        if (page["next_page_uri"].is_null()) {
            break;
        }
        last_next = page["next_page_uri"];
        EXPECT_TRUE(last_next.starts_with("/2010-04-01/Accounts/"));
        bench.place(); // what is new does not shift the pages
        page = json_of(
            bench.request("GET", last_next, {{"Authorization", basic(k_account, k_token)}}));
    }
    std::ranges::reverse(sids);
    EXPECT_EQ(seen, sids);
    EXPECT_NE(last_next.find("&Page=2&PageToken=PACA"), std::string::npos);
    const Json before = json_of(bench.request("GET", page["previous_page_uri"].get<std::string>(),
                                              {{"Authorization", basic(k_account, k_token)}}));
    EXPECT_EQ(before["calls"][0]["sid"], sids[2]);
}

TEST(CallList, IsFilteredByStatusNumberAndTime) {
    Bench bench;
    const std::string first = bench.place({{"from", "+972500000001"}, {"duration_ms", 2000}});
    bench.advance(24h);
    const std::string second = bench.place({{"from", "+972500000002"}});
    const auto found = [&](const std::string& query) {
        std::vector<std::string> sids;
        const Json page = json_of(bench.get("/Calls.json?" + query));
        for (const Json& call : page["calls"]) {
            sids.push_back(call["sid"]);
        }
        return sids;
    };
    using Sids = std::vector<std::string>;
    EXPECT_EQ(found("Status=completed"), Sids{first});
    EXPECT_EQ(found("Status=in-progress"), Sids{second});
    EXPECT_EQ(found("From=%2B972500000002"), Sids{second});
    EXPECT_EQ(found("To=%2B1"), Sids{});
    EXPECT_EQ(found("StartTime%3E=2026-09-21"), Sids{second});
    EXPECT_EQ(found("StartTime%3C=2026-09-20"), Sids{first});
    EXPECT_EQ(found("StartTime=2026-09-20"), Sids{first});
    EXPECT_EQ(found("StartTime%3E=2026-09-20T08:53:20Z"), (Sids{second, first}));
    EXPECT_EQ(found("StartTime%3E=2026-09-20T08:53:21Z"), Sids{second});
    EXPECT_EQ(found("EndTime%3E=2026-09-20"), Sids{first});
    EXPECT_EQ(found("Bogus=1").size(), 2U);
}

TEST(RecordingList, IsFilteredByCallAndDay) {
    Bench bench;
    const std::string first = bench.place({{"duration_ms", 2000}});
    bench.advance(24h);
    bench.place({{"duration_ms", 2000}});
    bench.advance(1min);
    const auto count = [&](const std::string& query) {
        return json_of(bench.get("/Recordings.json?" + query))["recordings"].size();
    };
    EXPECT_EQ(count(""), 2U);
    EXPECT_EQ(count("CallSid=" + first), 1U);
    EXPECT_EQ(count("DateCreated=2026-09-21"), 1U);
    EXPECT_EQ(count("DateCreated%3E=2026-09-21"), 1U);
    EXPECT_EQ(count("DateCreated%3C=2026-09-21"), 2U);
    EXPECT_EQ(count("DateCreated%3E=2026-09-22"), 0U);
    EXPECT_EQ(count("ConferenceSid=CF1"), 0U);
    EXPECT_EQ(json_of(bench.get("/Calls/" + first + "/Recordings.json"))["recordings"].size(), 1U);
}

struct BadField {
    const char* name;
    Fields form;
    int code;
};

Fields call_form(const Fields& other) {
    Fields form{{"To", "+972501112233"},
                {"From", "+97231234567"},
                {"Url", "http://app.test/webhook/voice"}};
    for (const auto& changed : other) {
        std::erase_if(form, [&](const auto& field) { return field.first == changed.first; });
        if (!changed.second.empty()) {
            form.push_back(changed);
        }
    }
    return form;
}

class CreateCall : public testing::TestWithParam<BadField> {};

TEST_P(CreateCall, RefusesWhatTwilioRefuses) {
    Bench bench;
    const Answer answer = bench.post("/Calls.json", call_form(GetParam().form));
    EXPECT_EQ(json_of(answer)["code"], GetParam().code) << answer.response.body;
    EXPECT_GE(answer.response.status, 400);
    EXPECT_TRUE(bench.state()["calls"].empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, CreateCall,
    testing::Values(BadField{"NoTo", {{"To", ""}}, 21201},
                    BadField{"NoFrom", {{"From", ""}}, 21213},
                    BadField{"NoUrl", {{"Url", ""}}, 21205},
                    BadField{"LongStatusCallback",
                             {{"StatusCallback", "http://app.test/" + std::string(4'000, 'x')}},
                             21609},
                    BadField{"RelativeUrl", {{"Url", "/voice"}}, 21205},
                    BadField{"UnderscoredHost", {{"Url", "http://my_host/voice"}}, 21205},
                    BadField{"BadTo", {{"To", "0501112233"}}, 21211},
                    BadField{"BadFrom", {{"From", "office"}}, 21212},
                    BadField{"Method", {{"Method", "PUT"}}, 21209},
                    BadField{"Timeout", {{"Timeout", "601"}}, 21208},
                    BadField{"Callback", {{"StatusCallback", "status"}}, 21609},
                    BadField{"Event", {{"StatusCallbackEvent", "initiated ringing"}}, 21626}),
    [](const auto& row) { return row.param.name; });

TEST(CreateCall, PlacesACallThatFollowsItsPlan) {
    Bench bench;
    EXPECT_EQ(bench.control("POST", "/plans", {{"to", "+972501112233"}, {"outcome", "busy"}})
                  .response.status,
              201);
    const Answer answer =
        bench.post("/Calls.json", call_form({{"StatusCallback", "http://app.test/webhook/status"},
                                             {"StatusCallbackEvent", "initiated"},
                                             {"Bogus", "ignored"}}));
    EXPECT_EQ(answer.response.status, 201);
    EXPECT_EQ(json_of(answer)["status"], "queued");
    EXPECT_EQ(json_of(answer)["direction"], "outbound-api");
    bench.advance(60s);
    EXPECT_EQ(bench.call(json_of(answer)["sid"])["status"], "busy");
    EXPECT_EQ(bench.sender.to("/status").size(), 1U);
}

TEST(CreateCall, TakesTwimlInsteadOfAUrl) {
    Bench bench;
    const Answer answer = bench.post(
        "/Calls.json",
        call_form({{"Url", ""}, {"Twiml", "<Response><Pause length=\"3\"/></Response>"}}));
    ASSERT_EQ(answer.response.status, 201);
    bench.advance(10s);
    const Json call = bench.call(json_of(answer)["sid"]);
    EXPECT_EQ(call["status"], "completed");
    EXPECT_EQ(call["duration"], "3");
}

class CreateRecording : public testing::TestWithParam<BadField> {};

TEST_P(CreateRecording, RefusesSenselessValues) {
    Bench bench;
    bench.twiml = "<Pause length=\"60\"/>";
    const std::string sid = bench.place();
    EXPECT_EQ(json_of(bench.post("/Calls/" + sid + "/Recordings.json", GetParam().form))["code"],
              GetParam().code);
    EXPECT_TRUE(bench.state()["recordings"].empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, CreateRecording,
    testing::Values(BadField{"Channels", {{"RecordingChannels", "triple"}}, 20422},
                    BadField{"Track", {{"RecordingTrack", "left"}}, 20422},
                    BadField{"Trim", {{"Trim", "yes"}}, 20422},
                    BadField{"Event", {{"RecordingStatusCallbackEvent", "complete"}}, 20422},
                    BadField{"Method", {{"RecordingStatusCallbackMethod", "PUT"}}, 20422},
                    BadField{"Callback", {{"RecordingStatusCallback", "/recording"}}, 21502},
                    BadField{
                        "LongCallback",
                        {{"RecordingStatusCallback", "http://app.test/" + std::string(4'000, 'x')}},
                        21502}),
    [](const auto& row) { return row.param.name; });

} // namespace
} // namespace callctl::sim
