#include "twilio/rest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace callctl::twilio {
namespace {

using namespace std::chrono_literals;
using call::CallState;
using call::Reason;
using call::RecordingState;
using testing::HasSubstr;

const std::string k_call = "CA0123456789abcdef0123456789abcdef";
const std::string k_recording = "RE0123456789abcdef0123456789abcdef";
const std::string k_sids = R"("call_sid":")" + k_call + R"(","sid":")" + k_recording + '"';

// The example of the OpenAPI document for a fresh recording, with other SIDs.
const std::string k_created =
    R"({"account_sid":"AC0123456789abcdef0123456789abcdef","api_version":"2010-04-01",)" + k_sids +
    R"(,"conference_sid":null,"channels":2,"date_created":"Fri, 14 Oct 2016 21:56:34 +0000",)"
    R"("start_time":"Fri, 14 Oct 2016 21:56:34 +0000","price":null,"price_unit":null,)"
    R"("duration":null,"source":"StartCallRecordingAPI","status":"in-progress","error_code":null,)"
    R"("encryption_details":null,"track":"both","uri":"/2010-04-01/x.json"})";

const std::string k_dialled =
    R"({"sid":")" + k_call +
    R"(","answered_by":"machine_start","direction":"outbound-api","duration":"15",)"
    R"("date_created":"Tue, 31 Aug 2010 20:36:28 +0000",)"
    R"("start_time":"Tue, 31 Aug 2010 20:36:29 +0000",)"
    R"("end_time":"Tue, 31 Aug 2010 20:36:44 +0000","from":"+14158675308","to":"+14158675309",)"
    R"("parent_call_sid":null,"status":"completed","price":"-0.200"})";

base::HttpResponse ok(std::string body, int status = 200) {
    return {.status = status,
            .headers = {{"Twilio-Request-Id", "RQ1"}, {"Content-Type", "application/json"}},
            .body = std::move(body)};
}

base::Time at(const char* rfc2822) {
    return base::parse_rfc2822(rfc2822).value();
}

RecordingEntry recording(std::string body) {
    const auto read = read_recording(ok(std::move(body)));
    EXPECT_TRUE(read) << read.error().detail;
    return read.value();
}

call::CallFacts call_facts(std::string body) {
    const auto read = read_call(ok(std::move(body)));
    EXPECT_TRUE(read) << read.error().detail;
    return read.value().facts;
}

std::string recording_with(const std::string& fields) {
    return '{' + k_sids + (fields.empty() ? "" : ",") + fields + '}';
}

// --- One recording ---

TEST(RecordingReply, IsReadRightAfterCreation) {
    for (const int status : {200, 201}) {
        const auto read = read_recording(ok(k_created, status), "create recording");
        ASSERT_TRUE(read);
        EXPECT_EQ(read->call.str(), k_call);
        const call::RecordingFacts expected{.sid = base::RecordingSid::parse(k_recording),
                                            .state = RecordingState::in_progress,
                                            .source = "StartCallRecordingAPI",
                                            .channels = 2,
                                            .duration = std::nullopt,
                                            .started_at = at("Fri, 14 Oct 2016 21:56:34 +0000"),
                                            .error_code = std::nullopt};
        EXPECT_EQ(read->facts, expected);
    }
}

TEST(RecordingReply, MayWriteNumbersAsText) {
    const RecordingEntry entry = recording(
        recording_with(R"("channels":"2","duration":"11","error_code":"16101","status":"absent")"));
    EXPECT_EQ(entry.facts.channels, 2);
    EXPECT_EQ(entry.facts.duration, 11s);
    EXPECT_EQ(entry.facts.error_code, 16101);
    EXPECT_EQ(entry.facts.state, RecordingState::absent);
    EXPECT_EQ(recording(recording_with(R"("duration":11)")).facts.duration, 11s);
}

TEST(RecordingReply, TakesWhatIsOddForUnknown) {
    const RecordingEntry entry = recording(recording_with(
        R"("channels":[2],"duration":-1,"error_code":0,"start_time":17,"source":{"a":1},)"
        R"("status":null)"));
    EXPECT_EQ(entry.facts.channels, std::nullopt);
    EXPECT_EQ(entry.facts.duration, std::nullopt);
    EXPECT_EQ(entry.facts.error_code, std::nullopt);
    EXPECT_EQ(entry.facts.started_at, std::nullopt);
    EXPECT_EQ(entry.facts.source, "");
    EXPECT_EQ(recording(recording_with(R"("duration":99999999999999999999)")).facts.duration,
              std::nullopt);
    EXPECT_EQ(recording(recording_with(R"("duration":4.5)")).facts.duration, std::nullopt);
    EXPECT_EQ(recording(recording_with(R"("source":"a\u0000b")")).facts.source, "a\xEF\xBF\xBD"
                                                                                "b");
}

struct StateCase {
    const char* name;
    const char* status;
    RecordingState state;
};

class RecordingStatusText : public testing::TestWithParam<StateCase> {};

TEST_P(RecordingStatusText, IsRead) {
    EXPECT_EQ(
        recording(recording_with(std::string{R"("status":)"} + GetParam().status)).facts.state,
        GetParam().state);
}

INSTANTIATE_TEST_SUITE_P(
    Table, RecordingStatusText,
    testing::Values(StateCase{"InProgress", "\"in-progress\"", RecordingState::in_progress},
                    StateCase{"Paused", "\"paused\"", RecordingState::in_progress},
                    StateCase{"Stopped", "\"stopped\"", RecordingState::processing},
                    StateCase{"Processing", "\"processing\"", RecordingState::processing},
                    StateCase{"Completed", "\"completed\"", RecordingState::completed},
                    StateCase{"Absent", "\"absent\"", RecordingState::absent},
                    StateCase{"Failed", "\"failed\"", RecordingState::failed},
                    StateCase{"Deleted", "\"deleted\"", RecordingState::deleted},
                    StateCase{"New", "\"archived\"", RecordingState::processing},
                    StateCase{"OurOwnNone", "\"none\"", RecordingState::processing},
                    StateCase{"Null", "null", RecordingState::processing},
                    StateCase{"Number", "7", RecordingState::processing}),
    [](const auto& row) { return row.param.name; });

// --- Bodies that are not what was asked for ---

struct BodyCase {
    const char* name;
    std::string body;
};

class UnreadableBody : public testing::TestWithParam<BodyCase> {};

template <class Outcome>
void expect_bad_reply(const Outcome& outcome) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason, Reason::bad_reply);
    EXPECT_EQ(outcome.error().http_status, 200);
    EXPECT_EQ(outcome.error().provider_code, 0);
    EXPECT_EQ(outcome.error().request_id, "RQ1");
    EXPECT_THAT(outcome.error().detail, HasSubstr(": twilio answered 200 with "));
}

TEST_P(UnreadableBody, IsABadReplyToAnything) {
    const base::HttpResponse response = ok(GetParam().body);
    expect_bad_reply(read_recording(response));
    expect_bad_reply(read_recordings(response));
    expect_bad_reply(read_call(response));
    expect_bad_reply(read_calls(response));
    expect_bad_reply(read_account(response));
}

INSTANTIATE_TEST_SUITE_P(
    Table, UnreadableBody,
    testing::Values(BodyCase{"Empty", ""}, BodyCase{"Space", " \n"}, BodyCase{"Null", "null"},
                    BodyCase{"Text", "\"CA\""}, BodyCase{"Number", "42"}, BodyCase{"Array", "[]"},
                    BodyCase{"EmptyObject", "{}"},
                    BodyCase{"Html", "<!DOCTYPE html><html><body>502</body></html>"},
                    BodyCase{"TwoObjects", "{}{}"},
                    BodyCase{"WrongTypes",
                             R"({"sid":1,"call_sid":[],"recordings":{},"calls":"x"})"},
                    BodyCase{"OtherSids", R"({"sid":"XX1","call_sid":"CA1"})"},
                    BodyCase{"NotUtf8", "{\"sid\":\"\xFF\xFE\"}"},
                    BodyCase{"Binary", std::string{"\0\1\2{}", 5}},
                    BodyCase{"Deep", std::string(10'000, '[')},
                    BodyCase{"ErrorUnder200", R"({"code":20404,"message":"x","status":404})"}),
    [](const auto& row) { return row.param.name; });

TEST(Reply, IsNeverAnExceptionHoweverItIsCut) {
    for (std::size_t size = 0; size < k_created.size(); ++size) {
        expect_bad_reply(read_recording(ok(k_created.substr(0, size))));
    }
}

TEST(Reply, NeedsBothSidsOfARecording) {
    expect_bad_reply(read_recording(ok(R"({"sid":")" + k_recording + R"("})")));
    expect_bad_reply(read_recording(ok(R"({"call_sid":")" + k_call + R"("})")));
}

TEST(Reply, OfAnErrorStatusIsItsFailure) {
    base::HttpResponse response =
        ok(R"({"code":21220,"message":"Requested resource is not eligible for recording"})", 400);
    const auto read = read_recording(response, "create recording");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().reason, Reason::rejected);
    EXPECT_EQ(read.error().provider_code, 21220);
    EXPECT_EQ(read.error().detail, "create recording: twilio answered 400, code 21220: Requested "
                                   "resource is not eligible for recording");
    response.status = 503;
    response.body = "<html>";
    EXPECT_EQ(read_recordings(response).error().reason, Reason::provider_error);
    EXPECT_EQ(read_call(response).error().reason, Reason::provider_error);
    EXPECT_EQ(read_calls(response).error().reason, Reason::provider_error);
    EXPECT_EQ(read_account(response).error().reason, Reason::provider_error);
}

// --- Lists ---

TEST(RecordingList, IsReadWithItsNextPage) {
    const auto read =
        read_recordings(ok(R"({"recordings":[)" + k_created + ',' + recording_with("") +
                           R"(],"next_page_uri":"/2010-04-01/Accounts/AC1/x?Page=1"})"));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->entries.size(), 2U);
    EXPECT_EQ(read->entries[0].facts.state, RecordingState::in_progress);
    EXPECT_EQ(read->entries[1].facts.state, RecordingState::processing);
    EXPECT_EQ(read->next_uri, "/2010-04-01/Accounts/AC1/x?Page=1");
}

TEST(RecordingList, MayBeEmptyAndLast) {
    for (const char* const body :
         {R"({"recordings":[]})", R"({"recordings":[],"next_page_uri":null})",
          R"({"recordings":[],"next_page_uri":""})"}) {
        const auto read = read_recordings(ok(body));
        ASSERT_TRUE(read) << body;
        EXPECT_TRUE(read->entries.empty());
        EXPECT_EQ(read->next_uri, "");
    }
}

TEST(RecordingList, LeavesOutRecordingsOfNoCall) {
    const auto read = read_recordings(ok(R"({"recordings":[{"sid":")" + k_recording +
                                         R"(","call_sid":null},)" + k_created + "]}"));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->entries.size(), 1U);
}

TEST(RecordingList, IsUnreadableWithOneUnreadableEntry) {
    for (const std::string& entry : {std::string{"1"}, std::string{"null"}, std::string{R"("x")"},
                                     std::string{"[]"}, R"({"call_sid":")" + k_call + R"("})",
                                     R"({"call_sid":"CA1","sid":")" + k_recording + "\"}"}) {
        expect_bad_reply(read_recordings(ok(R"({"recordings":[)" + entry + "]}")));
    }
}

TEST(RecordingList, RefusesANextPageElsewhere) {
    for (const char* const uri :
         {"https://evil.example.com/2010-04-01/", "//evil.example.com/", "/2010-04-01/../x"}) {
        const auto read =
            read_recordings(ok(std::string{R"({"recordings":[],"next_page_uri":")"} + uri + "\"}"));
        expect_bad_reply(read);
        EXPECT_EQ(read.error().detail,
                  "list recordings: twilio answered 200 with a next page outside of its API");
    }
}

TEST(CallList, IsRead) {
    const auto read = read_calls(ok(R"({"calls":[)" + k_dialled + R"(,{"sid":null}]})"));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->entries.size(), 1U);
    EXPECT_EQ(read->entries[0].sid.str(), k_call);
    expect_bad_reply(read_calls(ok(R"({"calls":[{"sid":"CA1"}]})")));
    expect_bad_reply(read_calls(ok(R"({"recordings":[]})")));
}

// --- One call ---

TEST(CallReply, IsRead) {
    call::CallFacts expected;
    expected.state = CallState::completed;
    expected.direction = call::Direction::outbound;
    expected.twilio_direction = "outbound-api";
    expected.from = "+14158675308";
    expected.to = "+14158675309";
    expected.answered_at = at("Tue, 31 Aug 2010 20:36:29 +0000");
    expected.ended_at = at("Tue, 31 Aug 2010 20:36:44 +0000");
    expected.duration = 15s;
    EXPECT_EQ(call_facts(k_dialled), expected);
}

TEST(CallReply, SaysWhenALiveCallWasAnswered) {
    const call::CallFacts facts =
        call_facts(R"({"sid":")" + k_call +
                   R"(","status":"in-progress","start_time":"Tue, 31 Aug 2010 20:36:29 +0000",)"
                   R"("end_time":null,"duration":"","direction":"inbound","parent_call_sid":")" +
                   k_call + "\"}");
    EXPECT_EQ(facts.state, CallState::in_progress);
    EXPECT_EQ(facts.direction, call::Direction::inbound);
    EXPECT_EQ(facts.answered_at, at("Tue, 31 Aug 2010 20:36:29 +0000"));
    EXPECT_EQ(facts.ended_at, std::nullopt);
    EXPECT_EQ(facts.duration, std::nullopt);
    EXPECT_EQ(facts.parent, base::CallSid::parse(k_call));
}

TEST(CallReply, SaysNoAnswerOfAnUnansweredCall) {
    for (const char* const status : {"busy", "failed", "no-answer", "canceled"}) {
        const call::CallFacts facts =
            call_facts(R"({"sid":")" + k_call + R"(","status":")" + status +
                       R"(","start_time":"Tue, 31 Aug 2010 20:36:29 +0000",)"
                       R"("end_time":"Tue, 31 Aug 2010 20:36:44 +0000","duration":"0"})");
        EXPECT_TRUE(call::is_unanswered(facts.state)) << status;
        EXPECT_EQ(facts.answered_at, std::nullopt) << status;
        EXPECT_EQ(facts.ended_at, at("Tue, 31 Aug 2010 20:36:44 +0000")) << status;
        EXPECT_EQ(facts.duration, 0s) << status;
    }
}

TEST(CallReply, MaySayNothingButItsSid) {
    EXPECT_EQ(call_facts(R"({"sid":")" + k_call + R"(","status":"levitating","from":null})"),
              call::CallFacts{});
}

} // namespace
} // namespace callctl::twilio
