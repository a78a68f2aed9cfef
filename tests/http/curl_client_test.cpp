#include "base/exception.hpp"
#include "base/time.hpp"
#include "curl/http_client.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
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
    return {.url = url};
}

base::HttpRequest post(const std::string& url, const std::string& body) {
    return {.method = "POST",
            .url = url,
            .headers = {{"Content-Type", "application/json"}},
            .body = body};
}

AnsweringServer::Answer always(std::string reply) {
    return [reply = std::move(reply)](const std::string&) { return reply; };
}

// --- What goes out and what comes back ---

TEST(CurlClient, HandsBackStatusHeadersAndBody) {
    AnsweringServer server{
        always(answer(418, "short and stout", "X-Kind: teapot\r\nX-Empty:\r\n"))};
    CurlHttpClient client;
    const auto response = client.send(get(server.url("/pot?sugar=2")));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 418);
    EXPECT_EQ(response->body, "short and stout");
    EXPECT_EQ(base::find_header(response->headers, "x-kind"), "teapot");
    EXPECT_EQ(base::find_header(response->headers, "x-empty"), "");
    EXPECT_THAT(server.requests().at(0), StartsWith("GET /pot?sugar=2 HTTP/1.1\r\n"));
}

TEST(CurlClient, CountsADateInRetryAfterFromItsReceiptWhereTheServerGivesNoDate) {
    const base::Time now =
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto until = "Retry-After: " + base::format_http_date(now + 1h) + "\r\n";
    CurlHttpClient client;
    const auto wait_after = [&](const std::string& header_lines) {
        AnsweringServer server{always(answer(503, "", header_lines))};
        const auto response = client.send(get(server.url()));
        return response ? base::retry_after(response->headers) : std::nullopt;
    };
    for (const auto* date : {"", "Date:\r\n", "Date: today\r\n"}) {
        const auto wait = wait_after(until + date);
        ASSERT_TRUE(wait) << date;
        EXPECT_GT(*wait, 55min);
        EXPECT_LE(*wait, 1h);
    }
    EXPECT_EQ(wait_after(until + "Date: " + base::format_http_date(now + 50min) + "\r\n"), 10min);
}

TEST(CurlClient, SendsHeadersBodyAndNothingOfItsOwnMaking) {
    AnsweringServer server{always(answer(201, "{}"))};
    CurlHttpClient client{{.user_agent = "callctl/1.0"}};
    const auto response = client.send(post(server.url("/x"), R"({"a":1})"));
    ASSERT_TRUE(response) << response.error().message;
    const std::string request = server.requests().at(0);
    EXPECT_THAT(request, StartsWith("POST /x HTTP/1.1\r\n"));
    EXPECT_THAT(request, HasSubstr("\r\nUser-Agent: callctl/1.0\r\n"));
    EXPECT_THAT(request, HasSubstr("\r\nContent-Type: application/json\r\n"));
    EXPECT_THAT(request, HasSubstr("\r\n\r\n{\"a\":1}"));
    EXPECT_THAT(request, Not(HasSubstr("Expect:")));
    EXPECT_THAT(request, Not(HasSubstr("Accept-Encoding:")));
}

TEST(CurlClient, SendsLargeBodiesWithoutAskingFirst) {
    AnsweringServer server{always(answer(200, ""))};
    CurlHttpClient client;
    const auto response = client.send(post(server.url(), std::string(3'000'000, 'x')));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_THAT(server.requests().at(0).substr(0, 1000), Not(HasSubstr("Expect:")));
    EXPECT_GT(server.requests().at(0).size(), 3'000'000U);
}

TEST(CurlClient, InventsNoContentType) {
    AnsweringServer server{always(answer(200, ""))};
    CurlHttpClient client;
    ASSERT_TRUE(client.send({.method = "POST", .url = server.url(), .body = std::string{"abc"}}));
    EXPECT_THAT(server.requests().at(0), Not(HasSubstr("Content-Type")));
}

TEST(CurlClient, SendsAnEmptyPost) {
    AnsweringServer server{always(answer(200, ""))};
    CurlHttpClient client;
    ASSERT_TRUE(client.send({.method = "POST", .url = server.url()}));
    EXPECT_THAT(server.requests().at(0),
                AllOf(StartsWith("POST / "), HasSubstr("Content-Length: 0\r\n")));
}

TEST(CurlClient, SendsOtherMethods) {
    AnsweringServer server{always(answer(200, ""))};
    CurlHttpClient client;
    ASSERT_TRUE(client.send({.method = "DELETE", .url = server.url()}));
    ASSERT_TRUE(client.send({.method = "PUT", .url = server.url(), .body = std::string{"abc"}}));
    EXPECT_THAT(server.requests().at(0), StartsWith("DELETE / "));
    EXPECT_THAT(server.requests().at(1), AllOf(StartsWith("PUT / "), HasSubstr("\r\n\r\nabc")));
}

TEST(CurlClient, TakesTheAnswerToAHeadWithoutABody) {
    AnsweringServer server{always("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")};
    CurlHttpClient client;
    const auto response = client.send({.method = "HEAD", .url = server.url()});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(base::find_header(response->headers, "Content-Length"), "1000");
    EXPECT_EQ(response->body, "");
}

TEST(CurlClient, SendsCredentialsOfBothKinds) {
    AnsweringServer server{always(answer(200, ""))};
    CurlHttpClient client;
    auto request = get(server.url());
    request.auth = base::BasicAuth{"AC1", base::Secret{"token"}};
    ASSERT_TRUE(client.send(request));
    request.auth = base::HeaderAuth{"Authorization", "Bearer ", base::Secret{"sk-1"}};
    ASSERT_TRUE(client.send(request));
    EXPECT_THAT(server.requests().at(0), HasSubstr("\r\nAuthorization: Basic QUMxOnRva2Vu\r\n"));
    EXPECT_THAT(server.requests().at(1), HasSubstr("\r\nAuthorization: Bearer sk-1\r\n"));
}

TEST(CurlClient, SendsMultipartFormsFromMemory) {
    AnsweringServer server{always(answer(200, ""))};
    CurlHttpClient client;
    const std::string audio{"RIFF\0\r\n--\xff", 11};
    auto request = post(server.url(), "");
    request.headers.clear();
    request.body = base::Multipart{{.name = "model", .content = "whisper-1"},
                                   {.name = "empty", .content = ""},
                                   {.name = "file",
                                    .content = audio,
                                    .file_name = "a \"quoted\".wav",
                                    .content_type = "audio/wav"}};
    ASSERT_TRUE(client.send(request));
    const std::string sent = server.requests().at(0);
    EXPECT_THAT(sent, HasSubstr("\r\nContent-Type: multipart/form-data; boundary="));
    EXPECT_THAT(sent, HasSubstr("name=\"model\"\r\n\r\nwhisper-1\r\n"));
    EXPECT_THAT(sent, HasSubstr("name=\"empty\"\r\n\r\n\r\n"));
    EXPECT_THAT(sent, HasSubstr("name=\"file\"; filename=\"a %22quoted%22.wav\"\r\n"
                                "Content-Type: audio/wav\r\n\r\n" +
                                audio + "\r\n"));
}

TEST(CurlClient, TakesNoContent) {
    AnsweringServer server{always("HTTP/1.1 204 No Content\r\n\r\n")};
    CurlHttpClient client;
    const auto response = client.send(get(server.url()));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 204);
    EXPECT_EQ(response->body, "");
}

TEST(CurlClient, ForgetsTheHeadersOfInterimAnswers) {
    AnsweringServer server{
        always("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" + answer(200, "late"))};
    CurlHttpClient client;
    const auto response = client.send(get(server.url()));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(base::find_header(response->headers, "X-Early"), "");
}

TEST(CurlClient, JoinsChunksAndIgnoresTrailers) {
    AnsweringServer server{always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                  "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n")};
    CurlHttpClient client;
    const auto response = client.send(get(server.url()));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "abcde");
    EXPECT_EQ(base::find_header(response->headers, "X-Trailer"), "");
}

TEST(CurlClient, LeavesCompressedBodiesAsTheyCame) {
    AnsweringServer server{
        always(answer(200, "\x1f\x8b not unpacked", "Content-Encoding: gzip\r\n"))};
    CurlHttpClient client;
    const auto response = client.send(get(server.url()));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "\x1f\x8b not unpacked");
}

// --- Connections ---

TEST(CurlClient, KeepsConnections) {
    AnsweringServer server{always(answer(200, "ok"))};
    CurlHttpClient client;
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(client.send(post(server.url(), "x")));
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST(CurlClient, Serves200CallersAtOnceOverBoundedConnections) {
    AnsweringServer server{[](const std::string& request) {
        return answer(200, request.substr(0, request.find(" HTTP")));
    }};
    CurlHttpClient client{{.max_connections_per_host = 16}};
    std::vector<std::thread> callers;
    std::vector<std::string> answers(200);
    for (std::size_t i = 0; i < answers.size(); ++i) {
        callers.emplace_back([&, i] {
            const auto response = client.send(get(server.url("/" + std::to_string(i))));
            answers[i] = response ? response->body : response.error().message;
        });
    }
    for (auto& caller : callers) {
        caller.join();
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        EXPECT_EQ(answers[i], "GET /" + std::to_string(i));
    }
    EXPECT_LE(server.connections(), 16);
}

/// Answers the first request of a connection and closes on the second without a word.
void answer_once(Conversation& conversation, std::atomic<int>& requests) {
    while (conversation.request()) {
        if (++requests == 2) {
            return;
        }
        conversation.send(answer(200, "ok"));
    }
}

TEST(CurlClient, DoesNotSendAPostTwiceWhenAKeptConnectionEnds) {
    std::atomic<int> requests{0};
    ScriptedServer server{[&](Conversation& c) { answer_once(c, requests); }};
    CurlHttpClient client;
    ASSERT_TRUE(client.send(post(server.url(), "first")));
    const auto second = client.send(post(server.url(), "second"));
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message, StartsWith("transfer: "));
    EXPECT_EQ(requests, 2);
}

TEST(CurlClient, SendsAGetAgainWhenAKeptConnectionEnds) {
    std::atomic<int> requests{0};
    ScriptedServer server{[&](Conversation& c) { answer_once(c, requests); }};
    CurlHttpClient client;
    ASSERT_TRUE(client.send(get(server.url())));
    const auto second = client.send(get(server.url()));
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(requests, 3);
}

TEST(CurlClient, EndsRequestsInHandWhenItIsDestroyed) {
    std::promise<void> arrived;
    ScriptedServer server{[&](Conversation& conversation) {
        static_cast<void>(conversation.request());
        arrived.set_value();
        conversation.wait_for_close();
    }};
    std::optional<CurlHttpClient> client{std::in_place};
    std::optional<base::Result<base::HttpResponse>> response;
    std::thread caller{[&, c = &*client] { response = c->send(get(server.url())); }};
    arrived.get_future().wait();
    client.reset();
    caller.join();
    ASSERT_FALSE(response->has_value());
    EXPECT_THAT(response->error().message, StartsWith("stopped: "));
    EXPECT_EQ(response->error().kind, base::ErrorKind::transient);
}

// --- Files ---

TEST(CurlClientSink, TakesTheBodyOfASuccess) {
    const std::string media(300'000, 'm');
    AnsweringServer server{always(answer(200, media))};
    const support::TemporaryFolder folder;
    CurlHttpClient client;
    auto request = get(server.url());
    request.sink_path = folder.path("media.wav");
    const auto response = client.send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "");
    EXPECT_EQ(response->sink_bytes, media.size());
    EXPECT_EQ(folder.read("media.wav"), media);
    EXPECT_THAT(folder.names(), testing::ElementsAre("media.wav"));
}

TEST(CurlClientSink, IsEmptyForAnEmptySuccess) {
    AnsweringServer server{always(answer(200, ""))};
    const support::TemporaryFolder folder;
    CurlHttpClient client;
    auto request = get(server.url());
    request.sink_path = folder.path("media.wav");
    ASSERT_TRUE(client.send(request));
    EXPECT_EQ(folder.read("media.wav"), "");
}

TEST(CurlClientSink, TakesNoErrorBody) {
    AnsweringServer server{always(answer(404, "<html>"))};
    const support::TemporaryFolder folder;
    folder.write("media.wav", "from before");
    CurlHttpClient client;
    auto request = get(server.url());
    request.sink_path = folder.path("media.wav");
    const auto response = client.send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 404);
    EXPECT_EQ(response->body, "<html>");
    EXPECT_EQ(response->sink_bytes, 0U);
    EXPECT_EQ(folder.read("media.wav"), "from before");
    EXPECT_THAT(folder.names(), testing::ElementsAre("media.wav"));
}

TEST(CurlClientSink, LeavesNothingOfACutTransfer) {
    ScriptedServer server{[](Conversation& conversation) {
        static_cast<void>(conversation.request());
        conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" +
                          std::string(50'000, 'x'));
    }};
    const support::TemporaryFolder folder;
    CurlHttpClient client;
    auto request = get(server.url());
    request.sink_path = folder.path("media.wav");
    const auto response = client.send(request);
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().message, StartsWith("transfer: "));
    EXPECT_THAT(folder.names(), testing::IsEmpty());
}

TEST(CurlClientSink, ReportsAFolderThatTakesNoFiles) {
    AnsweringServer server{always(answer(200, "abc"))};
    CurlHttpClient client;
    auto request = get(server.url());
    request.sink_path = "/proc/self/media.wav"; // refuses new files whoever asks, root as well
    const auto response = client.send(request);
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().message, AllOf(StartsWith("local: "), HasSubstr("/proc/self")));
}

TEST(CurlClientSink, ReportsAFolderThatIsNotThere) {
    AnsweringServer server{always(answer(200, "abc"))};
    CurlHttpClient client;
    auto request = get(server.url());
    request.sink_path = "/nonexistent/folder/media.wav";
    const auto response = client.send(request);
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().message,
                AllOf(StartsWith("local: "), HasSubstr("/nonexistent/folder")));
}

} // namespace
} // namespace callctl::curl
