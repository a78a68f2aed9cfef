// What is no answer, and what an answer may not do.
#include "base/exception.hpp"
#include "curl/http_client.hpp"
#include "support/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <ostream>
#include <thread>

namespace callctl::curl {
namespace {

using namespace std::chrono_literals;
using support::answer;
using support::AnsweringServer;
using support::Conversation;
using support::ScriptedServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

base::HttpRequest get(const std::string& url) {
    return {.url = url, .timeout = 10s};
}

// --- Replies that end badly ---

struct Broken {
    std::string name;
    std::string reply;
    std::string message; ///< what the error's begins with
};

void PrintTo(const Broken& broken, std::ostream* out) {
    *out << broken.name;
}

class CurlBrokenReply : public testing::TestWithParam<Broken> {};

TEST_P(CurlBrokenReply, IsATransferError) {
    ScriptedServer server{[](Conversation& conversation) {
        static_cast<void>(conversation.request());
        conversation.send(GetParam().reply);
    }};
    CurlHttpClient client;
    const auto response = client.send(get(server.url("/secret?token=abc")));
    ASSERT_FALSE(response) << response->status << ' ' << response->body;
    EXPECT_EQ(response.error().kind, base::ErrorKind::transient);
    EXPECT_THAT(response.error().message,
                AllOf(StartsWith("transfer: "), HasSubstr(server.url("/secret")),
                      HasSubstr(GetParam().message), Not(HasSubstr("token"))));
}

std::string many(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

INSTANTIATE_TEST_SUITE_P(
    Table, CurlBrokenReply,
    testing::Values(
        Broken{"Empty", "", "mpty reply"},
        Broken{"MalformedStatusLine", "HTTP/1.1 abc\r\n\r\n", ""},
        Broken{"NoHttp", "220 smtp.example.com ready\r\n", ""},
        Broken{"StatusTooLong", "HTTP/1.1 20000 OK\r\n\r\n", ""},
        Broken{"CutInHeader", "HTTP/1.1 200 OK\r\nContent-Le", ""},
        Broken{"CutInBody", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "7 bytes"},
        Broken{"CutInChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc", ""},
        Broken{"CutBeforeLastChunk",
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", ""},
        Broken{"BadChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", ""},
        Broken{"LengthIsNoNumber", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nabc", ""},
        Broken{"EndlessHeaders",
               "HTTP/1.1 200 OK\r\n" + many("X-A: " + std::string(1000, 'x') + "\r\n", 300),
               "header is longer than"},
        Broken{"EndlessHeader", "HTTP/1.1 200 OK\r\nX-A: " + std::string(1'000'000, 'x'), ""}),
    [](const auto& row) { return row.param.name; });

TEST(CurlFailure, ResetConnectionIsATransferError) {
    ScriptedServer server{[](Conversation& conversation) {
        static_cast<void>(conversation.request());
        conversation.reset();
    }};
    CurlHttpClient client;
    const auto response = client.send(get(server.url()));
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().message, StartsWith("transfer: "));
}

TEST(CurlFailure, ALongerBodyThanAnnouncedIsCutThere) {
    ScriptedServer server{[](Conversation& conversation) {
        while (conversation.request()) {
            conversation.send(answer(200, "abc") + "HTTP/1.1 200 OK\r\n\r\nforged");
        }
    }};
    CurlHttpClient client;
    for (int i = 0; i < 3; ++i) {
        const auto response = client.send(get(server.url()));
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->body, "abc");
    }
    EXPECT_EQ(server.connections(), 3) << "a connection out of step was used again";
}

// --- Size ---

class CurlTooLarge : public testing::TestWithParam<Broken> {};

TEST_P(CurlTooLarge, EndsTheTransfer) {
    ScriptedServer server{[](Conversation& conversation) {
        static_cast<void>(conversation.request());
        conversation.send(GetParam().reply);
        conversation.wait_for_close();
    }};
    CurlHttpClient client;
    auto request = get(server.url());
    request.max_response_bytes = 10'000;
    const auto response = client.send(request);
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().message,
                AllOf(StartsWith("transfer: "), HasSubstr("larger than 10000 bytes")));
}

INSTANTIATE_TEST_SUITE_P(
    Table, CurlTooLarge,
    testing::Values(Broken{"WithLength", answer(200, std::string(500'000, 'x')), ""},
                    Broken{"OneByteTooMany", answer(200, std::string(10'001, 'x')), ""},
                    Broken{"ErrorBody", answer(500, std::string(10'001, 'x')), ""},
                    Broken{"Chunked",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                               many("3e8\r\n" + std::string(1000, 'x') + "\r\n", 500),
                           ""},
                    Broken{"UntilClose", "HTTP/1.1 200 OK\r\n\r\n" + std::string(500'000, 'x'),
                           ""}),
    [](const auto& row) { return row.param.name; });

TEST(CurlLimit, TakesExactlyWhatIsAllowed) {
    AnsweringServer server{
        [](const std::string&) { return answer(200, std::string(10'000, 'x')); }};
    CurlHttpClient client;
    auto request = get(server.url());
    request.max_response_bytes = 10'000;
    const auto response = client.send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body.size(), 10'000U);
}

// --- Time ---

TEST(CurlTimeout, EndsARequestThatIsNeverAnswered) {
    ScriptedServer server{[](Conversation& conversation) { conversation.wait_for_close(); }};
    CurlHttpClient client;
    auto request = get(server.url());
    request.timeout = 200ms;
    const auto begin = std::chrono::steady_clock::now();
    const auto response = client.send(request);
    const auto took = std::chrono::steady_clock::now() - begin;
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, base::ErrorKind::transient);
    EXPECT_THAT(response.error().message, StartsWith("timeout: "));
    EXPECT_GE(took, 200ms);
    EXPECT_LT(took, 5s);
}

TEST(CurlTimeout, EndsAnAnswerThatDrips) {
    ScriptedServer server{[](Conversation& conversation) {
        static_cast<void>(conversation.request());
        conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
        while (!conversation.closed_within(10ms)) {
            conversation.send("x");
        }
    }};
    CurlHttpClient client;
    auto request = get(server.url());
    request.timeout = 200ms;
    const auto response = client.send(request);
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().message, StartsWith("timeout: "));
}

TEST(CurlTimeout, OfAWaitForAConnectionSaysThatNothingWasSent) {
    ScriptedServer server{[](Conversation& conversation) { conversation.wait_for_close(); }};
    std::optional<CurlHttpClient> client{std::in_place,
                                         ClientOptions{.max_connections_per_host = 1}};
    std::thread first{[&, c = &*client] { EXPECT_FALSE(c->send(get(server.url()))); }};
    server.wait_for_connections(1);
    auto request = get(server.url());
    request.timeout = 100ms;
    const auto second = client->send(request);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, StartsWith("connect: "));
    client.reset();
    first.join();
}

TEST(CurlTimeout, OfZeroSendsNothing) {
    AnsweringServer server{[](const std::string&) { return answer(200, ""); }};
    CurlHttpClient client;
    auto request = get(server.url());
    request.timeout = 0ms;
    const auto response = client.send(request);
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().message, StartsWith("connect: "));
    EXPECT_EQ(server.connections(), 0);
}

// --- What cannot be sent ---

TEST(CurlConnect, RefusedIsAConnectError) {
    std::string url;
    {
        const ScriptedServer gone{[](Conversation&) {}};
        url = gone.url("/path?token=abc");
    }
    CurlHttpClient client;
    const auto response = client.send(get(url));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, base::ErrorKind::transient);
    EXPECT_THAT(response.error().message,
                AllOf(StartsWith("connect: "), HasSubstr("/path:"), Not(HasSubstr("token"))));
}

TEST(CurlConnect, UnknownNameIsAConnectError) {
    CurlHttpClient client;
    const auto response = client.send(get("http://user:geheim@no-such-host.invalid/"));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, base::ErrorKind::transient);
    EXPECT_THAT(response.error().message, AllOf(StartsWith("connect: "), Not(HasSubstr("geheim"))));
}

TEST(CurlConnect, FailedTlsIsAConnectError) {
    ScriptedServer server{[](Conversation& conversation) {
        conversation.send("HTTP/1.1 400 Bad Request\r\n\r\nthis is no TLS");
        conversation.wait_for_close();
    }};
    CurlHttpClient client;
    const auto response = client.send(get("https" + server.url().substr(4)));
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().message, StartsWith("connect: "));
}

struct Senseless {
    std::string name;
    base::HttpRequest request;
};

void PrintTo(const Senseless& senseless, std::ostream* out) {
    *out << senseless.name;
}

class CurlSenseless : public testing::TestWithParam<Senseless> {};

TEST_P(CurlSenseless, RequestIsInvalidInput) {
    CurlHttpClient client;
    const auto response = client.send(GetParam().request);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, base::ErrorKind::invalid_input) << response.error().message;
    EXPECT_THAT(response.error().message, AllOf(StartsWith("connect: "), Not(HasSubstr("geheim"))));
}

base::HttpRequest with_header(const std::string& name, const std::string& value) {
    auto request = get("http://127.0.0.1:1/");
    request.headers.push_back({name, value});
    return request;
}

base::HttpRequest with_key(const std::string& key) {
    auto request = get("http://127.0.0.1:1/");
    request.auth = base::HeaderAuth{"api-key", "", base::Secret{key}};
    return request;
}

INSTANTIATE_TEST_SUITE_P(
    Table, CurlSenseless,
    testing::Values(Senseless{"EmptyUrl", get("")}, Senseless{"NoUrl", get("http://")},
                    Senseless{"FileUrl", get("file:///etc/passwd")},
                    Senseless{"UnknownScheme", get("gopher://127.0.0.1/")},
                    Senseless{"UrlWithLineBreak", get("http://127.0.0.1/\r\nX: geheim")},
                    Senseless{"BadPort", get("http://127.0.0.1:99999/")},
                    Senseless{"HeaderWithLineBreak", with_header("X-A", "a\r\nX-B: geheim")},
                    Senseless{"NameWithLineBreak", with_header("X-A: a\nX-B", "geheim")},
                    Senseless{"KeyWithLineBreak", with_key("geheim\n")},
                    Senseless{"NoMethod", {.method = "", .url = "http://127.0.0.1:1/"}},
                    Senseless{"MethodWithSpace",
                              {.method = "GET /other", .url = "http://127.0.0.1:1/"}}),
    [](const auto& row) { return row.param.name; });

// --- A program that is asked to stop ---

TEST(CurlStop, EndsWhatIsUnderWayAfterItsGraceAndBeginsNothing) {
    std::atomic<bool> stopping{false};
    ScriptedServer server{[&](Conversation& conversation) {
        static_cast<void>(conversation.request());
        stopping = true; // in the middle of a long transcription
        conversation.wait_for_close();
    }};
    CurlHttpClient client{{.stopping = [&] { return stopping.load(); }, .stop_grace = 50ms}};
    const auto cut = client.send(get(server.url("/transcriptions")));
    ASSERT_FALSE(cut);
    EXPECT_THAT(cut.error().message, StartsWith("stopped: "));
    const auto refused = client.send(get(server.url("/next")));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, StartsWith("stopped: "));
    EXPECT_EQ(server.connections(), 1);
}

TEST(CurlStop, LetsAShortRequestEnd) {
    std::atomic<bool> stopping{false};
    ScriptedServer server{[&](Conversation& conversation) {
        static_cast<void>(conversation.request());
        stopping = true;
        conversation.send(answer(200, "stored"));
    }};
    CurlHttpClient client{{.stopping = [&] { return stopping.load(); }, .stop_grace = 10s}};
    const auto response = client.send(get(server.url("/")));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "stored");
}

TEST(CurlConfig, NamesACertificateFileThatIsNotThere) {
    EXPECT_THROW(CurlHttpClient({.ca_file = "/nonexistent/ca.pem"}), base::ConfigError);
}

} // namespace
} // namespace callctl::curl
