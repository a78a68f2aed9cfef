#include "call/ai_failure.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace callctl::call {
namespace {

std::string detail_of(int status, const std::string& body) {
    const auto failure = ai_failure({.status = status, .body = body}, "transcription");
    return failure ? failure->detail : "no failure";
}

std::optional<std::chrono::milliseconds> wait_of(const std::string& words) {
    return ai_failure({.status = 429, .body = words}, "x")->retry_after;
}

TEST(AiFailure, ASuccessIsNone) {
    EXPECT_FALSE(ai_failure({.status = 200, .body = R"({"text":"hello"})"}, "x"));
    EXPECT_FALSE(ai_failure({.status = 200, .body = "\xEF\xBB\xBF {\"text\":\"\"}\r\n"}, "x"));
    EXPECT_FALSE(ai_failure({.status = 201, .body = "{}"}, "x"));
}

TEST(AiFailure, EmptyErrorMembersOfASuccessAreNone) {
    for (const char* const error : {"null", "\"\"", "{}", "false", "[]", "0"}) {
        const std::string body = std::string{R"({"text":"a","error":)"} + error + "}";
        EXPECT_FALSE(ai_failure({.status = 200, .body = body}, "x")) << error;
    }
}

TEST(AiFailure, WordsOfASuccessAreNoError) {
    EXPECT_FALSE(ai_failure({.status = 200, .body = R"({"detail":"x","message":"y"})"}, "x"));
    EXPECT_FALSE(ai_failure({.status = 200, .body = R"({"choices":[{"error":null}]})"}, "x"));
    EXPECT_FALSE(ai_failure({.status = 200, .body = R"({"choices":[3]})"}, "x"));
    EXPECT_FALSE(ai_failure({.status = 200, .body = R"({"choices":{}})"}, "x"));
}

TEST(AiFailure, DetailNamesRequestStatusCodeAndMessage) {
    EXPECT_EQ(detail_of(404, R"({"error":{"message":"The model `x` does not exist.",
                                 "type":"invalid_request_error","code":"model_not_found"}})"),
              "transcription: HTTP 404 model_not_found: The model `x` does not exist");
    EXPECT_EQ(detail_of(500, R"({"error":{"message":"Sorry!","type":"server_error"}})"),
              "transcription: HTTP 500 server_error: Sorry!");
    EXPECT_EQ(detail_of(200, R"({"error":{"code":502,"message":"down"}})"),
              "transcription: HTTP 200, error 502: down");
    EXPECT_EQ(detail_of(400, "Invalid request"), "transcription: HTTP 400: Invalid request");
    EXPECT_EQ(detail_of(422, R"({"detail":[
        {"loc":["body","model"],"msg":"Field required","input":"secret"},
        {"loc":[],"msg":"second"},{"loc":[7],"msg":"third"},{"msg":"fourth"}]})"),
              "transcription: HTTP 422: model: Field required; second; third");
    EXPECT_EQ(detail_of(400, R"({"detail":{"message":"nested"}})"),
              "transcription: HTTP 400: nested");
    EXPECT_EQ(detail_of(500, R"("a string")"), "transcription: HTTP 500: a string");
}

TEST(AiFailure, DetailSaysWhatKindOfBodyItWas) {
    EXPECT_EQ(detail_of(200, ""), "transcription: HTTP 200 with an empty body");
    EXPECT_EQ(detail_of(200, " \r\n"), "transcription: HTTP 200 with an empty body");
    EXPECT_EQ(detail_of(502, "\n<HTML>x</HTML>"),
              "transcription: HTTP 502 with an HTML page, 15 bytes");
    EXPECT_EQ(detail_of(502, "\xEF\xBB\xBF<html></html>"),
              "transcription: HTTP 502 with an HTML page, 16 bytes");
    EXPECT_EQ(detail_of(502, "<!doctype HTML>"),
              "transcription: HTTP 502 with an HTML page, 15 bytes");
    EXPECT_EQ(detail_of(500, "<?xml?><e/>"), "transcription: HTTP 500 with XML, 11 bytes");
    EXPECT_EQ(detail_of(200, R"({"text":"hi)"),
              "transcription: HTTP 200 with JSON that is cut off, 11 bytes");
    EXPECT_EQ(detail_of(200, R"({"text":hi})"),
              "transcription: HTTP 200 with JSON that cannot be read, 11 bytes");
    EXPECT_EQ(detail_of(200, R"({"text":1e999})"),
              "transcription: HTTP 200 with JSON that cannot be read, 14 bytes");
    EXPECT_EQ(detail_of(500, R"([{"a":1}])"),
              "transcription: HTTP 500 with JSON that is no object, 9 bytes");
    EXPECT_EQ(detail_of(500, "{}"), "transcription: HTTP 500 with a JSON object, 2 bytes");
}

TEST(AiFailure, NothingOfAnUnreadableSuccessIsQuoted) {
    EXPECT_EQ(detail_of(200, "my card is 4580"),
              "transcription: HTTP 200 with text that is no JSON, 15 bytes");
}

TEST(AiFailure, KeysAndWhatQuotesTheRequestAreLeftOut) {
    EXPECT_EQ(
        detail_of(401, R"({"error":{"message":"Incorrect key: sk-proj-1234, 'gsk_abc'. Bye"}})"),
        "transcription: HTTP 401: Incorrect key: *** *** Bye");
    EXPECT_EQ(
        detail_of(400, R"({"error":{"message":"Failed to parse: [{\"content\":\"secret\"}]"}})"),
        "transcription: HTTP 400: Failed to parse: [");
    EXPECT_EQ(detail_of(400, R"({"error":{"message":"bad \u05e9\u05dc\u05d5\u05dd word"}})"),
              "transcription: HTTP 400: bad ? word");
    EXPECT_EQ(detail_of(400, R"({"error":{"message":"a disk-full\n\u001b[31m risk-"}})"),
              "transcription: HTTP 400: a disk-full [31m risk-");
}

TEST(AiFailure, LongMessagesAreShortened) {
    const std::string detail = detail_of(500, std::string(100'000, 'x'));
    EXPECT_LT(detail.size(), 260U);
}

TEST(AiFailure, RequestIdComesFromHeaderThenBody) {
    EXPECT_EQ(ai_failure({.status = 500, .headers = {{"X-Request-Id", "req_1"}}}, "x")->request_id,
              "req_1");
    EXPECT_EQ(ai_failure({.status = 500, .headers = {{"request-id", "req_2"}}}, "x")->request_id,
              "req_2");
    EXPECT_EQ(ai_failure({.status = 500, .body = R"({"type":"error","error":{"type":"api_error"},
                                      "request_id":"req_3"})"},
                         "x")
                  ->request_id,
              "req_3");
    EXPECT_EQ(ai_failure({.status = 400, .body = R"({"err_code":"x","request_id":"r-4"})"}, "x")
                  ->request_id,
              "r-4");
    EXPECT_EQ(ai_failure({.status = 500, .headers = {{"x-request-id", "a b\n"}}}, "x")->request_id,
              "");
}

TEST(AiFailure, WaitsInWords) {
    using std::chrono::milliseconds;
    EXPECT_EQ(wait_of("Please try again in 20ms."), milliseconds{20});
    EXPECT_EQ(wait_of("please Try Again in 2m59.56s"), milliseconds{179'560});
    EXPECT_EQ(wait_of("try again in 1 hour"), milliseconds{3'600'000});
    EXPECT_EQ(wait_of("try again in 500us"), milliseconds{1});
    EXPECT_EQ(wait_of("try again in 99999999h"), milliseconds{86'400'000});
}

TEST(AiFailure, WaitsInSenselessWordsAreNone) {
    for (const char* const words :
         {"try again in ", "try again in a minute", "try again in 5", "try again in 5 parsecs",
          "try again in -5s", "try again in nans", "try again in infs", "try again later",
          "try again in ....s", "try again in 1e400000s"}) {
        EXPECT_EQ(wait_of(words), std::nullopt) << words;
    }
    EXPECT_EQ(wait_of("try again in " + std::string(5000, '9') + "s"), std::nullopt);
}

TEST(AiFailure, DeeplyNestedBodiesAreRead) {
    const std::string deep = std::string(50'000, '[') + std::string(50'000, ']');
    EXPECT_EQ(ai_failure({.status = 200, .body = deep}, "x")->reason, Reason::bad_reply);
    EXPECT_FALSE(ai_failure({.status = 200, .body = "{\"a\":" + deep + "}"}, "x"));
    EXPECT_EQ(ai_failure({.status = 200, .body = std::string(100'000, '[')}, "x")->reason,
              Reason::bad_reply);
}

TEST(AiFailure, MembersOfTheWrongTypeAreIgnored) {
    EXPECT_EQ(detail_of(500, R"({"error":{"message":[1],"type":{},"code":1.5,"metadata":7}})"),
              "transcription: HTTP 500 with a JSON object, 59 bytes");
    EXPECT_EQ(detail_of(500, R"({"detail":[1,null,"x"]})"), "transcription: HTTP 500: ; ;");
}

TEST(AiBadReply, NamesTheProblem) {
    const Failure failure = ai_bad_reply(
        {.status = 200, .headers = {{"x-request-id", "r"}}, .body = "{}"}, "summary", "no choices");
    EXPECT_EQ(failure.reason, Reason::bad_reply);
    EXPECT_EQ(failure.detail, "summary: no choices");
    EXPECT_EQ(failure.http_status, 200);
    EXPECT_EQ(failure.request_id, "r");
}

RC_GTEST_PROP(AiFailure, NeverThrowsAndKeepsDetailsShortAscii, (const std::string& body)) {
    const int status = *rc::gen::inRange(0, 700);
    const auto failure = ai_failure({.status = status, .body = body}, "x");
    if (failure) {
        RC_ASSERT(failure->detail.size() < 400U);
        for (const char c : failure->detail) {
            RC_ASSERT(static_cast<unsigned char>(c) >= 0x20U);
        }
    }
}

RC_GTEST_PROP(AiFailure, ReadsAnyCutOfAnError, ()) {
    const std::string whole =
        R"({"type":"error","error":{"message":"m \u05e9 { x","code":429,"metadata":{"reasons":[]}}})";
    auto body = whole.substr(0, *rc::gen::inRange<std::size_t>(0, whole.size()));
    if (!body.empty()) {
        body[*rc::gen::inRange<std::size_t>(0, body.size())] = *rc::gen::arbitrary<char>();
    }
    RC_ASSERT(ai_failure({.status = 200, .body = body}, "x").has_value());
}

} // namespace
} // namespace callctl::call
