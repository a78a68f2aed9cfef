// The round trip of a webhook of doctor's, through a real handler and whatever stands before it.
#include "unit/app/quiet_logger.hpp"

#include "app/webhook_probe.hpp"
#include "app/webhooks.hpp"
#include "fakes/memory_call_store.hpp"
#include "fakes/scripted_http_client.hpp"
#include "pipeline/news.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <string>

namespace callctl::app {
namespace {

using fakes::http_response;
using testing::HasSubstr;
using testing::SizeIs;
using namespace std::chrono_literals;

const std::string k_url = "https://calls.example.com";
const std::string k_nonce = "0123456789abcdef0123456789abcdef";

base::AccountSid account(char digit) {
    return base::AccountSid::parse("AC" + std::string(32, digit)).value();
}

class RoundTrip : public testing::Test {
  protected:
    using Change = std::function<void(port::WebRequest&)>;

    /// The server, with something before it that may change what comes.
    void serve(const Change& change = {}) {
        m_http.always("POST", k_url, [this, change](const base::HttpRequest& sent) {
            port::WebRequest request{.method = sent.method,
                                     .target = sent.url.substr(k_url.size()),
                                     .headers = sent.headers,
                                     .body = std::get<std::string>(sent.body),
                                     .peer = "203.0.113.9"};
            if (change) {
                change(request);
            }
            return answer_of(std::move(request));
        });
    }
    base::Result<base::HttpResponse> answer_of(port::WebRequest request) {
        std::promise<port::WebResponse> answered;
        m_handler.handle(std::move(request), [&answered](port::WebResponse response) {
            answered.set_value(std::move(response));
        });
        const auto response = answered.get_future().get();
        return http_response(response.status, response.body, response.content_type);
    }
    std::vector<Check> check() { return check_webhooks(m_http, m_probe); }
    /// The first, which has failed.
    Check failure() {
        const auto checks = check();
        EXPECT_THAT(checks, SizeIs(1)) << "of a server that is not ours forgeries say nothing";
        EXPECT_EQ(checks.front().health, Health::failed);
        EXPECT_NE(checks.front().fix, "");
        return checks.front();
    }

    KeptLog m_log;
    ServerMetrics m_metrics{};
    fakes::MemoryCallStore m_store;
    fakes::ScriptedHttpClient m_http;
    GroupCommit m_commits{m_store,
                          [](const auto& call, const auto& news, base::Time now) {
                              return pipeline::on_news(call, news, now, {});
                          },
                          [] {}, m_log.logger, GroupCommit::Options{}};
    WebhookHandler m_handler{{.public_url = k_url,
                              .account = account('0'),
                              .auth_tokens = {base::Secret{"new"}, base::Secret{"old"}}},
                             m_commits,
                             [this] { return m_store.now(); },
                             m_log.logger,
                             m_metrics};
    WebhookProbe m_probe{.public_url = k_url,
                         .account = account('0'),
                         .auth_tokens = {base::Secret{"new"}},
                         .nonce = k_nonce};
};

TEST_F(RoundTrip, IsProvedByTheServerAndForgeriesAreRefused) {
    serve();
    const auto checks = check();
    ASSERT_THAT(checks, SizeIs(2));
    EXPECT_EQ(checks[0].health, Health::ok) << checks[0].detail;
    EXPECT_EQ(checks[0].name, "webhook");
    EXPECT_EQ(checks[1].health, Health::ok) << checks[1].detail;
    EXPECT_EQ(checks[1].name, "webhook forgery");
    EXPECT_EQ(m_http.count("POST", k_url + "/webhook/call_status"), 2U);
}

TEST_F(RoundTrip, LeavesNoCallBehind) {
    serve();
    check();
    EXPECT_TRUE(m_store.all().empty());
    EXPECT_EQ(m_store.overview({}).inbox_unapplied, 0);
}

TEST_F(RoundTrip, TriesEachTokenWhileTheyAreExchanged) {
    serve();
    m_probe.auth_tokens = {base::Secret{"old"}, base::Secret{"unknown"}, base::Secret{"new"}};
    const auto checks = check();
    ASSERT_THAT(checks, SizeIs(3));
    EXPECT_EQ(checks[0].health, Health::ok) << "whichever the server has first";
    EXPECT_EQ(checks[1].name, "webhook with token 2");
    EXPECT_EQ(checks[1].health, Health::failed);
    EXPECT_EQ(checks[2].health, Health::ok);
}

TEST_F(RoundTrip, NamesTheSecretAndThePathWhenTheSignatureIsRefused) {
    serve();
    m_probe.auth_tokens = {base::Secret{"unknown"}};
    const Check check = failure();
    EXPECT_THAT(check.detail, HasSubstr("refuses the signature"));
    EXPECT_THAT(check.fix, HasSubstr("TWILIO_AUTH_TOKEN"));
    EXPECT_THAT(check.fix, HasSubstr("CALLCTL_PUBLIC_URL"));
}

TEST_F(RoundTrip, NamesTheAccount) {
    serve();
    m_probe.account = account('1');
    EXPECT_THAT(failure().fix, HasSubstr("TWILIO_ACCOUNT_SID"));
}

TEST_F(RoundTrip, SeesWhatAProxyChanges) {
    serve([](port::WebRequest& request) { request.target = "/app" + request.target; });
    EXPECT_THAT(failure().fix, HasSubstr("path untouched"));
    serve([](port::WebRequest& request) { request.target += "?utm=1"; });
    EXPECT_THAT(failure().fix, HasSubstr("path and query untouched"));
    serve([](port::WebRequest& request) { request.method = "GET"; });
    EXPECT_THAT(failure().fix, HasSubstr("POST"));
    serve([](port::WebRequest& request) { request.body += "&x=1"; });
    EXPECT_THAT(failure().detail, HasSubstr("refuses the signature"));
    serve([](port::WebRequest& request) { request.headers[0].value = "text/plain"; });
    EXPECT_THAT(failure().fix, HasSubstr("Content-Type"));
    serve([](port::WebRequest& request) { request.headers.clear(); });
    EXPECT_THAT(failure().fix, HasSubstr("Content-Type"));
}

// It may have seen any number of probes and answers, and repeats the best.
TEST_F(RoundTrip, BelievesNoServerWithoutTheSecret) {
    serve();
    ASSERT_EQ(check().front().health, Health::ok);
    const base::HttpRequest seen = m_http.requests().front();
    const auto old_answer = answer_of({.method = "POST",
                                       .target = "/webhook/call_status",
                                       .headers = seen.headers,
                                       .body = std::get<std::string>(seen.body)});
    ASSERT_EQ(old_answer->status, 200);
    m_http.always("POST", k_url, old_answer);
    m_probe.nonce = std::string(32, 'f');
    EXPECT_THAT(failure().detail, HasSubstr("no proof"));
    m_http.always("POST", k_url, http_response(200, "callctl\n"));
    EXPECT_THAT(failure().detail, HasSubstr("no proof"));
}

TEST_F(RoundTrip, SeesAServerThatTakesForgeries) {
    serve([this](port::WebRequest& request) {
        // As if it did not look at signatures: each is signed anew on the way.
        for (base::HttpHeader& header : request.headers) {
            if (header.name == "X-Twilio-Signature") {
                header.value = twilio::sign(base::Secret{"new"}, k_url + request.target,
                                            *twilio::parse_form(request.body));
            }
        }
        static_cast<void>(this);
    });
    const auto checks = check();
    ASSERT_THAT(checks, SizeIs(2));
    EXPECT_EQ(checks[1].health, Health::failed);
    EXPECT_THAT(checks[1].detail, HasSubstr("HTTP 200"));
    EXPECT_NE(checks[1].fix, "");
}

TEST_F(RoundTrip, OfAnOlderServerSaysThatItIsToBeRestarted) {
    m_http.always("POST", k_url, http_response(400, "CallSid is missing\n"));
    EXPECT_THAT(failure().fix, HasSubstr("restart"));
}

struct Trouble {
    std::string name;
    fakes::ScriptedHttpClient::Answer answer;
    std::string detail;
    std::string fix;
};
class RoundTripThatFails : public RoundTrip, public testing::WithParamInterface<Trouble> {};

TEST_P(RoundTripThatFails, NamesTheFix) {
    m_http.always("POST", k_url, GetParam().answer);
    const Check check = failure();
    EXPECT_THAT(check.detail, HasSubstr(GetParam().detail));
    EXPECT_THAT(check.fix, HasSubstr(GetParam().fix));
}

fakes::ScriptedHttpClient::Answer no_answer(const std::string& message) {
    return base::fail(base::ErrorKind::transient, message);
}

fakes::ScriptedHttpClient::Answer redirect() {
    base::HttpResponse response = http_response(301);
    response.headers.push_back({"Location", "https://www.example.com/x?token=abc"});
    return response;
}

INSTANTIATE_TEST_SUITE_P(
    Of, RoundTripThatFails,
    testing::Values(
        Trouble{"name", no_answer("connect: x: Could not resolve host: calls.example.com"),
                "resolve host", "DNS record"},
        Trouble{"refused", no_answer("connect: x: Failed to connect: Connection refused"),
                "Connection refused", "start the reverse proxy"},
        Trouble{"certificate", no_answer("connect: x: SSL certificate problem: expired"),
                "certificate problem", "renew the certificate"},
        Trouble{"self_signed",
                no_answer("connect: x: SSL certificate problem: self-signed certificate"),
                "self-signed", "a certificate of a public authority"},
        Trouble{"no_chain",
                no_answer("connect: x: SSL certificate problem: unable to get local issuer "
                          "certificate"),
                "local issuer", "the whole chain"},
        Trouble{"no_authorities", no_answer("connect: x: error setting certificate file: /x.pem"),
                "/x.pem", "SSL_CERT_FILE"},
        Trouble{"no_certificate",
                no_answer("connect: x: OpenSSL/3: SSL routines::tlsv1 alert internal error"),
                "alert internal", "why it has no certificate"},
        Trouble{"refused_name",
                no_answer("connect: x: OpenSSL/3: SSL routines::tlsv1 unrecognized name"),
                "unrecognized", "CALLCTL_PUBLIC_URL"},
        Trouble{"other_name", no_answer("connect: x: SSL: no alternative certificate subject name"),
                "subject name", "for that name"},
        Trouble{"no_tls", no_answer("connect: x: OpenSSL/3: SSL routines::wrong version number"),
                "wrong version", "speak TLS"},
        Trouble{"dropped", no_answer("connect: x: Connection timed out after 10000 milliseconds"),
                "timed out", "firewall"},
        Trouble{"time", no_answer("timeout: x: Operation timed out"), "timed out", "which of them"},
        Trouble{"cut", no_answer("transfer: x: Recv failure"), "Recv failure",
                "log of the reverse"},
        Trouble{"redirect", redirect(), "it leads to https://www.example.com/x",
                "CALLCTL_PUBLIC_URL"},
        Trouble{"login", http_response(401), "a login is wanted", "without a login"},
        Trouble{"firewall", http_response(403, "<html>blocked"), "no proof", "CALLCTL_PUBLIC_URL"},
        Trouble{"other_server", http_response(200, "<html>"), "no proof", "CALLCTL_PUBLIC_URL"},
        Trouble{"large", http_response(413), "not come through", "body"},
        Trouble{"down", http_response(502), "nobody serves", "start callctl serve-webhooks"}),
    [](const auto& test) { return test.param.name; });

class Probe : public testing::Test {
  protected:
    static std::optional<std::string> answer(const twilio::Form& form,
                                             const std::string& token = "new") {
        const std::vector tokens{base::Secret{"new"}};
        const std::string url = k_url + "/webhook/call_status";
        return answer_to_probe(tokens,
                               {.url = url,
                                .content_type = "application/x-www-form-urlencoded",
                                .body = twilio::encode_form(form),
                                .signature = twilio::sign(base::Secret{token}, url, form)},
                               form);
    }
};

TEST_F(Probe, IsAnsweredToWhoHasTheSecretAlone) {
    EXPECT_TRUE(answer({{"CallctlProbe", k_nonce}}));
    EXPECT_FALSE(answer({{"CallctlProbe", k_nonce}}, "guessed"));
}

TEST_F(Probe, IsNothingThatNamesACallOrNoNonce) {
    EXPECT_FALSE(answer({{"CallctlProbe", k_nonce}, {"CallSid", "CA" + std::string(32, 'a')}}));
    EXPECT_FALSE(answer({{"CallctlProbe", "https://calls.example.com/webhook/call_status"}}));
    EXPECT_FALSE(answer({{"CallctlProbe", ""}}));
    EXPECT_FALSE(answer({{"CallSid", "x"}}));
    EXPECT_FALSE(answer({}));
}

// Who gets answers for nonces of their choice must not get a signature of a webhook by it.
TEST_F(Probe, IsAnsweredWithNothingThatSignsAWebhook) {
    const std::string signature = answer({{"CallctlProbe", k_nonce}})->substr(8);
    const std::vector tokens{base::Secret{"new"}};
    const auto signs = [&](const std::string& url) {
        const twilio::SignedRequest request{
            .url = url, .content_type = "", .body = "", .signature = signature};
        return twilio::verify(tokens, request) == twilio::Verdict::valid;
    };
    EXPECT_TRUE(signs("callctl-probe:" + k_nonce)) << "which is no URL";
    EXPECT_FALSE(signs(k_url + "/webhook/call_status"));
}

} // namespace
} // namespace callctl::app
