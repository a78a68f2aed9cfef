// serve-webhooks before an application that serves the TwiML, with a validator of its own.
#include "e2e/end_to_end_test.hpp"

#include "sim/digest.hpp"
#include "support/scripted_server.hpp"

#include <gmock/gmock.h>

#include <future>

namespace callctl::e2e {
namespace {

using support::answer;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::string k_twiml = "<?xml version=\"1.0\"?>\n<Response><!-- theirs -->"
                            "<Connect><Stream url=\"wss://app.example.com/s\"/></Connect>"
                            "</Response>\n";
const std::string k_xml = "Content-Type: text/xml\r\n";
const std::string k_path = "/webhook/incoming_call";

std::string header(const std::string& request, const std::string& name) {
    const auto begin = request.find("\r\n" + name + ": ");
    if (begin == std::string::npos) {
        return {};
    }
    const auto value = begin + name.size() + 4;
    return request.substr(value, request.find("\r\n", value) - value);
}

/// As Twilio's tutorials make them: the URL is the one that the request came to, by its Host.
bool is_signed(const std::string& request) {
    const auto path = request.find(' ') + 1;
    const std::string url =
        "http://" + header(request, "Host") + request.substr(path, request.find(' ', path) - path);
    const auto form = sim::parse_fields(request.substr(request.find("\r\n\r\n") + 4));
    return header(request, "X-Twilio-Signature") == sim::twilio_signature(k_token, url, form);
}

/// Refuses what is not signed, and otherwise gives its answers one after the other, the last for
/// good.
class Application {
  public:
    explicit Application(std::vector<std::string> answers)
        : m_answers{std::move(answers)}, m_server{[this](const std::string& request) {
              if (!is_signed(request)) {
                  return answer(403, "not signed");
              }
              return m_answers.at(std::min(m_next++, m_answers.size() - 1));
          }} {}

    [[nodiscard]] std::string url() const { return m_server.url(""); }
    [[nodiscard]] std::vector<std::string> requests() const { return m_server.requests(); }

  private:
    std::vector<std::string> m_answers;
    std::atomic<std::size_t> m_next{0};
    support::AnsweringServer m_server;
};

std::string twiml_answer(const std::string& twiml, const std::string& more_headers = "") {
    return answer(200, twiml, k_xml + more_headers);
}

class Upstream : public EndToEndTest {
  protected:
    void serve_before(const std::string& url, const std::vector<std::string>& arguments = {}) {
        m_environment["CALLCTL_UPSTREAM_URL"] = url;
        serve(arguments);
    }

    base::HttpRequest voice(const std::string& sid_digit = "a") const {
        const sim::Fields fields{
            {"AccountSid", k_account}, {"CallSid", "CA" + std::string(32, sid_digit[0])},
            {"CallStatus", "ringing"}, {"Direction", "inbound"},
            {"From", "+972501234567"}, {"To", "+97231234567"}};
        return {.method = "POST",
                .url = "http://127.0.0.1:" + std::to_string(m_port) + k_path,
                .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                            {"X-Twilio-Signature",
                             sim::twilio_signature(k_token, k_public + k_path, fields)},
                            {"I-Twilio-Idempotency-Token", "token-" + sid_digit},
                            {"Cookie", "session=1"}},
                .body = sim::encode_fields(fields)};
    }

    base::HttpResponse call_comes_in() {
        auto response = m_http.send(voice());
        EXPECT_TRUE(response) << response.error().message;
        return response ? std::move(*response) : base::HttpResponse{};
    }

    std::future<base::Result<base::HttpResponse>> begin(base::HttpRequest request) {
        const auto ended = std::make_shared<std::promise<base::Result<base::HttpResponse>>>();
        m_http.start(std::move(request), [ended](base::Result<base::HttpResponse> result) {
            ended->set_value(std::move(result));
        });
        return ended->get_future();
    }

    /// The built-in answer: the recording, and the stream of the configuration.
    static void expect_fallback(const base::HttpResponse& response) {
        EXPECT_EQ(response.status, 200);
        EXPECT_THAT(response.body, HasSubstr("<Response><Start><Recording"));
        EXPECT_THAT(response.body, HasSubstr("wss://agent.example.com/stream"));
    }
    std::size_t lines_with(const std::string& words) {
        const auto lines = sim::split(m_server->err(), '\n');
        return static_cast<std::size_t>(
            std::ranges::count_if(lines, [&words](const std::string& line) {
                return line.find(words) != std::string::npos;
            }));
    }
};

TEST_F(Upstream, ServesTheTwimlOfCallsThatAreRecordedFromTheirFirstSecond) {
    const Application application{{twiml_answer(k_twiml)}};
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
    const Application application{{twiml_answer(k_twiml, "Set-Cookie: session=2; Path=/\r\n")}};
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
    EXPECT_EQ(without.erase(begin, end + 8 - begin), k_twiml);

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
        return twiml_answer(k_twiml);
    }};
    m_environment["CALLCTL_UPSTREAM_PUBLIC_URL"] = "https://app.example.com";
    serve_before(application.url(""), {"--workers", "0"});
    call_comes_in();
    EXPECT_EQ(signature.get_future().get(),
              sim::twilio_signature(k_token, "https://app.example.com" + k_path,
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
    const Application application{{answer(500, "oops"), twiml_answer(k_twiml)}};
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
            conversation.send(twiml_answer(k_twiml));
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
            conversation.send(twiml_answer(k_twiml));
            static_cast<void>(conversation.request());
        }
    }};
    serve_before(application.url(""), {"--workers", "0"});
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(call_comes_in().body, HasSubstr("wss://app.example.com/s"));
    }
    EXPECT_EQ(lines_with("upstream_failed"), 0U);
}

TEST_F(Upstream, IsReplacedWhenItIsDown) {
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

TEST_F(Upstream, IsReplacedByTheDocumentThatIsConfiguredForThat) {
    m_folder->write("fallback.xml", "<Response><Say>One moment</Say><Pause/></Response>");
    m_environment["CALLCTL_UPSTREAM_FALLBACK_TWIML"] = m_folder->path("fallback.xml");
    const Application application{{answer(404, "no such page")}};
    serve_before(application.url(), {"--workers", "0"});
    const auto response = call_comes_in();
    EXPECT_THAT(response.body, StartsWith("<Response><Start><Recording "));
    EXPECT_THAT(response.body, testing::EndsWith("<Say>One moment</Say><Pause/></Response>"));
    EXPECT_EQ(application.requests().size(), 1U);
}

TEST_F(Upstream, IsReplacedWhateverNonsenseItAnswers) {
    const std::string location = "Location: http://127.0.0.1:9/\r\n";
    const std::vector<std::string> once{answer(302, "", location),
                                        answer(308, k_twiml, location),
                                        answer(401, "who are you"),
                                        answer(204, ""),
                                        answer(200, ""),
                                        answer(200, "<html><body>+972501234567</body></html>"),
                                        answer(200, R"({"error":"no"})"),
                                        answer(200, std::string("\x00\xff<Response/>", 13)),
                                        answer(200, k_twiml.substr(0, 60)),
                                        answer(200, "<!DOCTYPE r [<!ENTITY e 'x'>]><Response/>"),
                                        answer(200, std::string(70'000, ' ') + k_twiml)};
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

TEST_F(Upstream, IsReplacedWhenItsAnswersCannotBeRead) {
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

TEST_F(Upstream, HoldsNobodyUpWhenItHangs) {
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

TEST_F(Upstream, IsNotAskedInCircles) {
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

TEST_F(Upstream, IsRefusedAtTheStartWithWhatCannotWork) {
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
