#include "sim/bench.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace callctl::sim {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> names_of(const Fields& fields) {
    std::vector<std::string> names;
    for (const auto& [name, value] : fields) {
        names.push_back(name);
    }
    return names;
}

base::Result<base::HttpResponse> no_connection() {
    return base::fail(base::ErrorKind::transient, "connect: refused");
}

/// Answers webhooks to `path` in turn with these statuses (0: no connection), others as ever.
void answer_in_turn(Bench& bench, const std::string& path, std::vector<int> statuses) {
    auto left = std::make_shared<std::vector<int>>(std::move(statuses));
    bench.sender.respond = [usual = bench.sender.respond, path, left](
                               const BenchSender::Sent& sent) -> base::Result<base::HttpResponse> {
        if (sent.request.url.find(path) == std::string::npos || left->empty()) {
            return usual(sent);
        }
        const int status = left->front();
        left->erase(left->begin());
        if (status == 0) {
            return no_connection();
        }
        return plain_response(status);
    };
}

TEST(RecordingCallback, HasTheOrderAndHeadersOfACapturedOne) {
    Bench bench;
    const std::string sid = bench.place({{"duration_ms", 11'000}});
    bench.advance(60s);
    const auto sent = bench.sender.to("/recording");
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(names_of(sent[1].fields),
              (std::vector<std::string>{"RecordingSource", "RecordingTrack", "RecordingSid",
                                        "RecordingUrl", "RecordingStatus", "RecordingChannels",
                                        "ErrorCode", "CallSid", "RecordingStartTime", "AccountSid",
                                        "RecordingDuration"}));
    EXPECT_EQ(sent[0].field("RecordingStatus"), "in-progress");
    EXPECT_EQ(sent[0].field("RecordingDuration"), "");
    EXPECT_EQ(sent[1].field("RecordingStatus"), "completed");
    EXPECT_EQ(sent[1].field("RecordingDuration"), "11");
    EXPECT_EQ(sent[1].field("RecordingSource"), "StartCallRecordingTwiML");
    EXPECT_EQ(sent[1].field("RecordingChannels"), "2");
    EXPECT_EQ(sent[1].field("ErrorCode"), "0");
    EXPECT_EQ(sent[1].field("RecordingStartTime"), "Sun, 20 Sep 2026 08:53:20 +0000");
    EXPECT_EQ(sent[1].field("RecordingUrl"),
              std::string{"https://api.twilio.com/2010-04-01/Accounts/"} + k_account +
                  "/Recordings/" + sent[1].field("RecordingSid"));
    const auto& headers = sent[1].request.headers;
    EXPECT_EQ(base::find_header(headers, "Content-Type"),
              "application/x-www-form-urlencoded; charset=UTF-8");
    EXPECT_EQ(base::find_header(headers, "User-Agent"), "TwilioProxy/1.1");
    EXPECT_EQ(base::find_header(headers, "I-Twilio-Idempotency-Token").size(), 36U);
    EXPECT_NE(std::get<std::string>(sent[1].request.body).find("%20Sep%202026%20"),
              std::string::npos);
}

TEST(Callback, IsSignedWithTheAuthToken) {
    Bench bench;
    bench.place();
    const auto sent = bench.sender.to("/voice");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(base::find_header(sent[0].request.headers, "X-Twilio-Signature"),
              twilio_signature(k_token, sent[0].request.url, sent[0].fields));
}

TEST(Callback, HasFifteenSecondsUnlessItsUrlSaysLess) {
    Bench bench;
    bench.place();
    EXPECT_EQ(bench.sender.sent.at(0).request.timeout, 15s);
    bench.place({{"voice_url", "http://app.test/webhook/voice#rt=4000"}});
    EXPECT_EQ(bench.sender.to("/voice").at(1).request.timeout, 4s);
}

TEST(Callback, HasFiveSecondsToConnectUnlessItsUrlSaysLess) {
    Bench bench;
    bench.place();
    EXPECT_EQ(bench.sender.sent.at(0).request.connect_timeout, 5s);
    bench.place({{"voice_url", "http://app.test/webhook/voice#ct=1500"}});
    EXPECT_EQ(bench.sender.to("/voice").at(1).request.connect_timeout, 1500ms);
}

TEST(Callback, ByGetCarriesItsFieldsInTheSignedQuery) {
    Bench bench;
    bench.place({{"voice_method", "GET"}, {"voice_url", "http://app.test/voice?x=1"}});
    const auto sent = bench.sender.to("/voice?x=1&Called=");
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].request.method, "GET");
    EXPECT_EQ(base::find_header(sent[0].request.headers, "X-Twilio-Signature"),
              twilio_signature(k_token, sent[0].request.url, {}));
}

TEST(Callback, IsSentWithoutItsFragment) {
    Bench bench;
    bench.place({{"voice_url", "http://app.test/webhook/voice#rc=3&rp=all"}});
    ASSERT_EQ(bench.sender.sent.size(), 2U); // and the recording's in-progress
    EXPECT_EQ(bench.sender.sent[0].request.url, "http://app.test/webhook/voice");
}

struct RetryCase {
    const char* name;
    const char* fragment;
    std::vector<int> statuses;
    std::size_t attempts;
};

class CallbackRetry : public testing::TestWithParam<RetryCase> {};

TEST_P(CallbackRetry, FollowsTheOverrides) {
    Bench bench;
    answer_in_turn(bench, "/status", GetParam().statuses);
    bench.place({{"status_callback", std::string{"http://app.test/status"} + GetParam().fragment},
                 {"duration_ms", 5000}});
    bench.advance(30s);
    const auto sent = bench.sender.to("/status");
    ASSERT_EQ(sent.size(), GetParam().attempts);
    for (const auto& attempt : sent) {
        EXPECT_EQ(base::find_header(attempt.request.headers, "I-Twilio-Idempotency-Token"),
                  base::find_header(sent[0].request.headers, "I-Twilio-Idempotency-Token"));
        EXPECT_EQ(attempt.fields, sent[0].fields);
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, CallbackRetry,
    testing::Values(RetryCase{"ConnectFailureOnce", "", {0}, 2},
                    RetryCase{"ConnectFailureNotForEver", "", {0, 0, 0}, 2},
                    RetryCase{"ServerErrorNotAtAll", "", {500}, 1},
                    RetryCase{"NotFoundNotAtAll", "", {404}, 1},
                    RetryCase{"AllThreeTimes", "#rc=3&rp=all", {500, 404, 0, 500}, 4},
                    RetryCase{"UntilItWorks", "#rc=5&rp=all", {503, 503}, 3},
                    RetryCase{"Never", "#rc=0&rp=all", {500}, 1},
                    RetryCase{"OnlyServerErrors", "#rc=3&rp=5xx", {500, 404, 500}, 2}),
    [](const auto& row) { return row.param.name; });

TEST(Callback, LeavesItsFailureInTheDebugger) {
    Bench bench;
    answer_in_turn(bench, "/status", {500});
    bench.place({{"duration_ms", 5000}});
    bench.advance(30s);
    EXPECT_EQ(bench.debugger_codes(), std::vector<int>{15003});
}

TEST(Callback, ToARelativeUrlIsNeverSent) {
    Bench bench;
    bench.twiml =
        "<Start><Recording recordingStatusCallback=\"/relative\"/></Start><Pause length=\"9\"/>";
    bench.place({{"duration_ms", 5000}});
    bench.advance(30s);
    EXPECT_TRUE(bench.sender.to("/relative").empty());
    EXPECT_EQ(bench.debugger_codes(), std::vector<int>{11200});
}

TEST(Callback, FollowsARedirectAndLosesItsParameters) {
    Bench bench;
    bench.sender.respond = [&, usual = bench.sender.respond](
                               const BenchSender::Sent& sent) -> base::Result<base::HttpResponse> {
        if (sent.request.url.ends_with("/old")) {
            return base::HttpResponse{.status = 302,
                                      .headers = {{"Location", "http://app.test/webhook/voice"}}};
        }
        return usual(sent);
    };
    const std::string sid = bench.place({{"voice_url", "http://app.test/old"}});
    EXPECT_EQ(bench.call(sid)["status"], "in-progress");
    const auto second = bench.sender.to("/voice");
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].request.method, "GET");
    EXPECT_EQ(second[0].field("CallSid"), "");
}

TEST(CallbackFault, DropLosesExactlyThatEvent) {
    Bench bench;
    bench.fault({{"where", "twilio.callback.recording.completed"}, {"kind", "drop"}});
    const std::string sid = bench.place({{"duration_ms", 5000}});
    bench.advance(30s);
    ASSERT_EQ(bench.sender.to("/recording").size(), 1U);
    EXPECT_EQ(bench.sender.to("/recording")[0].field("RecordingStatus"), "in-progress");
    EXPECT_EQ(bench.sender.to("/status").size(), 1U);
}

TEST(CallbackFault, DuplicateSendsTheSameTwice) {
    Bench bench;
    bench.fault({{"where", "callback.recording.completed"}, {"kind", "duplicate"}});
    bench.place({{"duration_ms", 5000}});
    bench.advance(30s);
    const auto sent = bench.sender.to("/recording");
    ASSERT_EQ(sent.size(), 3U);
    EXPECT_EQ(sent[1].fields, sent[2].fields);
    EXPECT_EQ(base::find_header(sent[1].request.headers, "I-Twilio-Idempotency-Token"),
              base::find_header(sent[2].request.headers, "I-Twilio-Idempotency-Token"));
}

TEST(CallbackFault, ReorderHoldsBackUntilTheNext) {
    Bench bench;
    bench.fault({{"where", "callback.call.completed"}, {"kind", "reorder"}});
    bench.place({{"duration_ms", 5000}, {"processing_ms", 1000}});
    bench.advance(30s);
    ASSERT_EQ(bench.sender.to("/status").size(), 1U);
    EXPECT_EQ(bench.sender.sent.back().request.url, "http://app.test/webhook/status");
}

TEST(CallbackFault, ReorderDoesNotHoldBackForEver) {
    Bench bench;
    bench.fault({{"where", "callback.recording.completed"}, {"kind", "reorder"}});
    bench.place({{"duration_ms", 5000}});
    bench.advance(30s);
    EXPECT_EQ(bench.sender.to("/recording").size(), 2U);
}

TEST(CallbackFault, DelayIsOfTheWallClock) {
    Bench bench{100.0};
    bench.fault({{"where", "callback.call.completed"}, {"kind", "delay"}, {"delay_ms", 20'000}});
    bench.place({{"duration_ms", 5000}});
    bench.advance(19s);
    EXPECT_TRUE(bench.sender.to("/status").empty());
    bench.advance(2s);
    EXPECT_EQ(bench.sender.to("/status").size(), 1U);
}

TEST(CallbackFault, BadSignatureDoesNotVerify) {
    Bench bench;
    bench.fault({{"where", "callback.voice"}, {"kind", "bad_signature"}});
    bench.place();
    const auto sent = bench.sender.to("/voice").at(0);
    EXPECT_NE(base::find_header(sent.request.headers, "X-Twilio-Signature"),
              twilio_signature(k_token, sent.request.url, sent.fields));
}

TEST(CallbackFault, ConnectFailureIsRetriedOnce) {
    Bench bench;
    bench.fault({{"where", "callback.voice"}, {"kind", "connect_failure"}});
    const std::string sid = bench.place();
    EXPECT_EQ(bench.sender.to("/voice").size(), 1U);
    EXPECT_EQ(bench.call(sid)["status"], "in-progress");
    EXPECT_EQ(bench.state()["deliveries"][0]["results"],
              Json::array({"connect: refused by a fault", "200"}));
}

} // namespace
} // namespace callctl::sim
