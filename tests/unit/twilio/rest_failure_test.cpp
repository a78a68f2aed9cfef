// The codes are those of https://www.twilio.com/docs/api/errors, the statuses those seen with them.
#include "twilio/rest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace callctl::twilio {
namespace {

using namespace std::chrono_literals;
using call::Reason;
using testing::HasSubstr;
using testing::Not;

struct CodeCase {
    int code;
    int status;
    Reason reason;
};

class TwilioError : public testing::TestWithParam<CodeCase> {};

TEST_P(TwilioError, HasItsReasonInJson) {
    const CodeCase& row = GetParam();
    const call::Failure failure = failure_of({.status = row.status,
                                              .body = R"({"code":)" + std::to_string(row.code) +
                                                      R"(,"message":"some text","status":)" +
                                                      std::to_string(row.status) + '}'},
                                             "do it");
    EXPECT_EQ(failure.reason, row.reason);
    EXPECT_EQ(failure.http_status, row.status);
    EXPECT_EQ(failure.provider_code, row.code);
    EXPECT_EQ(failure.detail, "do it: twilio answered " + std::to_string(row.status) + ", code " +
                                  std::to_string(row.code) + ": some text");
}

TEST_P(TwilioError, HasItsReasonInXml) {
    const CodeCase& row = GetParam();
    const call::Failure failure = failure_of(
        {.status = row.status,
         .body = "<?xml version='1.0' encoding='UTF-8'?>\n<TwilioResponse><RestException><Code>" +
                 std::to_string(row.code) +
                 "</Code><Message>some text</Message><Status>1</Status></RestException>"
                 "</TwilioResponse>"},
        "do it");
    EXPECT_EQ(failure.reason, row.reason);
    EXPECT_EQ(failure.provider_code, row.code);
    EXPECT_THAT(failure.detail, HasSubstr(": some text"));
}

INSTANTIATE_TEST_SUITE_P(
    Dictionary, TwilioError,
    testing::Values(
        CodeCase{20001, 400, Reason::rejected}, //
        CodeCase{20003, 401, Reason::auth}, CodeCase{20004, 405, Reason::rejected},
        CodeCase{20005, 400, Reason::auth}, CodeCase{20006, 403, Reason::auth},
        CodeCase{20007, 400, Reason::rejected}, CodeCase{20008, 403, Reason::auth},
        CodeCase{20009, 400, Reason::not_ready}, CodeCase{20404, 404, Reason::not_found},
        CodeCase{20409, 409, Reason::provider_error}, CodeCase{20422, 422, Reason::rejected},
        CodeCase{20429, 429, Reason::rate_limited}, CodeCase{20500, 500, Reason::provider_error},
        CodeCase{20503, 503, Reason::provider_error}, CodeCase{21201, 400, Reason::rejected},
        CodeCase{21205, 400, Reason::rejected}, CodeCase{21206, 400, Reason::rejected},
        CodeCase{21208, 400, Reason::rejected}, CodeCase{21209, 400, Reason::rejected},
        CodeCase{21210, 400, Reason::rejected}, CodeCase{21211, 400, Reason::rejected},
        CodeCase{21212, 400, Reason::rejected}, CodeCase{21214, 400, Reason::rejected},
        CodeCase{21215, 400, Reason::rejected}, CodeCase{21216, 400, Reason::rejected},
        CodeCase{21217, 400, Reason::rejected}, CodeCase{21219, 400, Reason::rejected},
        CodeCase{21220, 400, Reason::rejected}, CodeCase{21481, 400, Reason::provider_error},
        CodeCase{21501, 404, Reason::not_ready}, CodeCase{21501, 409, Reason::not_ready},
        CodeCase{21502, 400, Reason::rejected}, CodeCase{21609, 400, Reason::rejected},
        CodeCase{21626, 400, Reason::rejected}, CodeCase{13621, 400, Reason::rejected},
        CodeCase{16108, 400, Reason::rejected}, CodeCase{16113, 400, Reason::rejected},
        CodeCase{16114, 408, Reason::timeout}, CodeCase{16114, 400, Reason::timeout},
        // A code decides even under a status that says something else.
        CodeCase{20429, 503, Reason::rate_limited}, CodeCase{20003, 404, Reason::auth},
        // Codes that are new to us go by their status.
        CodeCase{99999, 400, Reason::rejected}, CodeCase{99999, 418, Reason::rejected},
        CodeCase{99999, 503, Reason::provider_error}),
    [](const auto& row) {
        return "Code" + std::to_string(row.param.code) + "Status" +
               std::to_string(row.param.status);
    });

struct StatusCase {
    int status;
    Reason reason;
};

class BareStatus : public testing::TestWithParam<StatusCase> {};

TEST_P(BareStatus, HasItsReason) {
    for (const char* const body : {"", "<html><body>Bad Gateway</body></html>", "{\"code\":214",
                                   "[]", "{}", R"({"code":null,"message":null})"}) {
        const call::Failure failure =
            failure_of({.status = GetParam().status, .body = body}, "do it");
        EXPECT_EQ(failure.reason, GetParam().reason) << body;
        EXPECT_EQ(failure.provider_code, 0) << body;
        EXPECT_EQ(failure.detail, "do it: twilio answered " + std::to_string(GetParam().status));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Table, BareStatus,
    testing::Values(StatusCase{0, Reason::bad_reply}, StatusCase{100, Reason::bad_reply},
                    StatusCase{200, Reason::bad_reply}, StatusCase{301, Reason::bad_reply},
                    StatusCase{400, Reason::rejected}, StatusCase{401, Reason::auth},
                    StatusCase{402, Reason::bad_reply}, StatusCase{403, Reason::auth},
                    StatusCase{404, Reason::not_found}, StatusCase{405, Reason::rejected},
                    StatusCase{407, Reason::bad_reply}, StatusCase{408, Reason::timeout},
                    StatusCase{409, Reason::provider_error}, StatusCase{413, Reason::bad_reply},
                    StatusCase{422, Reason::rejected}, StatusCase{429, Reason::rate_limited},
                    StatusCase{500, Reason::provider_error}, StatusCase{501, Reason::rejected},
                    StatusCase{502, Reason::provider_error},
                    StatusCase{503, Reason::provider_error},
                    StatusCase{504, Reason::provider_error}, StatusCase{505, Reason::rejected},
                    StatusCase{599, Reason::provider_error}, StatusCase{600, Reason::bad_reply},
                    StatusCase{999, Reason::bad_reply}),
    [](const auto& row) { return "Status" + std::to_string(row.param.status); });

TEST(Failure, CarriesTheHeadersThatMatter) {
    const call::Failure failure =
        failure_of({.status = 429,
                    .headers = {{"retry-after", "7"},
                                {"twilio-request-id", "RQ0123456789abcdef0123456789abcdef"}},
                    .body = R"({"code":20429,"message":"Too Many Requests","status":429})"},
                   "get call");
    EXPECT_EQ(failure.reason, Reason::rate_limited);
    EXPECT_EQ(failure.retry_after, 7s);
    EXPECT_EQ(failure.request_id, "RQ0123456789abcdef0123456789abcdef");
    EXPECT_EQ(failure.detail, "get call: twilio answered 429, code 20429: Too Many Requests");
}

TEST(Failure, BoundsWhatOthersWrite) {
    const call::Failure failure =
        failure_of({.status = 500,
                    .headers = {{"Twilio-Request-Id", std::string(10'000, 'x')}},
                    .body = R"({"code":20500,"message":")" + std::string(10'000, 'y') + "\"}"},
                   "get call");
    EXPECT_LE(failure.request_id.size(), 64U);
    EXPECT_LE(failure.detail.size(), 300U);
}

TEST(Failure, ShowsNoPhoneNumber) {
    const call::Failure failure =
        failure_of({.status = 400,
                    .body = R"({"code":21211,"message":"The 'To' number +14158675309\nis bad"})"},
                   "do it");
    EXPECT_THAT(failure.detail, Not(HasSubstr("8675309")));
    EXPECT_THAT(failure.detail, Not(HasSubstr("\n")));
    EXPECT_THAT(failure.detail, HasSubstr("The 'To' number +"));
}

TEST(Failure, ReadsCodesInOddClothes) {
    EXPECT_EQ(failure_of({.status = 400, .body = R"({"code":"21220"})"}, "x").provider_code, 21220);
    for (const char* const body : {R"({"code":-1})", R"({"code":1e99})", R"({"code":[21220]})",
                                   R"({"code":true})", R"({"code":99999999999999})"}) {
        const call::Failure failure = failure_of({.status = 400, .body = body}, "x");
        EXPECT_EQ(failure.provider_code, 0) << body;
        EXPECT_EQ(failure.reason, Reason::rejected) << body;
    }
}

TEST(Failure, TakesTheWordsOfProblemDetails) {
    EXPECT_EQ(
        failure_of(
            {.status = 400, .body = R"({"type":"t","title":"Bad","status":400,"code":20001})"}, "x")
            .detail,
        "x: twilio answered 400, code 20001: Bad");
    EXPECT_EQ(
        failure_of({.status = 418, .body = R"({"title":"Bad","detail":"Worse"})"}, "x").detail,
        "x: twilio answered 418: Worse");
    EXPECT_EQ(failure_of({.status = 418, .body = R"({"detail":"Worse"})"}, "x").reason,
              Reason::rejected);
}

TEST(Failure, ReadsXmlThatIsCutOrEmptyByStatus) {
    for (const char* const body :
         {"<TwilioResponse><RestException><Code>21220</Code>", "<RestException></RestException>",
          "<RestException><Code>21220</RestException>"}) {
        const call::Failure failure = failure_of({.status = 404, .body = body}, "x");
        EXPECT_EQ(failure.provider_code, 0) << body;
        EXPECT_EQ(failure.reason, Reason::not_found) << body;
    }
}

} // namespace
} // namespace callctl::twilio
