// `doctor --webhook` through real sockets, with everything that may stand between Twilio and us.
#include "e2e/end_to_end_test.hpp"

#include "support/scripted_server.hpp"

#include <gmock/gmock.h>

#include <functional>

namespace callctl::e2e {
namespace {

using testing::HasSubstr;

struct Forwarded {
    std::string method;
    std::string target;
    std::vector<base::HttpHeader> headers{};
    std::string body{};
};

// What of a request a proxy passes on.
Forwarded parsed(const std::string& request) {
    const std::size_t end = request.find("\r\n\r\n");
    const auto lines = sim::split(request.substr(0, end), '\n');
    const auto words = sim::split(lines.at(0), ' ');
    Forwarded forwarded{words.at(0), words.at(1), {}, request.substr(end + 4)};
    for (std::size_t i = 1; i < lines.size(); ++i) {
        const std::size_t colon = lines[i].find(": ");
        const std::string name = lines[i].substr(0, colon);
        if (name == "Content-Type" || name == "X-Twilio-Signature") {
            std::string value = lines[i].substr(colon + 2);
            value.erase(value.find_last_not_of("\r\n") + 1);
            forwarded.headers.push_back({name, value});
        }
    }
    return forwarded;
}

class DoctorOfWebhooks : public EndToEndTest {
  protected:
    /// serve-webhooks behind a reverse proxy, which is the public URL.
    void serve_behind_a_proxy() {
        m_proxy = std::make_unique<support::AnsweringServer>(
            [this](const std::string& request) { return pass_on(parsed(request)); });
        m_environment["CALLCTL_PUBLIC_URL"] = m_proxy->url("");
        serve({"--workers", "0"});
    }
    std::string pass_on(Forwarded request) {
        if (m_change) {
            m_change(request);
        }
        const auto answer =
            m_http.send({.method = request.method,
                         .url = "http://127.0.0.1:" + std::to_string(m_port) + request.target,
                         .headers = request.headers,
                         .body = request.body});
        return answer ? support::answer(answer->status, answer->body)
                      : support::answer(502, "nobody is there");
    }
    Json doctor(const Environment& more = {}) {
        const Finished finished = run({"doctor", "--webhook", "--json"}, more);
        m_code = finished.code;
        return Json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
    }
    static Json named(const Json& report, const std::string& name) {
        for (const Json& check : report["checks"]) {
            if (check["name"] == name) {
                return check;
            }
        }
        return Json::object();
    }
    void expect_failure(const Environment& more, const std::string& detail,
                        const std::string& fix) {
        const Json report = doctor(more);
        const Json check = named(report, "webhook");
        EXPECT_EQ(m_code, 1) << report;
        EXPECT_EQ(check["health"], "failed") << report;
        EXPECT_THAT(check["detail"], HasSubstr(detail)) << report;
        EXPECT_THAT(check["fix"], HasSubstr(fix)) << report;
        EXPECT_TRUE(named(report, "webhook forgery").empty());
    }
    /// A server with a certificate that nobody else has signed, certificate.pem in the folder.
    void serve_self_signed() {
        const std::string key = m_folder->path("key.pem");
        const std::string certificate = m_folder->path("certificate.pem");
        Process made{"/usr/bin/openssl",
                     {"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
                      "/CN=x", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
                      certificate},
                     m_environment,
                     m_folder->path("openssl-req")};
        ASSERT_EQ(made.wait().code, 0);
        m_self_signed = std::make_unique<Process>(
            "/usr/bin/openssl",
            std::vector<std::string>{"s_server", "-accept", "127.0.0.1:0", "-cert", certificate,
                                     "-key", key, "-www"},
            m_environment, m_folder->path("openssl-server"));
        const std::string accepts = "ACCEPT 127.0.0.1:";
        ASSERT_TRUE(
            eventually([&] { return m_self_signed->out().find(accepts) != std::string::npos; }));
        const std::string out = m_self_signed->out();
        m_self_signed_url =
            "https://127.0.0.1:" + out.substr(out.find(accepts) + accepts.size(), 5);
    }

    std::unique_ptr<support::AnsweringServer> m_proxy;
    std::unique_ptr<Process> m_self_signed;
    std::string m_self_signed_url{};
    std::function<void(Forwarded&)> m_change{};
    int m_code{-1};
};

TEST_F(DoctorOfWebhooks, ProvesTheWayThereAndBackAndLeavesNothingBehind) {
    serve_behind_a_proxy();
    const Json report = doctor();
    EXPECT_EQ(m_code, 0) << report;
    EXPECT_EQ(named(report, "webhook")["health"], "ok") << report;
    EXPECT_EQ(named(report, "webhook")["fix"], "");
    EXPECT_EQ(named(report, "webhook forgery")["health"], "ok") << report;
    EXPECT_EQ(report["health"], "warning") << "the public URL is not HTTPS";
    EXPECT_EQ(value("SELECT concat((SELECT count(*) FROM call_log), (SELECT count(*) FROM"
                    " callctl.work), (SELECT count(*) FROM callctl.inbox))"),
              "000");
    EXPECT_THAT(m_server->err(), HasSubstr("webhook_probe"));
    const auto asked = m_proxy->requests();
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_EQ(asked[0].find("CallSid"), std::string::npos) << "nothing that makes a call, replayed";
}

TEST_F(DoctorOfWebhooks, AsksForNothingOfThatUnlessTold) {
    serve_behind_a_proxy();
    EXPECT_EQ(run({"doctor"}).code, 0);
    EXPECT_TRUE(m_proxy->requests().empty());
}

TEST_F(DoctorOfWebhooks, NamesTheFixOfWhatStandsBetween) {
    serve_behind_a_proxy();
    expect_failure({{"TWILIO_AUTH_TOKEN", "another"}}, "the server refuses the signature",
                   "TWILIO_AUTH_TOKEN");
    expect_failure({{"CALLCTL_PUBLIC_URL", "http://localhost" + m_proxy->url("").substr(16)}},
                   "the server refuses the signature", "CALLCTL_PUBLIC_URL");
    expect_failure({{"CALLCTL_PUBLIC_URL", "http://127.0.0.1:1"}}, "connect",
                   "start the reverse proxy");
    expect_failure({{"CALLCTL_PUBLIC_URL", "http://calls.invalid"}}, "resolve", "DNS record");
    m_change = [](Forwarded& request) { request.target = "/app" + request.target; };
    expect_failure({}, "HTTP 404", "path untouched");
    m_change = [](Forwarded& request) { request.target += "?added=1"; };
    expect_failure({}, "the server refuses the signature", "path and query untouched");
    m_change = [](Forwarded& request) { request.headers.clear(); };
    expect_failure({}, "HTTP 415", "Content-Type");
    m_change = {};
    stop_server();
    expect_failure({}, "HTTP 502", "start callctl serve-webhooks");
}

TEST_F(DoctorOfWebhooks, BelievesNoOtherServer) {
    const support::AnsweringServer other{
        [](const std::string& /*request*/) { return support::answer(200, "callctl is fine\n"); }};
    expect_failure({{"CALLCTL_PUBLIC_URL", other.url("")}}, "no proof", "CALLCTL_PUBLIC_URL");
    const support::AnsweringServer moved{[](const std::string& /*request*/) {
        return support::answer(301, "", "Location: https://www.example.com/\r\n");
    }};
    expect_failure({{"CALLCTL_PUBLIC_URL", moved.url("")}}, "it leads to https://www.example.com",
                   "CALLCTL_PUBLIC_URL");
}

TEST_F(DoctorOfWebhooks, NamesTheFixOfAPortWithoutTls) {
    const support::ScriptedServer plain{[](support::Conversation& conversation) {
        conversation.send("HTTP/1.1 400 Bad Request\r\n\r\nthis is no TLS");
        conversation.wait_for_close();
    }};
    expect_failure({{"CALLCTL_PUBLIC_URL", "https" + plain.url("").substr(4)}}, "SSL", "speak TLS");
}

TEST_F(DoctorOfWebhooks, NamesTheFixOfACertificateThatNobodyTrusts) {
    ASSERT_NO_FATAL_FAILURE(serve_self_signed());
    expect_failure({{"CALLCTL_PUBLIC_URL", m_self_signed_url}}, "certificate",
                   "a certificate of a public authority");
}

TEST_F(DoctorOfWebhooks, TrustsTheAuthoritiesOfSslCertFile) {
    ASSERT_NO_FATAL_FAILURE(serve_self_signed());
    m_environment["CALLCTL_PUBLIC_URL"] = m_self_signed_url;
    const auto public_url = [this](const std::string& authorities) -> std::string {
        const Finished finished = run({"doctor", "--json"}, {{"SSL_CERT_FILE", authorities}});
        const Json report = Json::parse(finished.out, nullptr, /*allow_exceptions=*/false);
        return named(report, "public url").value("detail", finished.out);
    };
    EXPECT_THAT(public_url(m_folder->path("certificate.pem")), HasSubstr("answers HTTP 200"));
    EXPECT_THAT(public_url(""), HasSubstr("certificate problem")) << "the system's";
    EXPECT_THAT(public_url("/nonexistent.pem"), HasSubstr("let SSL_CERT_FILE name a file"));
    expect_failure({{"SSL_CERT_FILE", m_folder->path("key.pem")}}, "key.pem", "SSL_CERT_FILE");
}

TEST_F(DoctorOfWebhooks, DoesNotWaitForEver) {
    const support::ScriptedServer silent{
        [](support::Conversation& conversation) { conversation.wait_for_close(); }};
    expect_failure({{"CALLCTL_PUBLIC_URL", silent.url("")}}, "timeout", "which of them hangs");
}

} // namespace
} // namespace callctl::e2e
