// Voice webhooks whose TwiML an application behind us serves.
#include "unit/app/hanging_store.hpp"
#include "unit/app/quiet_logger.hpp"

#include "app/upstream.hpp"
#include "app/webhooks.hpp"
#include "fakes/held_http_client.hpp"
#include "fakes/memory_call_store.hpp"
#include "pipeline/news.hpp"
#include "twilio/form.hpp"
#include "twilio/signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <string>

namespace callctl::app {
namespace {

using port::WebRequest;
using port::WebResponse;
using testing::HasSubstr;
using testing::Not;
using twilio::Form;
using namespace std::chrono_literals;

const std::string k_sid = "CA" + std::string(32, 'a');
const std::string k_account = "AC" + std::string(32, '0');
const std::string k_twiml = "<Response><Say>Hi</Say></Response>";
constexpr base::Time k_now{std::chrono::microseconds{1'767'268'800'000'000}};

class UpstreamWebhooks : public testing::Test {
  protected:
    explicit UpstreamWebhooks(std::chrono::milliseconds voice_patience = 1min) {
        m_store.set_now(k_now);
        auto http = std::make_unique<fakes::HeldHttpClient>();
        m_http = http.get();
        m_upstream = std::make_unique<Upstream>(
            UpstreamSettings{.place = {.url = "http://app:5000",
                                       .public_url = "http://app:5000",
                                       .auth_token = base::Secret{"token"}},
                             .recording_callback = "https://calls.example.com/r",
                             .metrics = &m_metrics},
            std::move(http), m_log.logger);
        m_handler = std::make_unique<WebhookHandler>(
            WebhookSettings{.public_url = "https://calls.example.com",
                            .account = *base::AccountSid::parse(k_account),
                            .auth_tokens = {base::Secret{"token"}},
                            .twiml_document = "<Response><Say>fallback</Say></Response>",
                            .voice_patience = voice_patience},
            m_commits, [] { return k_now; }, m_log.logger, m_metrics, m_upstream.get());
    }

    static WebRequest request(const std::string& route, const std::string& status) {
        const Form form{{"CallSid", k_sid},
                        {"AccountSid", k_account},
                        {"CallStatus", status},
                        {"From", "+972501234567"},
                        {"To", "+97231234567"}};
        WebRequest request{.method = "POST", .target = "/webhook/" + route};
        request.body = twilio::encode_form(form);
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                           {"X-Twilio-Signature",
                            twilio::sign(base::Secret{"token"},
                                         "https://calls.example.com" + request.target, form)}};
        return request;
    }

    std::future<WebResponse> send(WebRequest request) {
        const auto answered = std::make_shared<std::promise<WebResponse>>();
        m_handler->handle(std::move(request), [answered](WebResponse response) {
            answered->set_value(std::move(response));
        });
        return answered->get_future();
    }
    std::future<WebResponse> call_comes_in() { return send(request("incoming_call", "ringing")); }
    /// What was submitted before is committed when this returns.
    void let_commits_end() {
        EXPECT_EQ(send(request("call_status", "in-progress")).get().status, 204);
    }
    void application_answers(const std::string& twiml = k_twiml) {
        m_http->end(base::HttpResponse{.status = 200, .body = twiml});
    }
    static bool is_out(const std::future<WebResponse>& answer) {
        return answer.wait_for(0s) != std::future_status::ready;
    }

    KeptLog m_log;
    ServerMetrics m_metrics;
    HangingStore m_store{k_account};
    pipeline::Policy m_policy{};
    GroupCommit m_commits{m_store,
                          [this](const auto& call, const auto& news, base::Time now) {
                              return pipeline::on_news(call, news, now, m_policy);
                          },
                          [] {}, m_log.logger, GroupCommit::Options{}};
    fakes::HeldHttpClient* m_http{nullptr};
    std::unique_ptr<Upstream> m_upstream;
    std::unique_ptr<WebhookHandler> m_handler;
};

TEST_F(UpstreamWebhooks, AreAnsweredOnceTheApplicationHasAnsweredAfterTheCommit) {
    auto answer = call_comes_in();
    let_commits_end();
    EXPECT_TRUE(is_out(answer));
    application_answers();
    const auto response = answer.get();
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.body, HasSubstr("<Response><Start><Recording"));
    EXPECT_THAT(response.body, HasSubstr("<Say>Hi</Say>"));
    EXPECT_EQ(m_store.find(*base::CallSid::parse(k_sid))->facts.asked_by_twiml_at, k_now);
}

TEST_F(UpstreamWebhooks, AreAnsweredOnceTheCommitIsOverAfterTheApplication) {
    std::unique_lock hanging{m_store.gate};
    auto answer = call_comes_in();
    application_answers();
    EXPECT_TRUE(is_out(answer));
    hanging.unlock();
    EXPECT_THAT(answer.get().body, HasSubstr("<Say>Hi</Say>"));
}

TEST_F(UpstreamWebhooks, StartNoSecondRecordingOfACallThatIsBeingRecorded) {
    let_commits_end();
    const auto claim = m_store.claim_call(*base::CallSid::parse(k_sid), {.worker = "w"});
    ASSERT_EQ(m_store.begin_attempt(claim->lease, call::Stage::recording, claim->call.news),
              port::Written::done);
    auto answer = call_comes_in();
    application_answers();
    EXPECT_EQ(answer.get().body, k_twiml);
    auto failed = send(request("incoming_call", "in-progress"));
    application_answers("no TwiML");
    EXPECT_EQ(failed.get().body, "<Response><Say>fallback</Say></Response>");
}

TEST_F(UpstreamWebhooks, AreCountedByWhatTheApplicationAnswered) {
    const auto count = [this](const std::string& result) {
        const std::string series = "callctl_upstream_requests_total{result=\"" + result + "\"} ";
        const std::string text = m_metrics.text();
        const auto at = text.find(series);
        return at == std::string::npos ? std::string{} : text.substr(at + series.size(), 1);
    };
    auto answer = call_comes_in();
    application_answers();
    answer.wait();
    EXPECT_EQ(count("ok"), "1");
    answer = call_comes_in();
    m_http->end(base::HttpResponse{.status = 500});
    application_answers();
    answer.wait();
    EXPECT_EQ(count("retried"), "1");
    answer = call_comes_in();
    application_answers("no TwiML");
    answer.wait();
    answer = call_comes_in();
    m_http->end(base::HttpResponse{.status = 404});
    answer.wait();
    EXPECT_EQ(count("fallback"), "2");
    EXPECT_EQ(count("ok"), "1");
}

TEST_F(UpstreamWebhooks, AreSignedWithTheTokenThatWasRenewed) {
    m_upstream->renew_auth_token(base::Secret{"fresh"});
    auto answer = call_comes_in();
    const auto asked = m_http->requests().at(0);
    EXPECT_EQ(base::find_header(asked.headers, "X-Twilio-Signature"),
              twilio::sign(base::Secret{"fresh"}, "http://app:5000/webhook/incoming_call",
                           twilio::parse_form(std::get<std::string>(asked.body)).value()));
    application_answers();
    answer.wait();
}

TEST_F(UpstreamWebhooks, FallBackWithTheRecordingInFront) {
    auto answer = call_comes_in();
    m_http->end(base::HttpResponse{.status = 404});
    const auto response = answer.get();
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.body, HasSubstr("<Response><Start><Recording"));
    EXPECT_THAT(response.body, HasSubstr("<Say>fallback</Say>"));
}

TEST_F(UpstreamWebhooks, AreAnsweredByTheApplicationWhenTheDatabaseIsAway) {
    m_store.set_available(false);
    auto answer = call_comes_in();
    application_answers();
    EXPECT_THAT(answer.get().body, HasSubstr("<Start><Recording"));
}

TEST_F(UpstreamWebhooks, AskWithWhatTwilioSent) {
    auto answer = send(request("outbound_call?lead=7", "in-progress"));
    const auto asked = m_http->requests().at(0);
    EXPECT_EQ(asked.url, "http://app:5000/webhook/outbound_call?lead=7");
    EXPECT_EQ(std::get<std::string>(asked.body), request("outbound_call", "in-progress").body);
    application_answers();
    EXPECT_EQ(answer.get().status, 200);
}

TEST_F(UpstreamWebhooks, AskNothingForOtherRoutesNorForWhatIsRefused) {
    EXPECT_EQ(send(request("call_status", "completed")).get().status, 204);
    EXPECT_EQ(send(request("stream_ended", "in-progress")).get().status, 200);
    auto forged = request("incoming_call", "ringing");
    forged.body += "&Digits=1";
    EXPECT_EQ(send(forged).get().status, 403);
    EXPECT_TRUE(m_http->requests().empty());
}

TEST_F(UpstreamWebhooks, HoldNoOthersUpWhileTheApplicationHangs) {
    auto hanging = call_comes_in();
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(send(request("call_status", "in-progress")).get().status, 204);
    }
    EXPECT_TRUE(is_out(hanging));
    m_http->end(base::fail(base::ErrorKind::transient, "timeout: 5 s"));
    m_http->end(base::fail(base::ErrorKind::transient, "timeout: 5 s"));
    EXPECT_THAT(hanging.get().body, HasSubstr("<Say>fallback</Say>"));
    EXPECT_THAT(m_log.text(), Not(HasSubstr("972501234567")));
}

TEST_F(UpstreamWebhooks, AreAnsweredWhenTheServerStopsAskingTheApplication) {
    auto answer = call_comes_in();
    m_upstream.reset();
    EXPECT_THAT(answer.get().body, HasSubstr("<Say>fallback</Say>"));
}

class HastyUpstreamWebhooks : public UpstreamWebhooks {
  protected:
    HastyUpstreamWebhooks() : UpstreamWebhooks{20ms} {}
};

TEST_F(HastyUpstreamWebhooks, WaitForACommitThatHangsNoLongerThanTheyMay) {
    const std::scoped_lock hanging{m_store.gate};
    auto answer = call_comes_in();
    application_answers();
    EXPECT_THAT(answer.get().body, HasSubstr("<Say>Hi</Say>"));
    EXPECT_THAT(m_log.text(), HasSubstr("webhook_commit_late call=" + k_sid));
}

TEST_F(HastyUpstreamWebhooks, AreAnsweredByTheApplicationHoweverLateTheCommitIs) {
    const std::scoped_lock hanging{m_store.gate};
    auto first = call_comes_in();
    auto second = call_comes_in();
    application_answers();
    first.get(); // so the patience is over: at least for the first
    EXPECT_TRUE(is_out(second));
    application_answers("<Response><Say>late</Say></Response>");
    EXPECT_THAT(second.get().body, HasSubstr("<Say>late</Say>"));
}

} // namespace
} // namespace callctl::app
