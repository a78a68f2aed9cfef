// The door of serve-webhooks: what may come in, what may not, and how it closes.
#include "e2e/end_to_end_test.hpp"

#include "support/loopback_client.hpp"

#include <gmock/gmock.h>

#include <csignal>

namespace callctl::e2e {
namespace {

using testing::HasSubstr;

const std::string k_form = "application/x-www-form-urlencoded";
const std::string k_sid = "CA" + std::string(32, 'a');

sim::Fields delivery() {
    return {{"AccountSid", k_account}, {"CallSid", k_sid},        {"CallStatus", "ringing"},
            {"Direction", "inbound"},  {"From", "+972501234567"}, {"To", "+97231234567"}};
}

class Webhooks : public EndToEndTest {
  protected:
    /// The status of what comes back; 0 when the connection is just closed.
    int send_raw(const std::string& bytes) {
        support::LoopbackClient client{m_port};
        client.send(bytes);
        client.finish_sending();
        const auto response = client.response();
        return response ? response->status : 0;
    }
    int send(const std::string& method, const std::string& path, const std::string& type,
             const std::string& body) {
        return send_raw(method + " " + path + " HTTP/1.1\r\nHost: calls.example.com\r\n" +
                        "Content-Type: " + type + "\r\nContent-Length: " +
                        std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body);
    }
    void expect_alive_and_empty() {
        EXPECT_TRUE(m_server->running());
        EXPECT_EQ(admin("/healthz").status, 200);
        EXPECT_EQ(value("SELECT (SELECT count(*) FROM callctl.inbox) +"
                        " (SELECT count(*) FROM call_log) + (SELECT count(*) FROM callctl.work)"),
                  "0");
    }
};

TEST_F(Webhooks, RefuseAWrongSignatureWithOneLine) {
    serve({"--workers", "0"});
    const std::string body = sim::encode_fields(delivery());
    EXPECT_EQ(send("POST", "/webhook/call_status", k_form, body), 403);
    const auto lines = sim::split(m_server->err(), '\n');
    const auto refused = [](const std::string& line) {
        return line.find("webhook_refused") != std::string::npos;
    };
    EXPECT_EQ(std::ranges::count_if(lines, refused), 1) << m_server->err();
    EXPECT_THAT(m_server->err(), HasSubstr("status=403 why=signature_missing"));

    const auto forged =
        m_http.send({.method = "POST",
                     .url = "http://127.0.0.1:" + std::to_string(m_port) + "/webhook/call_status",
                     .headers = {{"Content-Type", k_form},
                                 {"X-Twilio-Signature",
                                  sim::twilio_signature(
                                      "another token",
                                      std::string{k_public} + "/webhook/call_status", delivery())}},
                     .body = body});
    ASSERT_TRUE(forged);
    EXPECT_EQ(forged->status, 403);
    EXPECT_THAT(m_server->err(), HasSubstr("status=403 why=signature_invalid"));
    expect_alive_and_empty();
}

TEST_F(Webhooks, SurviveWhatIsNoWebhook) {
    serve({"--workers", "0"});
    std::string binary;
    for (int i = 0; i < 256; ++i) {
        binary += static_cast<char>(i);
    }
    const std::string path = "/webhook/call_status";
    EXPECT_EQ(send("GET", path, k_form, ""), 405);
    EXPECT_EQ(send("DELETE", path, k_form, ""), 405);
    EXPECT_EQ(send("POST", path, "application/json", "{}"), 415);
    EXPECT_EQ(send("POST", "/nowhere", k_form, "a=b"), 404);
    EXPECT_EQ(send("POST", path, k_form, std::string(300'000, 'x')), 413);
    EXPECT_EQ(send("POST", path, k_form, binary), 403);
    EXPECT_EQ(send_raw("GARBAGE\r\n\r\n"), 400);
    EXPECT_EQ(send_raw("POST " + path + " HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), 400);
    EXPECT_EQ(send_raw("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"), 431);
    EXPECT_LT(send_raw(std::string{"\x16\x03\x01\x02", 4} + binary + "\r\n\r\n"), 500);
    EXPECT_LT(send_raw("POST " + path + " HTTP/1.1\r\nContent-Length: 99\r\n\r\nhalf"), 500);
    expect_alive_and_empty();
}

TEST_F(Webhooks, RefuseWhatIsSignedButSenseless) {
    serve({"--workers", "0"});
    const auto status_of = [this](const sim::Fields& fields) {
        const auto answer = post_webhook("/webhook/call_status", fields);
        return answer ? answer->status : 0;
    };
    EXPECT_EQ(status_of({{"AccountSid", k_account}, {"CallStatus", "ringing"}}), 400);
    EXPECT_EQ(status_of({{"AccountSid", k_account}, {"CallSid", "CA1; DROP TABLE call_log"}}), 400);
    auto foreign_account = delivery();
    foreign_account[0].second = "AC" + std::string(32, 'b');
    EXPECT_EQ(status_of(foreign_account), 403);
    expect_alive_and_empty();
    EXPECT_EQ(status_of(delivery()), 204);
    EXPECT_EQ(status_of(delivery()), 204);
    EXPECT_EQ(value("SELECT count(*)::text FROM callctl.inbox WHERE deliveries = 2"), "1");
}

TEST_F(Webhooks, AreReceivedOnlyWithoutWorkers) {
    serve({"--workers", "0"});
    const std::string sid = place(inbound());
    wait_for_quiet();
    EXPECT_THAT(standing(sid), HasSubstr("+ due"));
    EXPECT_EQ(value("SELECT count(*)::text FROM callctl.attempt"), "0");
    EXPECT_EQ(sim("GET", "/state")["bills"]["transcriptions"], 0);
    const auto started = std::chrono::steady_clock::now();
    EXPECT_EQ(stop_server().code, 143);
    EXPECT_LT(std::chrono::steady_clock::now() - started, 5s);
}

TEST_F(Webhooks, StopInTimeThoughARequestIsNeverFinished) {
    serve({"--workers", "0"});
    support::LoopbackClient client{m_port};
    client.send("POST /webhook/call_status HTTP/1.1\r\nHost: h\r\n");
    EXPECT_EQ(post_webhook("/webhook/call_status", delivery())->status, 204);
    EXPECT_EQ(stop_server().code, 143);
    EXPECT_THAT(m_server->err(), HasSubstr("stopped")) << "in order, and not by force";
    EXPECT_THAT(m_server->err(), testing::Not(HasSubstr("takes too long")));
}

TEST_F(Webhooks, HaveAnAdminListenerBeside) {
    serve();
    const std::string sid = place(inbound());
    EXPECT_TRUE(reaches(sid, k_all_done)) << story(sid);
    EXPECT_EQ(admin("/healthz").body, "ok\n");
    EXPECT_EQ(admin("/readyz").body, "ready\n");
    EXPECT_THAT(admin("/metrics").body,
                HasSubstr("callctl_calls{stage=\"summary\",status=\"completed\"} 1"));
    EXPECT_EQ(send("GET", "/metrics", k_form, ""), 404) << "not on the public listener";
    EXPECT_EQ(stop_server().code, 143);
}

// The fixture looks for secrets in the output of every test; here everything is said that can be.
TEST_F(Webhooks, LogNothingSecretHoweverMuchIsLogged) {
    m_environment["CALLCTL_LOG_LEVEL"] = "debug";
    serve();
    for (const char* const where : {"twilio", "media", "transcription", "summary"}) {
        fault({{"where", where}, {"kind", "status"}, {"status", 401}, {"times", 1}});
    }
    const std::string in = place(inbound());
    const std::string out = place(outbound());
    EXPECT_TRUE(eventually([&] {
        let_pauses_pass();
        return standing(in) == k_all_done && standing(out) == k_all_done;
    })) << story(in)
        << story(out);
    EXPECT_THAT(m_server->err(), HasSubstr(in));
    EXPECT_EQ(stop_server().code, 143);
}

} // namespace
} // namespace callctl::e2e
