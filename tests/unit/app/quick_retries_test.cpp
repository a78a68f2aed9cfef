// What is asked again at once, and what must not be.
#include "app/quick_retries.hpp"
#include "fakes/manual_clock.hpp"
#include "fakes/scripted_http_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace callctl::app {
namespace {

using fakes::http_response;
using testing::ElementsAre;
using namespace std::chrono_literals;

class Retrying : public testing::Test {
  protected:
    base::Result<base::HttpResponse> send() {
        const std::function<double()> dice = [this] { return m_chance; };
        return QuickRetries{m_inner, m_clock, dice}.send({.method = "POST", .url = "http://ai/x"});
    }
    void answers(base::Result<base::HttpResponse> answer) {
        m_inner.once("POST", "/x", std::move(answer));
    }
    [[nodiscard]] std::size_t sent() const { return m_inner.count("POST", "/x"); }

    double m_chance{0.0};
    fakes::ScriptedHttpClient m_inner;
    fakes::ManualClock m_clock;
};

base::HttpResponse with(int status, const std::string& name, const std::string& value) {
    auto response = http_response(status);
    response.headers.push_back({name, value});
    return response;
}

TEST_F(Retrying, AsksTwiceMoreAndThenLetsItBe) {
    for (const int status : {503, 500, 502, 200}) {
        answers(http_response(status));
    }
    EXPECT_EQ(send()->status, 502);
    EXPECT_EQ(sent(), 3U);
    EXPECT_THAT(m_clock.waits(), ElementsAre(500ms, 1s));
}

TEST_F(Retrying, EndsWithTheFirstAnswer) {
    answers(base::fail(base::ErrorKind::transient, "connect: refused"));
    answers(http_response(200, "{}"));
    EXPECT_EQ(send()->status, 200);
    EXPECT_EQ(sent(), 2U);
}

TEST_F(Retrying, SpreadsThoseThatStumbledTogether) {
    m_chance = 0.8;
    answers(http_response(500));
    answers(http_response(200));
    EXPECT_EQ(send()->status, 200);
    EXPECT_THAT(m_clock.waits(), ElementsAre(400ms));
}

TEST_F(Retrying, DoesNotBeginOnceAStopWasAskedFor) {
    m_clock.stop();
    answers(http_response(500));
    EXPECT_EQ(send()->status, 500);
    EXPECT_EQ(sent(), 1U);
}

struct Once {
    const char* name;
    base::Result<base::HttpResponse> answer;
};

void PrintTo(const Once& once, std::ostream* out) { // NOLINT(readability-identifier-naming) gtest's
    *out << once.name;
}

class SentOnce : public Retrying, public testing::WithParamInterface<Once> {};

TEST_P(SentOnce, IsNotAskedAgainAtOnce) {
    answers(GetParam().answer);
    static_cast<void>(send());
    EXPECT_EQ(sent(), 1U);
    EXPECT_TRUE(m_clock.waits().empty());
}

INSTANTIATE_TEST_SUITE_P(
    Answers, SentOnce,
    testing::Values(Once{"Good", http_response(200, "{}")},
                    Once{"TimedOut", base::fail(base::ErrorKind::transient, "timeout: 600 s")},
                    Once{"BrokenOff", base::fail(base::ErrorKind::transient, "transfer: reset")},
                    Once{"NotStored", base::fail(base::ErrorKind::transient, "local: disk full")},
                    Once{"Stopped", base::fail(base::ErrorKind::transient, "stopped: now")},
                    Once{"GatewayTimedOut", http_response(504)},
                    Once{"RateLimited", http_response(429)}, Once{"WrongKey", http_response(401)},
                    Once{"Refused", http_response(400)},
                    Once{"AsksForALongerPause", with(503, "Retry-After", "2")},
                    Once{"AsksForNone", with(500, "x-should-retry", "false")}),
    [](const auto& row) { return std::string{row.param.name}; });

} // namespace
} // namespace callctl::app
