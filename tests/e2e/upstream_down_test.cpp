// What becomes of calls when the application that serves their TwiML does not.
#include "e2e/upstream_test.hpp"

namespace callctl::e2e {
namespace {

using support::answer;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class UpstreamDown : public UpstreamTest {};

TEST_F(UpstreamDown, IsReplacedWhenItIsDown) {
    std::string url;
    {
        const Application gone{{""}};
        url = gone.url();
    }
    serve_before(url);
    const std::string sid = place(inbound());
    EXPECT_TRUE(reaches(sid, k_all_done)) << story(sid);
    EXPECT_EQ(recordings_of(sid), 1U);
    EXPECT_EQ(lines_with("upstream_failed call=" + sid), 1U) << m_server->err();
    expect_fallback(call_comes_in());
    const auto doctor = run({"doctor"});
    EXPECT_THAT(doctor.out, HasSubstr("failed   upstream: "));
    EXPECT_EQ(doctor.code, 1);
}

TEST_F(UpstreamDown, IsReplacedByTheDocumentThatIsConfiguredForThat) {
    m_folder->write("fallback.xml", "<Response><Say>One moment</Say><Pause/></Response>");
    m_environment["CALLCTL_UPSTREAM_FALLBACK_TWIML"] = m_folder->path("fallback.xml");
    const Application application{{answer(404, "no such page")}};
    serve_before(application.url(), {"--workers", "0"});
    const auto response = call_comes_in();
    EXPECT_THAT(response.body, StartsWith("<Response><Start><Recording "));
    EXPECT_THAT(response.body, testing::EndsWith("<Say>One moment</Say><Pause/></Response>"));
    EXPECT_EQ(application.requests().size(), 1U);
}

TEST_F(UpstreamDown, IsReplacedWhateverNonsenseItAnswers) {
    const std::string location = "Location: http://127.0.0.1:9/\r\n";
    const std::vector<std::string> once{answer(302, "", location),
                                        answer(308, k_theirs, location),
                                        answer(401, "who are you"),
                                        answer(204, ""),
                                        answer(200, ""),
                                        answer(200, "<html><body>+972501234567</body></html>"),
                                        answer(200, R"({"error":"no"})"),
                                        answer(200, std::string("\x00\xff<Response/>", 13)),
                                        answer(200, k_theirs.substr(0, 60)),
                                        answer(200, "<!DOCTYPE r [<!ENTITY e 'x'>]><Response/>"),
                                        answer(200, std::string(70'000, ' ') + k_theirs)};
    const Application application{once};
    serve_before(application.url(), {"--workers", "0"});
    for (std::size_t i = 0; i < once.size(); ++i) {
        SCOPED_TRACE(once[i].substr(0, 200));
        expect_fallback(call_comes_in());
        EXPECT_EQ(application.requests().size(), i + 1);
        EXPECT_EQ(lines_with("upstream_failed"), i + 1) << m_server->err();
    }
    EXPECT_THAT(m_server->err(), Not(HasSubstr("<html")));
}

TEST_F(UpstreamDown, IsReplacedWhenItsAnswersCannotBeRead) {
    const std::vector<std::string> twice{answer(200, std::string(10'000'000, 'x')),
                                         "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
                                         "Content-Length: 2\r\n\r\n",
                                         "\x15\x03\x01 no HTTP\r\n\r\n"};
    for (const std::string& nonsense : twice) {
        const support::ScriptedServer application{[&nonsense](support::Conversation& conversation) {
            if (conversation.request()) {
                conversation.send(nonsense);
            }
        }};
        serve_before(application.url(""), {"--workers", "0"});
        expect_fallback(call_comes_in());
        EXPECT_EQ(lines_with("upstream_failed"), 1U) << m_server->err();
        EXPECT_EQ(stop_server().code, 143);
    }
}

TEST_F(UpstreamDown, HoldsNobodyUpWhenItHangs) {
    const support::ScriptedServer hanging{
        [](support::Conversation& conversation) { conversation.wait_for_close(); }};
    serve_before(hanging.url(""), {"--workers", "0"});
    std::vector<std::future<base::Result<base::HttpResponse>>> callers;
    for (int i = 0; i < 40; ++i) {
        callers.push_back(begin(voice(std::string(1, "0123456789abcdef"[i % 16]))));
    }
    hanging.wait_for_connections(40);
    for (int i = 0; i < 20; ++i) {
        const auto answered =
            post_webhook("/webhook/call_status", {{"AccountSid", k_account},
                                                  {"CallSid", "CA" + std::string(32, 'a')},
                                                  {"CallStatus", "in-progress"}});
        ASSERT_TRUE(answered);
        EXPECT_EQ(answered->status, 204);
    }
    EXPECT_EQ(admin("/readyz").status, 200);
    for (const auto& caller : callers) {
        EXPECT_EQ(caller.wait_for(0s), std::future_status::timeout);
    }
    // A stop waits for none of them longer than its grace, and each gets its answer.
    const auto started = std::chrono::steady_clock::now();
    EXPECT_EQ(stop_server().code, 143);
    EXPECT_LT(std::chrono::steady_clock::now() - started, 6s);
    for (auto& caller : callers) {
        const auto response = caller.get();
        ASSERT_TRUE(response) << response.error().message;
        expect_fallback(*response);
    }
}

TEST_F(UpstreamDown, IsNotAskedInCircles) {
    serve_before("http://127.0.0.1:" + std::to_string(m_port), {"--workers", "0"});
    // It is signed for the address that it listens on, and so refused before it is forwarded again.
    expect_fallback(call_comes_in());
    EXPECT_EQ(lines_with("status=403 why=signature_invalid"), 1U) << m_server->err();
    stop_server();
    m_environment["CALLCTL_UPSTREAM_PUBLIC_URL"] = k_public;
    serve_before("http://127.0.0.1:" + std::to_string(m_port), {"--workers", "0"});
    expect_fallback(call_comes_in());
    EXPECT_EQ(lines_with("upstream.url leads back to callctl"), 1U) << m_server->err();
}

TEST_F(UpstreamDown, IsRefusedAtTheStartWithWhatCannotWork) {
    const auto error_with = [this](const Environment& settings) {
        const auto finished = run({"serve-webhooks"}, settings);
        EXPECT_EQ(finished.code, 2);
        return finished.err;
    };
    const std::string url = "http://127.0.0.1:9";
    EXPECT_THAT(error_with({{"CALLCTL_UPSTREAM_URL", "ftp://app"}}),
                HasSubstr("is not an http:// or https:// URL"));
    EXPECT_THAT(error_with({{"CALLCTL_UPSTREAM_URL", k_public}}),
                HasSubstr("is the public URL of callctl itself"));
    EXPECT_THAT(error_with({{"CALLCTL_UPSTREAM_URL", url}, {"CALLCTL_UPSTREAM_TIMEOUT", "8s"}}),
                HasSubstr("is not from 100ms to 6s"));
    EXPECT_THAT(error_with({{"CALLCTL_UPSTREAM_FALLBACK_TWIML", "/x"}}),
                HasSubstr("upstream.url is not"));
    EXPECT_THAT(error_with({{"CALLCTL_UPSTREAM_URL", url},
                            {"CALLCTL_UPSTREAM_FALLBACK_TWIML", m_folder->path("missing.xml")}}),
                HasSubstr("check upstream.fallback_twiml"));
    m_folder->write("fallback.xml", "<html/>");
    EXPECT_THAT(error_with({{"CALLCTL_UPSTREAM_URL", url},
                            {"CALLCTL_UPSTREAM_FALLBACK_TWIML", m_folder->path("fallback.xml")}}),
                HasSubstr("the root element is not Response"));
}

} // namespace
} // namespace callctl::e2e
