// Calls whose TwiML an application serves.
#include "e2e/upstream_test.hpp"

namespace callctl::e2e {
namespace {

using support::answer;
using testing::HasSubstr;

class Upstream : public UpstreamTest {};

TEST_F(Upstream, ServesTheTwimlOfCallsThatAreRecordedFromTheirFirstSecond) {
    const Application application{{twiml_answer(k_theirs)}};
    serve_before(application.url());
    const std::string in = place(inbound());
    const std::string out = place(outbound());
    EXPECT_TRUE(reaches(in, k_all_done)) << story(in);
    EXPECT_TRUE(reaches(out, k_all_done)) << story(out);
    for (const std::string& sid : {in, out}) {
        const Json call = sim("GET", "/calls/" + sid);
        ASSERT_EQ(call["recordings"].size(), 1U);
    }
    EXPECT_EQ(sim("GET", "/state")["debugger"].size(), 0U) << sim("GET", "/state")["debugger"];
    const auto requests = application.requests();
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_THAT(requests[0] + requests[1], HasSubstr("POST /webhook/incoming_call HTTP/1.1"));
    EXPECT_THAT(requests[0] + requests[1], HasSubstr("POST /webhook/outbound_call HTTP/1.1"));
    EXPECT_EQ(lines_with("upstream_"), 0U) << m_server->err();
}

TEST_F(Upstream, GetsWhatTwilioSentAndItsAnswerStaysAsItIs) {
    const Application application{{twiml_answer(k_theirs, "Set-Cookie: session=2; Path=/\r\n")}};
    serve_before(application.url(), {"--workers", "0"});
    const auto response = call_comes_in();
    EXPECT_EQ(base::find_header(response.headers, "Content-Type"), "text/xml; charset=utf-8");
    EXPECT_EQ(base::find_header(response.headers, "Set-Cookie"), "session=2; Path=/");
    const auto begin = response.body.find("<Start>");
    const auto end = response.body.find("</Start>");
    ASSERT_NE(end, std::string::npos) << response.body;
    EXPECT_THAT(response.body.substr(begin, end - begin),
                HasSubstr("/webhook/handle_recording#rc=3&amp;rp=all"));
    std::string without = response.body;
    EXPECT_EQ(without.erase(begin, end + 8 - begin), k_theirs);

    const std::string request = application.requests().at(0);
    EXPECT_EQ(request.substr(request.find("\r\n\r\n") + 4), std::get<std::string>(voice().body));
    EXPECT_EQ(header(request, "I-Twilio-Idempotency-Token"), "token-a");
    EXPECT_EQ(header(request, "Cookie"), "session=1");
    EXPECT_EQ(header(request, "X-Forwarded-For"), "127.0.0.1");
    EXPECT_EQ("http://" + header(request, "X-Forwarded-Host"), application.url());
    EXPECT_EQ(value("SELECT count(*)::text FROM callctl.inbox"), "1");
}

TEST_F(Upstream, MaySeeItselfUnderAnotherUrl) {
    std::promise<std::string> signature;
    support::AnsweringServer application{[&signature](const std::string& request) {
        signature.set_value(header(request, "X-Twilio-Signature"));
        return twiml_answer(k_theirs);
    }};
    m_environment["CALLCTL_UPSTREAM_PUBLIC_URL"] = "https://app.example.com";
    serve_before(application.url(""), {"--workers", "0"});
    call_comes_in();
    EXPECT_EQ(signature.get_future().get(),
              sim::twilio_signature(k_token, "https://app.example.com" + k_voice_path,
                                    sim::parse_fields(std::get<std::string>(voice().body))));
    EXPECT_EQ(header(application.requests().at(0), "X-Forwarded-Proto"), "https");
}

TEST_F(Upstream, GetsNoSecondRecordingWhereItRecordsByItself) {
    const std::string own = "<Response><Start><Recording channels='dual'/></Start>"
                            "<Connect><Stream url='wss://app.example.com/s'/></Connect></Response>";
    const Application application{{twiml_answer(own)}};
    serve_before(application.url());
    EXPECT_EQ(call_comes_in().body, own);
    const std::string sid = place(inbound());
    EXPECT_TRUE(reaches(sid, k_all_done)) << story(sid);
    EXPECT_EQ(recordings_of(sid), 1U);
}

TEST_F(Upstream, IsAskedOnceMore) {
    const Application application{{answer(500, "oops"), twiml_answer(k_theirs)}};
    serve_before(application.url(), {"--workers", "0"});
    EXPECT_THAT(call_comes_in().body, HasSubstr("wss://app.example.com/s"));
    EXPECT_EQ(application.requests().size(), 2U);
    EXPECT_EQ(lines_with("upstream_failed"), 0U);
}

TEST_F(Upstream, IsAskedOnceMoreWhenItIsSlow) {
    std::atomic<int> requests{0};
    const support::ScriptedServer application{[&requests](support::Conversation& conversation) {
        while (conversation.request()) {
            if (++requests == 1) {
                conversation.wait_for_close();
                return;
            }
            conversation.send(twiml_answer(k_theirs));
        }
    }};
    m_environment["CALLCTL_UPSTREAM_TIMEOUT"] = "200ms";
    serve_before(application.url(""), {"--workers", "0"});
    EXPECT_THAT(call_comes_in().body, HasSubstr("wss://app.example.com/s"));
    EXPECT_EQ(requests, 2);
}

TEST_F(Upstream, MayCloseAConnectionThatIsKept) {
    // Each connection serves one request, and ends without a word when the next one comes.
    const support::ScriptedServer application{[](support::Conversation& conversation) {
        if (conversation.request()) {
            conversation.send(twiml_answer(k_theirs));
            static_cast<void>(conversation.request());
        }
    }};
    serve_before(application.url(""), {"--workers", "0"});
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(call_comes_in().body, HasSubstr("wss://app.example.com/s"));
    }
    EXPECT_EQ(lines_with("upstream_failed"), 0U);
}

} // namespace
} // namespace callctl::e2e
