#include "unit/app/quiet_logger.hpp"

#include "app/upstream.hpp"
#include "fakes/held_http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace callctl::app {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string k_twiml = "<Response><Say>Hi</Say></Response>";
const base::CallSid k_call = *base::CallSid::parse("CA" + std::string(32, 'a'));

base::HttpResponse response(int status, std::string body = {}) {
    return {.status = status, .body = std::move(body)};
}

base::Result<base::HttpResponse> lost(const std::string& message,
                                      base::ErrorKind kind = base::ErrorKind::transient) {
    return base::fail(kind, message);
}

class UpstreamTest : public testing::Test {
  protected:
    UpstreamTest() {
        auto http = std::make_unique<fakes::HeldHttpClient>();
        m_http = http.get();
        m_upstream = std::make_unique<Upstream>(
            UpstreamSettings{.place = {.url = "http://app:5000",
                                       .public_url = "http://app:5000",
                                       .auth_token = base::Secret{"secret"}},
                             .recording_callback = "https://calls.example.com/r",
                             .max_in_hand = 3},
            std::move(http), m_log.logger);
    }

    void ask(port::WebRequest request = {.method = "POST", .target = "/webhook/incoming_call"}) {
        m_upstream->ask(
            {k_call, std::move(request),
             [](bool is_recorded) {
                 return port::WebResponse{.body = is_recorded ? "fallback, recorded" : "fallback"};
             }},
            [this](Upstream::Answer answer) { m_answers.push_back(std::move(answer)); });
    }
    /// The answer to the one request that was asked for.
    port::WebResponse answer(bool is_recorded = false) {
        if (m_answers.size() != 1) {
            ADD_FAILURE() << m_answers.size() << " answers";
            return {};
        }
        return m_answers[0](is_recorded);
    }

    KeptLog m_log;
    fakes::HeldHttpClient* m_http{nullptr};
    std::vector<Upstream::Answer> m_answers;
    std::unique_ptr<Upstream> m_upstream; // last: its end gives answers
};

TEST_F(UpstreamTest, AnswersWithTheApplicationsTwimlAndTheRecordingInFront) {
    ask();
    EXPECT_TRUE(m_answers.empty());
    m_http->end(response(200, k_twiml));
    const auto answered = answer();
    EXPECT_EQ(answered.status, 200);
    EXPECT_EQ(answered.content_type, "text/xml; charset=utf-8");
    EXPECT_THAT(answered.body, testing::StartsWith("<Response><Start><Recording "));
    EXPECT_THAT(answered.body, HasSubstr("https://calls.example.com/r"));
    EXPECT_THAT(answered.body, testing::EndsWith("</Start><Say>Hi</Say></Response>"));
    EXPECT_EQ(m_http->requests().size(), 1U);
    EXPECT_EQ(m_log.text(), "");
}

TEST_F(UpstreamTest, PutsNothingInFrontOfACallThatIsRecorded) {
    ask();
    m_http->end(response(201, k_twiml));
    EXPECT_EQ(answer(/*is_recorded=*/true).body, k_twiml);
}

TEST_F(UpstreamTest, HandsTheCookiesBack) {
    ask();
    auto with_cookie = response(200, k_twiml);
    with_cookie.headers = {{"Server", "app"}, {"Set-Cookie", "a=1"}};
    m_http->end(with_cookie);
    const auto headers = answer().headers;
    ASSERT_EQ(headers.size(), 1U);
    EXPECT_EQ(headers[0].value, "a=1");
}

// --- What is asked again, and what is not ---

struct Failing {
    const char* name;
    std::string why;
    base::Result<base::HttpResponse> result;
};

class WorthAnotherTry : public UpstreamTest, public testing::WithParamInterface<Failing> {};

TEST_P(WorthAnotherTry, AndNoMoreThanOne) {
    ask();
    m_http->end(GetParam().result);
    ASSERT_EQ(m_http->under_way(), 1U);
    EXPECT_TRUE(m_answers.empty());
    m_http->end(GetParam().result);
    EXPECT_EQ(m_http->under_way(), 0U);
    EXPECT_EQ(answer().body, "fallback");
    EXPECT_THAT(m_log.text(), HasSubstr("tries=2 answer=fallback why=\"" + GetParam().why));
}

TEST_P(WorthAnotherTry, WhichMaySucceed) {
    ask();
    m_http->end(GetParam().result);
    m_http->end(response(200, k_twiml));
    EXPECT_THAT(answer().body, HasSubstr("<Say>Hi</Say>"));
    EXPECT_THAT(m_log.text(), Not(HasSubstr("upstream_failed")));
    const auto requests = m_http->requests();
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_EQ(base::find_header(requests[0].headers, "X-Twilio-Signature"),
              base::find_header(requests[1].headers, "X-Twilio-Signature"));
}

INSTANTIATE_TEST_SUITE_P(
    Upstream, WorthAnotherTry,
    testing::Values(Failing{"NoConnection", "connect: refused", lost("connect: refused")},
                    Failing{"Timeout", "timeout: late", lost("timeout: late")},
                    Failing{"CutAnswer", "transfer: cut", lost("transfer: cut")},
                    Failing{"ServerError", "HTTP 500", response(500, k_twiml)},
                    Failing{"BadGateway", "HTTP 502", response(502)},
                    Failing{"Busy", "HTTP 503", response(503)}),
    [](const auto& row) { return row.param.name; });

class NotWorthAnotherTry : public UpstreamTest, public testing::WithParamInterface<Failing> {};

TEST_P(NotWorthAnotherTry, TheFallbackIsGivenAtOnce) {
    ask();
    m_http->end(GetParam().result);
    EXPECT_EQ(m_http->under_way(), 0U);
    EXPECT_EQ(answer(/*is_recorded=*/true).body, "fallback, recorded");
    EXPECT_EQ(answer().body, "fallback");
    EXPECT_THAT(m_log.text(), HasSubstr("upstream_failed call=" + k_call.str()));
    EXPECT_THAT(m_log.text(), HasSubstr("why=\"" + GetParam().why));
}

INSTANTIATE_TEST_SUITE_P(
    Upstream, NotWorthAnotherTry,
    testing::Values(Failing{"Forbidden", "HTTP 403", response(403, k_twiml)},
                    Failing{"NotFound", "HTTP 404", response(404)},
                    Failing{"TooMany", "HTTP 429", response(429)},
                    Failing{"Moved", "HTTP 301", response(301, k_twiml)},
                    Failing{"SeeOther", "HTTP 303", response(303)},
                    Failing{"PermanentRedirect", "HTTP 308", response(308)},
                    Failing{"Stopping", "stopped: we end", lost("stopped: we end")},
                    Failing{"Senseless", "connect: bad URL",
                            lost("connect: bad URL", base::ErrorKind::invalid_input)},
                    Failing{"NoContent", "twiml document: line 1: no element", response(204)},
                    Failing{"Text", "twiml document: line 1: text outside", response(200, "hello")},
                    Failing{"Html", "twiml document: the root element is not Response",
                            response(200, "<html/>")},
                    Failing{"Huge", "twiml has 70000 bytes",
                            response(200, std::string(70'000, 'x'))}),
    [](const auto& row) { return row.param.name; });

TEST_F(UpstreamTest, LogsNoWordOfTheAnswer) {
    ask();
    m_http->end(response(200, "<Response><Say>+972501234567</Say>"));
    EXPECT_EQ(answer().body, "fallback");
    EXPECT_THAT(m_log.text(), Not(HasSubstr("972501234567")));
}

TEST_F(UpstreamTest, SaysWhenTheApplicationRecordsBesideUs) {
    ask();
    m_http->end(response(200, "<Response><Dial record='true'>+1</Dial></Response>"));
    EXPECT_THAT(answer().body, HasSubstr("<Start><Recording"));
    EXPECT_THAT(m_log.text(),
                HasSubstr("upstream_records_too call=" + k_call.str() + " element=Dial"));
}

// --- What is not asked at all ---

TEST_F(UpstreamTest, HoldsNoMoreRequestsThanItMay) {
    for (int i = 0; i < 4; ++i) {
        ask();
    }
    EXPECT_EQ(m_http->under_way(), 3U);
    EXPECT_EQ(answer().body, "fallback") << "of the fourth, at once";
    EXPECT_THAT(m_log.text(), HasSubstr("tries=0 answer=fallback why=\"3 requests are in hand\""));
    m_http->end(response(500)); // which is tried again, and keeps its place
    EXPECT_EQ(m_http->under_way(), 3U);
    ask();
    EXPECT_EQ(m_answers.size(), 2U);
    m_http->end(response(200, k_twiml));
    ask();
    EXPECT_EQ(m_http->under_way(), 3U);
    EXPECT_EQ(m_answers.size(), 3U);
}

TEST_F(UpstreamTest, DoesNotGoRoundInCircles) {
    ask({.method = "POST",
         .target = "/webhook/incoming_call",
         .headers = {{"Via", "1.1 callctl-serve-webhooks, 1.1 nginx"}}});
    EXPECT_EQ(m_http->under_way(), 0U);
    EXPECT_EQ(answer().body, "fallback");
    EXPECT_THAT(m_log.text(), HasSubstr("upstream.url leads back to callctl"));
}

TEST_F(UpstreamTest, GivesThoseInHandTheirFallbackAtItsEnd) {
    ask();
    ask();
    m_upstream.reset();
    ASSERT_EQ(m_answers.size(), 2U);
    EXPECT_EQ(m_answers[0](false).body, "fallback");
    EXPECT_EQ(m_answers[1](true).body, "fallback, recorded");
}

TEST_F(UpstreamTest, MayBeGoneWhenItsAnswerIsMade) {
    ask();
    m_http->end(response(200, k_twiml));
    m_upstream.reset();
    EXPECT_THAT(answer().body, HasSubstr("<Say>Hi</Say>"));
}

} // namespace
} // namespace callctl::app
