#include "web_handlers.hpp"

#include "base/exception.hpp"
#include "support/loopback_client.hpp"
#include "web/server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>

namespace callctl::web {
namespace {

using namespace std::chrono_literals;
using support::Body;
using support::LoopbackClient;

constexpr std::string_view k_get = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

std::string post(std::string_view body, std::string_view path = "/webhook") {
    return "POST " + std::string{path} +
           " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string{body};
}

port::WebResponse echo(const port::WebRequest& request) {
    return {.status = 200,
            .content_type = "text/plain",
            .body = request.method + " " + request.target + "\n" + request.body};
}

ServerOptions on_free_port() {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    return options;
}

/// A server that echoes.
class WebServer : public testing::Test {
  protected:
    explicit WebServer(const ServerOptions& options = on_free_port())
        : m_server{options, m_handler} {}

    LoopbackClient connect() { return LoopbackClient{m_server.port()}; }

    DirectHandler m_handler{echo};
    Server m_server;
};

TEST_F(WebServer, AnswersWithStatusHeadersAndBody) {
    auto client = connect();
    client.send(post("From=1", "/webhook/call?a=%20b"));
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "POST /webhook/call?a=%20b\nFrom=1");
    EXPECT_TRUE(response->has("Content-Type: text/plain\r\n"));
    EXPECT_TRUE(response->has("Date: ")) << response->head;
}

TEST_F(WebServer, KeepsTheConnectionForFurtherRequests) {
    auto client = connect();
    for (int i = 0; i < 5; ++i) {
        client.send(post(std::to_string(i)));
        const auto response = client.response();
        ASSERT_TRUE(response);
        EXPECT_EQ(response->body, "POST /webhook\n" + std::to_string(i));
    }
}

TEST_F(WebServer, AnswersPipelinedRequestsInTheirOrder) {
    auto client = connect();
    client.send(post("first") + post("second") + std::string{k_get});
    for (const std::string_view body :
         {"POST /webhook\nfirst", "POST /webhook\nsecond", "GET /healthz\n"}) {
        const auto response = client.response();
        ASSERT_TRUE(response);
        EXPECT_EQ(response->body, body);
    }
}

TEST_F(WebServer, ClosesWhenTheClientAsksForIt) {
    auto client = connect();
    client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_TRUE(response->has("Connection: close\r\n"));
    EXPECT_EQ(client.rest(), "");
}

TEST_F(WebServer, SpeaksHttp10) {
    auto client = connect();
    client.send("GET / HTTP/1.0\r\n\r\n");
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(client.rest(), "");
}

TEST_F(WebServer, KeepsAConnectionOfHttp10ThatAsksForIt) {
    auto client = connect();
    for (int i = 0; i < 2; ++i) {
        client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        const auto response = client.response();
        ASSERT_TRUE(response);
        EXPECT_TRUE(response->has("Connection: keep-alive\r\n")) << response->head;
        EXPECT_EQ(response->body, "GET /a\n");
    }
}

TEST_F(WebServer, SendsNoContinueToHttp10) {
    auto client = connect();
    client.send("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok");
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "POST /\nok");
}

TEST_F(WebServer, AnswersAThousandPipelinedRequestsInTheirOrder) {
    auto client = connect();
    std::string all;
    for (int i = 0; i < 1'000; ++i) {
        all += post(std::to_string(i));
    }
    client.send(all);
    for (int i = 0; i < 1'000; ++i) {
        const auto response = client.response();
        ASSERT_TRUE(response);
        EXPECT_EQ(response->body, "POST /webhook\n" + std::to_string(i));
    }
}

TEST_F(WebServer, TakesARequestInPiecesOfOneByte) {
    auto client = connect();
    for (const char c : post("piece by piece")) {
        client.send({&c, 1});
    }
    EXPECT_EQ(client.response()->body, "POST /webhook\npiece by piece");
}

TEST_F(WebServer, ReadsLargeBodiesAndGoesOnWithSmallOnes) {
    auto client = connect();
    const std::string large(200'000, 'x');
    for (const std::string& body : {large, std::string{"small"}, large}) {
        client.send(post(body));
        const auto response = client.response();
        ASSERT_TRUE(response);
        EXPECT_EQ(response->body, "POST /webhook\n" + body);
    }
}

TEST_F(WebServer, AnswersHeadWithTheLengthAndWithoutTheBody) {
    auto client = connect();
    client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto response = client.response(Body::absent);
    ASSERT_TRUE(response);
    EXPECT_TRUE(response->has("Content-Length: 7\r\n")) << response->head; // "HEAD /\n"
    client.send(k_get);
    const auto next = client.response();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->body, "GET /healthz\n");
}

TEST_F(WebServer, JoinsChunkedBodies) {
    auto client = connect();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                "3\r\nabc\r\n2;name=value\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n");
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "POST /\nabcde");
}

TEST_F(WebServer, SendsContinueToAClientThatWaitsForIt) {
    auto client = connect();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    const auto go_on = client.response();
    ASSERT_TRUE(go_on);
    EXPECT_EQ(go_on->status, 100);
    client.send("ok");
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "POST /\nok");
}

TEST_F(WebServer, TakesTheAbsoluteFormOfATarget) {
    auto client = connect();
    client.send("GET http://calls.example.com/path?q=1 HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "GET /path?q=1\n");
}

TEST_F(WebServer, Serves64ConnectionsAtOnce) {
    std::vector<LoopbackClient> clients;
    for (int i = 0; i < 64; ++i) {
        clients.push_back(connect());
    }
    for (int i = 0; i < 64; ++i) {
        clients[static_cast<std::size_t>(i)].send(post(std::to_string(i)));
    }
    for (int i = 0; i < 64; ++i) {
        const auto response = clients[static_cast<std::size_t>(i)].response();
        ASSERT_TRUE(response);
        EXPECT_EQ(response->body, "POST /webhook\n" + std::to_string(i));
    }
}

} // namespace
} // namespace callctl::web
