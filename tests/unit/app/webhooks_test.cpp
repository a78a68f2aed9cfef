#include "unit/app/exposed.hpp"
#include "unit/app/hanging_store.hpp"
#include "unit/app/quiet_logger.hpp"

#include "app/webhooks.hpp"
#include "fakes/memory_call_store.hpp"
#include "pipeline/news.hpp"
#include "twilio/form.hpp"
#include "twilio/signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <string>

namespace callctl::app {
namespace {

using port::WebRequest;
using port::WebResponse;
using testing::HasSubstr;
using twilio::Form;
using namespace std::chrono_literals;
using namespace std::string_literals;

const std::string k_sid = "CA" + std::string(32, 'a');
const std::string k_account = "AC" + std::string(32, '0');
const std::string k_recording = "RE" + std::string(32, 'b');
constexpr base::Time k_now{std::chrono::microseconds{1'767'268'800'000'000}};

class Webhooks : public testing::Test {
  protected:
    Webhooks() : Webhooks{1min} {}

    explicit Webhooks(std::chrono::milliseconds voice_patience)
        : m_handler{settings(voice_patience), m_commits, [] { return k_now; }, m_log.logger,
                    m_metrics} {
        m_store.set_now(k_now);
    }

    static WebhookSettings settings(std::chrono::milliseconds voice_patience = 1min) {
        return {.public_url = "https://calls.example.com",
                .account = *base::AccountSid::parse(k_account),
                .auth_tokens = {base::Secret{"old"}, base::Secret{"new"}},
                .stream_url = "wss://agent.example.com/stream",
                .voice_patience = voice_patience};
    }

    static Form fields(const std::string& status) {
        return {{"CallSid", k_sid},        {"AccountSid", k_account}, {"CallStatus", status},
                {"From", "+972501234567"}, {"To", "+97231234567"},    {"Direction", "inbound"}};
    }

    static WebRequest request(const std::string& route, const Form& form,
                              const std::string& token = "new") {
        WebRequest request{.method = "POST", .target = "/webhook/" + route};
        request.body = twilio::encode_form(form);
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                           {"X-Twilio-Signature",
                            twilio::sign(base::Secret{token},
                                         "https://calls.example.com" + request.target, form)}};
        return request;
    }

    WebResponse send(WebRequest request) {
        std::promise<WebResponse> answered;
        m_handler.handle(std::move(request), [&answered](WebResponse response) {
            answered.set_value(std::move(response));
        });
        return answered.get_future().get();
    }

    [[nodiscard]] double counted(const std::string& route, const std::string& result) const {
        return series_of(m_metrics.text())
            .at("callctl_webhooks_total{result=\"" + result + "\",route=\"" + route + "\"}");
    }

    [[nodiscard]] std::optional<call::Call> call() {
        return m_store.find(*base::CallSid::parse(k_sid));
    }

    KeptLog m_log;
    ServerMetrics m_metrics{};
    HangingStore m_store{k_account};
    pipeline::Policy m_policy{};
    int m_commits_seen{0};
    GroupCommit m_commits{m_store,
                          [this](const auto& call, const auto& news, base::Time now) {
                              return pipeline::on_news(call, news, now, m_policy);
                          },
                          [this] { ++m_commits_seen; }, m_log.logger, GroupCommit::Options{}};
    WebhookHandler m_handler;
};

TEST_F(Webhooks, AnswersAVoiceCallWithTheRecordingFirst) {
    const auto response = send(request("incoming_call", fields("ringing")));
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.content_type, HasSubstr("text/xml"));
    const auto recording = response.body.find("<Start><Recording");
    const auto stream = response.body.find("<Connect");
    ASSERT_NE(recording, std::string::npos);
    ASSERT_NE(stream, std::string::npos);
    EXPECT_LT(recording, stream);
    EXPECT_THAT(response.body, HasSubstr("trim=\"do-not-trim\""));
    EXPECT_THAT(response.body, HasSubstr("handle_recording#rc=3&amp;rp=all"));
    ASSERT_TRUE(call());
    EXPECT_EQ(call()->facts.asked_by_twiml_at, k_now);
    EXPECT_EQ(call()->facts.direction, call::Direction::inbound);
}

TEST_F(Webhooks, StartNoSecondRecordingBesideARestStart) {
    send(request("call_status", fields("in-progress")));
    const auto claim = m_store.claim_call(*base::CallSid::parse(k_sid), {.worker = "w"});
    ASSERT_EQ(m_store.begin_attempt(claim->lease, call::Stage::recording, claim->call.news),
              port::Written::done);
    const auto response = send(request("outbound_call", fields("in-progress")));
    EXPECT_THAT(response.body, HasSubstr("<Connect"));
    EXPECT_EQ(response.body.find("<Recording"), std::string::npos) << response.body;
}

TEST_F(Webhooks, AnswersAnOutboundCallTheSameWay) {
    const auto response = send(request("outbound_call", fields("in-progress")));
    EXPECT_THAT(response.body, HasSubstr("<Start><Recording"));
    EXPECT_EQ(call()->facts.direction, call::Direction::outbound);
}

TEST_F(Webhooks, StoresARecordingCallbackBeforeItAnswers) {
    const auto response = send(request("handle_recording", {{"CallSid", k_sid},
                                                            {"AccountSid", k_account},
                                                            {"RecordingSid", k_recording},
                                                            {"RecordingStatus", "completed"},
                                                            {"RecordingDuration", "11"}}));
    EXPECT_EQ(response.status, 204);
    EXPECT_EQ(response.body, "");
    ASSERT_TRUE(call());
    EXPECT_EQ(call()->status(call::Stage::recording), call::Status::completed);
    EXPECT_EQ(call()->stage, call::Stage::transcript);
}

TEST_F(Webhooks, HangsUpWhenTheStreamHasEnded) {
    const auto response = send(request("stream_ended", fields("in-progress")));
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.body, HasSubstr("<Hangup"));
}

TEST_F(Webhooks, AnswersAStreamsEndWithoutTwimlWhereNothingIsExpected) {
    const auto over = send(request("stream_ended", fields("completed")));
    EXPECT_EQ(over.status, 204);
    EXPECT_EQ(over.body, "");
    auto event = fields("in-progress");
    event.emplace_back("StreamEvent", "stream-stopped");
    EXPECT_EQ(send(request("stream_ended", event)).status, 204);
    EXPECT_EQ(send(request("stream_ended", {{"CallSid", k_sid},
                                            {"AccountSid", k_account},
                                            {"StreamEvent", "stream-error"}}))
                  .status,
              204);
}

TEST_F(Webhooks, TakesTheSameDeliveryTwiceAsOne) {
    const auto delivery = request("call_status", fields("completed"));
    EXPECT_EQ(send(delivery).status, 204);
    const auto before = call();
    EXPECT_EQ(send(delivery).status, 204);
    EXPECT_EQ(call()->facts, before->facts);
    const auto story = m_store.story(call()->sid);
    ASSERT_EQ(story->deliveries.size(), 1U);
    EXPECT_EQ(story->deliveries.front().deliveries, 2);
}

TEST_F(Webhooks, AcceptsEveryConfiguredToken) {
    EXPECT_EQ(send(request("call_status", fields("completed"), "old")).status, 204);
}

TEST_F(Webhooks, AreNotRefusedForAFieldThatNobodyReads) {
    for (const std::string& odd : {"caf\xE9"s, "x\0y"s, std::string(70'000, 'v')}) {
        auto form = fields("completed");
        form.emplace_back("Odd", odd);
        EXPECT_EQ(send(request("call_status", form)).status, 204) << odd.substr(0, 9);
        EXPECT_TRUE(call());
    }
}

TEST_F(Webhooks, KnowsTheQueryAsPartOfTheUrl) {
    WebRequest with_query = request("call_status?lead=7", fields("completed"));
    EXPECT_EQ(send(std::move(with_query)).status, 204);
}

// --- Refusals: nothing is stored, one line is logged ---

struct Refused {
    std::string name;
    int status;
    std::function<void(WebRequest&)> spoil;
};

class WebhookRefusals : public Webhooks, public testing::WithParamInterface<Refused> {};

TEST_P(WebhookRefusals, StoreNothingAndLogOneLine) {
    WebRequest spoilt = request("call_status", fields("completed"));
    GetParam().spoil(spoilt);
    const auto response = send(std::move(spoilt));
    EXPECT_EQ(response.status, GetParam().status) << response.body;
    EXPECT_FALSE(call());
    const std::string log = m_log.text();
    EXPECT_EQ(std::ranges::count(log, '\n'), 1) << log;
    EXPECT_THAT(log, HasSubstr("webhook_refused"));
    EXPECT_THAT(log, testing::Not(HasSubstr("+972501234567")));
}

void sign_again(WebRequest& request) {
    request.headers[1].value =
        twilio::sign(base::Secret{"new"}, "https://calls.example.com" + request.target,
                     twilio::fields_as_sent(request.body));
}

void set_body(WebRequest& request, const Form& form) {
    request.body = twilio::encode_form(form);
    sign_again(request);
}

INSTANTIATE_TEST_SUITE_P(
    Webhooks, WebhookRefusals,
    testing::Values(
        Refused{"unsigned_request", 403, [](WebRequest& r) { r.headers.pop_back(); }},
        Refused{"signed_by_somebody_else", 403,
                [](WebRequest& r) { r.headers[1].value = "RSOYDt4T1cUTdK1PDd93/VVr8B8="; }},
        Refused{"changed_on_the_way", 403, [](WebRequest& r) { r.body += "&Digits=1"; }},
        Refused{"unknown_route", 404, [](WebRequest& r) { r.target = "/webhook/nothing"; }},
        Refused{"root", 404, [](WebRequest& r) { r.target = "/"; }},
        Refused{"get_request", 405, [](WebRequest& r) { r.method = "GET"; }},
        Refused{"json_body", 415, [](WebRequest& r) { r.headers[0].value = "application/json"; }},
        Refused{"no_content_type", 415, [](WebRequest& r) { r.headers.erase(r.headers.begin()); }},
        Refused{"no_call_sid", 400,
                [](WebRequest& r) {
                    set_body(r, {{"AccountSid", k_account}});
                }},
        Refused{"bad_call_sid", 400,
                [](WebRequest& r) {
                    set_body(r, {{"AccountSid", k_account}, {"CallSid", "CA123'; drop table"}});
                }},
        Refused{"more_fields_than_a_form_has", 400,
                [](WebRequest& r) {
                    Form form{{"AccountSid", k_account}, {"CallSid", k_sid}};
                    form.resize(twilio::k_max_form_fields + 1, {"f", "1"});
                    set_body(r, form);
                }},
        Refused{"another_account", 403,
                [](WebRequest& r) {
                    set_body(r, {{"AccountSid", "AC" + std::string(32, '9')}, {"CallSid", k_sid}});
                }},
        Refused{"binary_body", 403,
                [](WebRequest& r) { r.body = std::string("\x00\xff\xfe%zz", 6); }},
        Refused{"empty_body", 403, [](WebRequest& r) { r.body.clear(); }}),
    [](const auto& row) { return row.param.name; });

// --- When the commit fails ---

TEST_F(Webhooks, AsksForACallbackAgainWhenItIsNotDurable) {
    m_store.set_available(false);
    EXPECT_EQ(send(request("handle_recording", {{"CallSid", k_sid},
                                                {"AccountSid", k_account},
                                                {"RecordingSid", k_recording},
                                                {"RecordingStatus", "completed"}}))
                  .status,
              503);
}

TEST_F(Webhooks, AnswersTheCallerEvenWhenTheDatabaseIsAway) {
    m_store.set_available(false);
    const auto response = send(request("incoming_call", fields("ringing")));
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.body, HasSubstr("<Start><Recording"));
}

TEST_F(Webhooks, CountsHowEachWasAnswered) {
    send(request("incoming_call", fields("ringing")));
    send(request("call_status", fields("ringing")));
    send(request("call_status", fields("ringing"), "a wrong token"));
    send({.method = "GET", .target = "/favicon.ico"});
    m_store.set_available(false);
    send(request("incoming_call", fields("ringing")));
    send(request("call_status", fields("completed")));
    EXPECT_EQ(counted("incoming_call", "accepted"), 1.0);
    EXPECT_EQ(counted("incoming_call", "unsaved"), 1.0);
    EXPECT_EQ(counted("call_status", "accepted"), 1.0);
    EXPECT_EQ(counted("call_status", "failed"), 1.0);
    EXPECT_EQ(counted("call_status", "refused"), 1.0);
    EXPECT_EQ(counted("other", "refused"), 1.0);
    const auto series = series_of(m_metrics.text());
    EXPECT_EQ(series.at("callctl_webhooks_refused_total{why=\"signature_invalid\"}"), 1.0);
    EXPECT_EQ(series.at("callctl_webhooks_refused_total{why=\"no_such_route\"}"), 1.0);
    EXPECT_EQ(series.at("callctl_webhook_ack_seconds_count{route=\"call_status\"}"), 2.0)
        << "a refusal takes no commit, and would hide how long those take";
}

// --- When the commit hangs ---

class HastyWebhooks : public Webhooks {
  protected:
    HastyWebhooks() : Webhooks{20ms} {}
};

TEST_F(HastyWebhooks, AnswerTheCallerThoughTheDatabaseHangs) {
    {
        const std::scoped_lock hanging{m_store.gate};
        const auto response = send(request("incoming_call", fields("ringing")));
        EXPECT_EQ(response.status, 200);
        EXPECT_THAT(response.body, HasSubstr("<Start><Recording"));
        EXPECT_THAT(m_log.text(), HasSubstr("webhook_commit_late"));
    }
    // A callback is answered once it is stored, and with it all that came before it.
    EXPECT_EQ(send(request("call_status", fields("in-progress"))).status, 204);
    EXPECT_EQ(call()->facts.asked_by_twiml_at, k_now) << "the delivery stayed queued";
    EXPECT_EQ(counted("incoming_call", "late"), 1.0);
    EXPECT_EQ(counted("incoming_call", "accepted"), 0.0) << "an answer is counted once";
}

TEST_F(HastyWebhooks, LeaveACallbackToItsCommit) {
    std::promise<WebResponse> answered;
    auto answer = answered.get_future();
    std::unique_lock hanging{m_store.gate};
    m_handler.handle(request("call_status", fields("completed")),
                     [&](WebResponse response) { answered.set_value(std::move(response)); });
    send(request("incoming_call", fields("ringing"))); // late, and so was the callback by then
    EXPECT_EQ(answer.wait_for(0s), std::future_status::timeout);
    hanging.unlock();
    EXPECT_EQ(answer.get().status, 204);
}

} // namespace
} // namespace callctl::app
