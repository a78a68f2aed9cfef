// The whole simulator over real sockets, with a small application in the place of callctl.
#include "base/exception.hpp"
#include "sim/bench.hpp"
#include "sim/service.hpp"

#include <gtest/gtest.h>

#include <future>
#include <map>

namespace callctl::sim {
namespace {

using namespace std::chrono_literals;

class ServiceTest : public testing::Test {
  protected:
    ServiceTest()
        : m_application{"127.0.0.1:0",
                        [this](const Incoming& incoming, const SocketServer::Done& done) {
                            done(hear(incoming.request));
                        }} {}

    Answer hear(const port::WebRequest& request) {
        const std::scoped_lock lock{m_mutex};
        m_heard.push_back(request);
        if (request.target == "/voice") {
            return {.response = {.status = 200,
                                 .content_type = "text/xml",
                                 .body = "<Response><Start><Recording trim=\"do-not-trim\" "
                                         "recordingStatusCallback=\"" +
                                         app_url("/recording") +
                                         "\"/></Start><Connect><Stream url=\"wss://a.test/\"/>"
                                         "</Connect></Response>"}};
        }
        return {.response = {.status = 204}};
    }

    std::string app_url(const std::string& path) {
        return "http://127.0.0.1:" + std::to_string(m_application.port()) + path;
    }

    base::Result<base::HttpResponse> send(const std::string& method, const std::string& path,
                                          const Json& body = nullptr) {
        base::HttpRequest request{.method = method, .url = m_service.url() + path};
        if (path.starts_with("/2010")) {
            request.auth = base::BasicAuth{k_account, base::Secret{k_token}};
        }
        if (!body.is_null()) {
            request.body = body.dump();
        }
        request.timeout = 20s;
        return m_client.send(request);
    }

    Json control(const std::string& method, const std::string& path, const Json& body = nullptr) {
        const auto answer = send(method, "/sim" + path, body);
        EXPECT_TRUE(answer) << answer.error().message;
        return answer ? Json::parse(answer->body) : Json();
    }

    std::string calls() const {
        return std::string{"/2010-04-01/Accounts/"} + k_account + "/Calls.json";
    }

    std::mutex m_mutex;
    std::vector<port::WebRequest> m_heard;
    SocketServer m_application;
    Service m_service{{.simulator = {.account_sid = k_account,
                                     .auth_token = k_token,
                                     .ai_key = "sk-sim",
                                     .time_scale = 100.0}}};
    curl::CurlHttpClient m_client;
};

TEST_F(ServiceTest, LeadsACallFromItsWebhookToItsFile) {
    const Json call = control("POST", "/calls",
                              {{"voice_url", app_url("/voice")},
                               {"status_callback", app_url("/status")},
                               {"duration_ms", 20'000}});
    control("GET", "/quiet");
    const Json state = control("GET", "/state");
    EXPECT_EQ(state["calls"][0]["status"], "completed");
    const std::string recording = state["recordings"][0]["recording_sid"];
    const auto media = send("GET", std::string{"/2010-04-01/Accounts/"} + k_account +
                                       "/Recordings/" + recording + ".wav");
    ASSERT_TRUE(media);
    EXPECT_EQ(media->status, 200);
    const auto wav = read_wav(media->body);
    ASSERT_TRUE(wav);
    EXPECT_DOUBLE_EQ(wav->seconds(), 20.0);
    std::map<std::string, int> targets;
    for (const port::WebRequest& request : m_heard) {
        ++targets[request.target];
        EXPECT_EQ(base::find_header(request.headers, "X-Twilio-Signature"),
                  twilio_signature(k_token, app_url(request.target), parse_fields(request.body)));
        EXPECT_EQ(base::find_header(request.headers, "User-Agent"), "TwilioProxy/1.1");
    }
    EXPECT_EQ(targets,
              (std::map<std::string, int>{{"/recording", 1}, {"/status", 1}, {"/voice", 1}}));
}

TEST_F(ServiceTest, KeepsAnUploadOutOfMemory) {
    const std::string silence = write_wav({2, k_telephone_rate, Samples(20'000'000)});
    const auto upload = [&](const std::string& path) {
        base::HttpRequest request{.method = "POST", .url = m_service.url() + path, .timeout = 20s};
        request.headers = {{"Authorization", "Token sk-sim"}, {"Content-Type", "audio/wav"}};
        request.body = silence;
        return m_client.send(request);
    };
    const auto heard_whole =
        upload("/deepgram/v1/listen?model=nova-3&language=he&multichannel=true&utterances=true");
    ASSERT_TRUE(heard_whole);
    EXPECT_EQ(heard_whole->status, 200);
    const Json body = Json::parse(heard_whole->body);
    EXPECT_EQ(body["metadata"]["sha256"], hex_sha256(silence));
    EXPECT_EQ(body["metadata"]["duration"], 1250.0);
    EXPECT_TRUE(body["results"]["utterances"].empty());
}

TEST_F(ServiceTest, RefusesAnUploadThatIsTooLongInTheServersWords) {
    base::HttpRequest request{
        .method = "POST", .url = m_service.url() + "/v1/audio/transcriptions", .timeout = 20s};
    request.headers = {{"Authorization", "Bearer sk-sim"}};
    request.body = base::Multipart{{.name = "file",
                                    .content = std::string(40'000'000, 'x'),
                                    .file_name = "a.wav",
                                    .content_type = "audio/wav"}};
    const auto answer = m_client.send(request);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 413);
}

TEST_F(ServiceTest, SendsALongFileWhileItIsMade) {
    const Service fast{{.simulator = {.account_sid = k_account,
                                      .auth_token = k_token,
                                      .ai_key = "sk-sim",
                                      .time_scale = 100'000.0}}};
    const auto ask = [&](const std::string& method, const std::string& path,
                         const Json& body = nullptr) {
        base::HttpRequest request{.method = method, .url = fast.url() + path, .timeout = 20s};
        request.auth = base::BasicAuth{k_account, base::Secret{k_token}};
        request.max_response_bytes = 64UL << 20U;
        if (!body.is_null()) {
            request.body = body.dump();
        }
        return m_client.send(request);
    };
    const char* const twiml = "<Response><Start><Recording channels=\"dual\" "
                              "trim=\"do-not-trim\"/></Start><Pause length=\"3600\"/></Response>";
    ASSERT_TRUE(ask("POST", "/sim/calls",
                    {{"direction", "outbound"}, {"twiml", twiml}, {"dialogue", "en-long-10"}}));
    ASSERT_TRUE(ask("GET", "/sim/quiet"));
    const std::string sid =
        Json::parse(ask("GET", "/sim/state")->body)["recordings"][0]["recording_sid"];
    const std::string path =
        std::string{"/2010-04-01/Accounts/"} + k_account + "/Recordings/" + sid + ".wav";
    const auto file = ask("GET", path);
    ASSERT_TRUE(file);
    const auto pcm = find_pcm(file->body);
    ASSERT_TRUE(pcm);
    EXPECT_GT(pcm->seconds(), 590.0);
    EXPECT_EQ(file->body.size(), 44 + pcm->bytes.size());
    const auto heard_in_it = tone_library().recognise(pcm->channel(1), pcm->sample_rate);
    EXPECT_FALSE(heard_in_it.strange);
    EXPECT_GT(heard_in_it.utterances.size(), 20U);
    for (const char* const kind : {"cut", "truncated"}) {
        ASSERT_TRUE(ask("POST", "/sim/faults", {{"where", "media"}, {"kind", kind}, {"times", 1}}));
        EXPECT_FALSE(ask("GET", path)) << kind;
    }
}

TEST_F(ServiceTest, TellsARefusedConnectionFromARefusal) {
    control("POST", "/calls", {{"voice_url", "http://127.0.0.1:1/voice"}});
    control("GET", "/quiet");
    const Json state = control("GET", "/state");
    EXPECT_EQ(state["debugger"][0]["code"], 11205);
    EXPECT_EQ(state["deliveries"][0]["results"].size(), 2U);
}

TEST_F(ServiceTest, RewritesAPublicAddress) {
    const Service behind_proxy{
        {.simulator = {.account_sid = k_account,
                       .auth_token = k_token,
                       .time_scale = 100.0,
                       .rewrites = {{"https://calls.example.com", app_url("")}}}}};
    const auto placed =
        m_client.send({.method = "POST",
                       .url = behind_proxy.url() + "/sim/calls",
                       .body = R"({"voice_url":"https://calls.example.com/voice"})"});
    ASSERT_TRUE(placed);
    ASSERT_TRUE(m_client.send({.url = behind_proxy.url() + "/sim/quiet"}));
    ASSERT_FALSE(m_heard.empty());
    EXPECT_EQ(base::find_header(m_heard[0].headers, "X-Twilio-Signature"),
              twilio_signature(k_token, "https://calls.example.com/voice",
                               parse_fields(m_heard[0].body)));
}

TEST_F(ServiceTest, BreaksConnectionsWhenTold) {
    control("POST", "/faults",
            Json::array({{{"where", "twilio.list_calls"}, {"kind", "reset"}, {"times", 1}},
                         {{"where", "twilio.list_calls"}, {"kind", "truncated"}, {"times", 1}},
                         {{"where", "twilio.list_calls"}, {"kind", "timeout"}, {"times", 1}}}));
    // Each with a m_client of its own: on a kept connection libcurl would try a reset GET again.
    const auto message = [&](std::chrono::milliseconds timeout) {
        curl::CurlHttpClient fresh;
        const auto answer = fresh.send({.url = m_service.url() + calls(),
                                        .auth = base::BasicAuth{k_account, base::Secret{k_token}},
                                        .timeout = timeout});
        return answer ? std::to_string(answer->status) : answer.error().message.substr(0, 9);
    };
    EXPECT_EQ(message(20s), "transfer:");
    EXPECT_EQ(message(20s), "transfer:");
    EXPECT_EQ(message(200ms), "timeout: ");
    EXPECT_EQ(message(20s), "200");
}

TEST_F(ServiceTest, AnswersManyAtOnce) {
    std::vector<std::future<int>> answers;
    for (int i = 0; i < 16; ++i) {
        answers.push_back(std::async(std::launch::async, [this] {
            const auto answer = send("GET", calls());
            return answer ? answer->status : 0;
        }));
    }
    for (auto& answer : answers) {
        EXPECT_EQ(answer.get(), 200);
    }
}

TEST(SocketServer, RefusesAnAddressThatIsNone) {
    const auto listen = [](const char* address) {
        const SocketServer server{address, [](const auto&, const auto&) {}};
    };
    EXPECT_THROW(listen("nowhere"), base::ConfigError);
    EXPECT_THROW(listen("127.0.0.1:70000"), base::ConfigError);
    EXPECT_THROW(listen("192.0.2.1:0"), base::ConfigError);
}

} // namespace
} // namespace callctl::sim
