// Deadlines, replies from elsewhere, and the end of the server.
#include "web_handlers.hpp"

#include "base/exception.hpp"
#include "support/loopback_client.hpp"
#include "web/server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

namespace callctl::web {
namespace {

using namespace std::chrono_literals;
using support::LoopbackClient;

constexpr std::string_view k_get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

ServerOptions on_free_port() {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    return options;
}

TEST(WebReply, MayComeFromAnotherThread) {
    HoldingHandler handler;
    Server server{on_free_port(), handler};
    LoopbackClient client{server.port()};
    client.send(k_get);
    auto held = handler.take(1);
    std::thread{[&] { held[0].reply({.status = 204}); }}.join();
    EXPECT_EQ(client.response()->status, 204);
}

TEST(WebReply, CountsOnlyOnce) {
    HoldingHandler handler;
    Server server{on_free_port(), handler};
    LoopbackClient client{server.port()};
    client.send(k_get);
    auto held = handler.take(1);
    held[0].reply({.status = 201});
    held[0].reply({.status = 202});
    EXPECT_EQ(client.response()->status, 201);
    client.send(k_get);
    held[0].reply({.status = 203}); // and not as the answer to the next request
    handler.take(1)[0].reply({.status = 204});
    EXPECT_EQ(client.response()->status, 204);
}

TEST(WebReply, OfManyThreadsAtOnceReachesTheRightConnections) {
    constexpr std::size_t k_clients = 64;
    HoldingHandler handler;
    Server server{on_free_port(), handler};
    std::vector<LoopbackClient> clients;
    for (std::size_t i = 0; i < k_clients; ++i) {
        clients.emplace_back(server.port());
        clients.back().send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    auto held = handler.take(k_clients);
    std::vector<std::thread> threads;
    for (std::size_t part = 0; part < 4; ++part) {
        threads.emplace_back([&held, part] {
            for (std::size_t i = part; i < k_clients; i += 4) {
                held[i].reply({.status = 200, .body = held[i].request.target});
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    for (std::size_t i = 0; i < k_clients; ++i) {
        EXPECT_EQ(clients[i].response()->body, "/" + std::to_string(i));
    }
}

TEST(WebReply, AfterTheClientHasGoneIsDropped) {
    HoldingHandler handler;
    Server server{on_free_port(), handler};
    std::optional<LoopbackClient> client{server.port()};
    client->send(k_get);
    auto held = handler.take(1);
    client.reset();
    held[0].reply({.status = 200, .body = std::string(100'000, 'x')});
    LoopbackClient next{server.port()};
    next.send(k_get);
    handler.take(1)[0].reply({.status = 204});
    EXPECT_EQ(next.response()->status, 204);
}

TEST(WebReply, AfterTheServerHasGoneIsDropped) {
    HoldingHandler handler;
    std::optional<Server> server;
    server.emplace(on_free_port(), handler);
    LoopbackClient client{server->port()};
    client.send(k_get);
    auto held = handler.take(1);
    server.reset();
    held[0].reply({.status = 200});
    EXPECT_EQ(client.rest(), "");
}

TEST(WebReply, ThatNeverComesIs503AtTheDeadline) {
    auto options = on_free_port();
    options.reply_deadline = 500ms;
    HoldingHandler handler;
    Server server{options, handler};
    LoopbackClient client{server.port()};
    client.send(k_get);
    const auto held = handler.take(1);
    EXPECT_EQ(client.response()->status, 503);
    held[0].reply({.status = 200}); // too late, and not the answer to the next request
    client.send(k_get);
    handler.take(1)[0].reply({.status = 204});
    EXPECT_EQ(client.response()->status, 204);
}

TEST(WebReply, ThatTheHandlerForgotIs500AtOnce) {
    HoldingHandler handler;
    Server server{on_free_port(), handler};
    LoopbackClient client{server.port()};
    client.send(k_get);
    handler.take(1).clear();
    EXPECT_EQ(client.response()->status, 500);
}

TEST(WebReply, IsA500WhenTheHandlerThrows) {
    std::vector<std::string> faults;
    auto options = on_free_port();
    options.on_fault = [&faults](std::string_view text) { faults.emplace_back(text); };
    DirectHandler handler{[](const port::WebRequest& request) -> port::WebResponse {
        if (request.target == "/odd") {
            throw 42; // NOLINT(misc-throw-by-value-catch-by-reference,hicpp-exception-baseclass)
        }
        throw std::runtime_error{"no such thing"};
    }};
    Server server{options, handler};
    LoopbackClient client{server.port()};
    client.send(k_get);
    EXPECT_EQ(client.response()->status, 500);
    client.send("GET /odd HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(client.response()->status, 500);
    server.stop(0ms);
    EXPECT_EQ(faults, (std::vector<std::string>{
                          "the request handler threw: no such thing",
                          "the request handler threw something that is no std::exception"}));
}

TEST(WebReply, CannotSmuggleHeaders) {
    DirectHandler handler{[](const port::WebRequest&) {
        return port::WebResponse{.status = 302,
                                 .content_type = "text/plain\r\nX-Type: 1",
                                 .body = "abc",
                                 .headers = {{"Location", "/x\r\nSet-Cookie: a=b"},
                                             {"X-A\r\nX-B", "1"},
                                             {"", "nameless"},
                                             {"Content-Length", "0"},
                                             {"transfer-encoding", "chunked"},
                                             {"X-Good", "kept"}}};
    }};
    Server server{on_free_port(), handler};
    LoopbackClient client{server.port()};
    client.send(k_get);
    const auto response = client.response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, "abc");
    EXPECT_TRUE(response->has("Location: /xSet-Cookie: a=b\r\n")) << response->head;
    EXPECT_TRUE(response->has("Content-Type: text/plainX-Type: 1\r\n")) << response->head;
    EXPECT_TRUE(response->has("\r\nX-Good: kept\r\n")) << response->head;
    for (const auto* text : {"X-B", "nameless", "chunked", "Length: 0"}) {
        EXPECT_FALSE(response->has(text)) << response->head;
    }
}

struct Odd {
    std::string name;
    port::WebResponse given;
    int status;
    bool length_sent;
};

class WebOddReply : public testing::TestWithParam<Odd> {};

TEST_P(WebOddReply, LeavesTheConnectionInStep) {
    DirectHandler handler{[](const port::WebRequest&) { return GetParam().given; }};
    Server server{on_free_port(), handler};
    LoopbackClient client{server.port()};
    for (int i = 0; i < 2; ++i) {
        client.send(k_get);
        const auto response = client.response();
        ASSERT_TRUE(response);
        EXPECT_EQ(response->status, GetParam().status);
        EXPECT_EQ(response->has("Content-Length"), GetParam().length_sent) << response->head;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Table, WebOddReply,
    testing::Values(Odd{"NoContent", {.status = 204}, 204, false},
                    Odd{"NoContentWithBody", {.status = 204, .body = "x"}, 204, false},
                    Odd{"NotModified", {.status = 304, .body = "x"}, 304, false},
                    Odd{"StatusZero", {.status = 0}, 500, true},
                    Odd{"StatusContinue", {.status = 100}, 500, true},
                    Odd{"StatusNegative", {.status = -1}, 500, true},
                    Odd{"StatusHuge", {.status = 1000}, 500, true},
                    Odd{"StatusUnknown", {.status = 599}, 599, true}),
    [](const auto& row) { return row.param.name; });

// --- Deadlines ---

ServerOptions with_request_deadline(std::chrono::milliseconds deadline) {
    auto options = on_free_port();
    options.request_deadline = deadline;
    return options;
}

/// Sends a byte every few milliseconds until the server has had enough; the answer.
std::optional<support::ClientResponse> drip(LoopbackClient& client, std::string_view bytes) {
    for (const char c : bytes) {
        if (!client.send({&c, 1}) || client.readable_within(5ms)) {
            break;
        }
    }
    return client.response();
}

TEST(WebDeadline, CutsAHeaderThatDrips) {
    HoldingHandler handler;
    Server server{with_request_deadline(100ms), handler};
    LoopbackClient client{server.port()};
    const auto begin = std::chrono::steady_clock::now();
    const auto response = drip(client, std::string{k_get.substr(0, 16)} + std::string(5000, 'a'));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 408);
    EXPECT_EQ(client.rest(), "");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(WebDeadline, CutsABodyThatDrips) {
    HoldingHandler handler;
    Server server{with_request_deadline(100ms), handler};
    LoopbackClient client{server.port()};
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
    const auto response = drip(client, std::string(5000, 'a'));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 408);
}

TEST(WebDeadline, CutsAChunkedBodyThatDrips) {
    HoldingHandler handler;
    Server server{with_request_deadline(100ms), handler};
    LoopbackClient client{server.port()};
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::string dripping;
    for (int i = 0; i < 1000; ++i) {
        dripping += "1\r\na\r\n";
    }
    const auto response = drip(client, dripping);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 408);
}

TEST(WebDeadline, CutsARequestThatStops) {
    HoldingHandler handler;
    Server server{with_request_deadline(100ms), handler};
    LoopbackClient client{server.port()};
    client.send("G");
    EXPECT_EQ(client.response()->status, 408);
}

TEST(WebDeadline, CutsAClientThatDoesNotTakeTheAnswer) {
    auto options = with_request_deadline(100ms);
    DirectHandler handler{[](const port::WebRequest&) {
        return port::WebResponse{.status = 200, .body = std::string(64UL << 20U, 'x')};
    }};
    Server server{options, handler};
    LoopbackClient client{server.port()};
    client.send(k_get);
    client.wait_for_reset();
    EXPECT_LT(client.rest().size(), 64UL << 20U);
}

TEST(WebDeadline, ClosesAnIdleConnectionWithoutAWord) {
    auto options = on_free_port();
    options.idle_timeout = 500ms;
    HoldingHandler handler;
    Server server{options, handler};
    LoopbackClient silent{server.port()};
    EXPECT_EQ(silent.rest(), "");
    LoopbackClient served{server.port()};
    served.send(k_get);
    handler.take(1)[0].reply({.status = 204});
    EXPECT_EQ(served.response()->status, 204);
    EXPECT_EQ(served.rest(), "");
}

TEST(WebDeadline, IsForEachRequestAndNotForTheConnection) {
    DirectHandler handler{[](const port::WebRequest&) { return port::WebResponse{.status = 204}; }};
    Server server{with_request_deadline(200ms), handler};
    LoopbackClient client{server.port()};
    const auto end = std::chrono::steady_clock::now() + 500ms;
    while (std::chrono::steady_clock::now() < end) {
        client.send(k_get.substr(0, 10));
        static_cast<void>(client.readable_within(20ms));
        client.send(k_get.substr(10));
        ASSERT_EQ(client.response()->status, 204);
    }
}

// --- Connections ---

TEST(WebConnections, BeyondTheLimitAreTurnedAwayUntilOneEnds) {
    auto options = on_free_port();
    options.max_connections = 2;
    HoldingHandler handler;
    Server server{options, handler};
    LoopbackClient first{server.port()};
    LoopbackClient second{server.port()};
    first.send(k_get);
    second.send(k_get);
    auto held = handler.take(2);
    LoopbackClient third{server.port()};
    EXPECT_EQ(third.response()->status, 503);
    EXPECT_EQ(third.rest(), "");
    for (auto& one : held) {
        one.reply({.status = 204});
    }
    EXPECT_EQ(first.response()->status, 204);
    EXPECT_EQ(second.response()->status, 204);
    // An answer is with the client a moment before its connection idles: try until one does.
    std::optional<support::ClientResponse> response;
    do {
        LoopbackClient fourth{server.port()};
        fourth.send(k_get);
        if (fourth.readable_within(50ms)) {
            response = fourth.response();
            continue;
        }
        handler.take(1)[0].reply({.status = 204});
        response = fourth.response();
    } while (!response || response->status == 503);
    EXPECT_EQ(response->status, 204);
}

TEST(WebConnections, ThatSayNothingDoNotDelayOthers) {
    DirectHandler handler{[](const port::WebRequest&) { return port::WebResponse{.status = 204}; }};
    Server server{on_free_port(), handler};
    std::vector<LoopbackClient> half_open;
    for (int i = 0; i < 200; ++i) {
        half_open.emplace_back(server.port());
        half_open.back().send("GET / HT");
    }
    LoopbackClient client{server.port()};
    client.send(k_get);
    EXPECT_EQ(client.response()->status, 204);
}

// --- Listening ---

TEST(WebListen, RefusesABusyPortWithAHint) {
    HoldingHandler handler;
    const Server first{on_free_port(), handler};
    ServerOptions options;
    options.listen = "127.0.0.1:" + std::to_string(first.port());
    try {
        const Server second{options, handler};
        FAIL() << "both listen on " << options.listen;
    } catch (const base::ConfigError& error) {
        EXPECT_NE(std::string{error.what()}.find(options.listen), std::string::npos)
            << error.what();
        EXPECT_NE(error.hint(), "");
    }
}

TEST(WebListen, RefusesAnAddressOfAnotherHost) {
    HoldingHandler handler;
    ServerOptions options;
    options.listen = "192.0.2.1:0"; // TEST-NET-1
    EXPECT_THROW((Server{options, handler}), base::ConfigError);
}

TEST(WebListen, TellsThePeersAddress) {
    HoldingHandler handler;
    auto options = on_free_port();
    options.listen = "[::]:0";
    std::optional<Server> server;
    try {
        server.emplace(options, handler);
    } catch (const base::ConfigError&) {
        GTEST_SKIP() << "this host has no IPv6";
    }
    LoopbackClient client{server->port()};
    client.send(k_get);
    const auto held = handler.take(1);
    EXPECT_EQ(held[0].request.peer, "127.0.0.1");
}

// --- The end ---

TEST(WebStop, LetsRequestsInHandFinish) {
    HoldingHandler handler;
    Server server{on_free_port(), handler};
    std::optional<LoopbackClient> client{server.port()};
    client->send(k_get);
    auto held = handler.take(1);
    std::thread stopping{[&] { server.stop(10s); }};
    // Its listening socket closes before it waits: from then on the stop is under way.
    support::wait_until_refused(server.port());
    held[0].reply({.status = 204});
    const auto response = client->response();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 204);
    EXPECT_TRUE(response->has("Connection: close\r\n")) << response->head;
    EXPECT_EQ(client->rest(), "");
    client.reset();
    stopping.join();
}

TEST(WebStop, ClosesIdleConnectionsAtOnce) {
    DirectHandler handler{[](const port::WebRequest&) { return port::WebResponse{.status = 204}; }};
    Server server{on_free_port(), handler};
    LoopbackClient fresh{server.port()};
    LoopbackClient served{server.port()};
    served.send(k_get);
    EXPECT_EQ(served.response()->status, 204);
    const auto begin = std::chrono::steady_clock::now();
    server.stop(30s);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    EXPECT_EQ(fresh.rest(), "");
    EXPECT_EQ(served.rest(), "");
}

TEST(WebStop, CutsWhatOutlastsTheGrace) {
    HoldingHandler handler;
    Server server{on_free_port(), handler};
    LoopbackClient client{server.port()};
    client.send(k_get);
    const auto held = handler.take(1);
    server.stop(50ms);
    EXPECT_EQ(client.rest(), "");
    held[0].reply({.status = 204});
}

TEST(WebStop, MayBeHurried) {
    HoldingHandler handler;
    Server server{on_free_port(), handler};
    LoopbackClient client{server.port()};
    client.send(k_get);
    const auto held = handler.take(1);
    std::thread stopping{[&] { server.stop(60s); }};
    support::wait_until_refused(server.port());
    const auto begin = std::chrono::steady_clock::now();
    server.stop(0ms);
    stopping.join();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST(WebStop, TwiceIsOnce) {
    HoldingHandler handler;
    Server server{on_free_port(), handler};
    server.stop(0ms);
    server.stop(10s);
    EXPECT_THROW(LoopbackClient{server.port()}, std::runtime_error);
}

TEST(WebStop, UnderLoadLosesNoAnswerInHand) {
    HoldingHandler handler;
    Server server{on_free_port(), handler};
    std::vector<LoopbackClient> clients;
    for (int i = 0; i < 32; ++i) {
        clients.emplace_back(server.port());
        clients.back().send(k_get);
    }
    auto held = handler.take(32);
    std::thread stopping{[&] { server.stop(10s); }};
    std::thread replying{[&] {
        for (auto& one : held) {
            one.reply({.status = 204});
        }
    }};
    for (auto& client : clients) {
        const auto response = client.response();
        ASSERT_TRUE(response);
        EXPECT_EQ(response->status, 204);
    }
    clients.clear();
    replying.join();
    stopping.join();
}

} // namespace
} // namespace callctl::web
