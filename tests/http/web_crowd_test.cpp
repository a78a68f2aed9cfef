// Many clients, slow clients, and clients that come with many connections.
#include "web_handlers.hpp"

#include "support/loopback_client.hpp"
#include "sys/file_limit.hpp"
#include "web/server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>

namespace callctl::web {
namespace {

using namespace std::chrono_literals;
using support::LoopbackClient;
using testing::HasSubstr;

constexpr std::string_view k_get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

ServerOptions on_free_port() {
    ServerOptions options;
    options.listen = "127.0.0.1:0";
    return options;
}

port::WebResponse no_content(const port::WebRequest& /*request*/) {
    return {.status = 204};
}

int status_of(LoopbackClient& client) {
    const auto response = client.response();
    return response ? response->status : 0;
}

int asked(LoopbackClient& client) {
    client.send(k_get);
    return status_of(client);
}

TEST(WebCrowd, HoldsTheLimitForEachAddress) {
    auto options = on_free_port();
    options.max_connections_per_address = 2;
    HoldingHandler handler;
    Server server{options, handler};
    LoopbackClient first{server.port()};
    std::optional<LoopbackClient> second{server.port()};
    first.send(k_get);
    second->send(k_get);
    const auto held = handler.take(2);
    LoopbackClient third{server.port()};
    EXPECT_EQ(status_of(third), 503);
    EXPECT_EQ(third.rest(), "");

    LoopbackClient neighbour{server.port(), "127.0.0.2"};
    neighbour.send(k_get);
    handler.take(1)[0].reply({.status = 204});
    EXPECT_EQ(status_of(neighbour), 204);

    second.reset();
    held[1].reply({.status = 204});
    bool served = false;
    while (!served) { // until the server has seen that the second one is gone
        LoopbackClient fourth{server.port()};
        fourth.send(k_get);
        if (!fourth.readable_within(50ms)) {
            handler.take(1)[0].reply({.status = 204});
            served = status_of(fourth) == 204;
        }
    }
}

TEST(WebCrowd, HasNoLimitForATrustedProxy) {
    auto options = on_free_port();
    options.max_connections_per_address = 1;
    options.trusted_proxies = {*base::Network::parse("127.0.0.1")};
    DirectHandler handler{no_content};
    Server server{options, handler};
    std::vector<LoopbackClient> clients;
    for (int i = 0; i < 20; ++i) {
        clients.emplace_back(server.port());
        EXPECT_EQ(asked(clients.back()), 204);
    }
    LoopbackClient stranger{server.port(), "127.0.0.2"};
    EXPECT_EQ(asked(stranger), 204);
    LoopbackClient again{server.port(), "127.0.0.2"};
    EXPECT_EQ(status_of(again), 503);
}

TEST(WebCrowd, TellsOfConnectionsThatComeAndGoAndOfThoseRefused) {
    auto options = on_free_port();
    options.max_connections_per_address = 1;
    std::atomic<int> opened{0};
    std::promise<void> closed;
    std::promise<std::string> refused;
    options.on_opened = [&] { ++opened; };
    options.on_closed = [&] { closed.set_value(); };
    options.on_refused = [&](std::string_view why) { refused.set_value(std::string{why}); };
    DirectHandler handler{no_content};
    Server server{options, handler};
    {
        LoopbackClient first{server.port()};
        EXPECT_EQ(asked(first), 204);
        LoopbackClient second{server.port()};
        EXPECT_EQ(status_of(second), 503);
        EXPECT_EQ(refused.get_future().get(), "address_limit");
        EXPECT_EQ(opened, 1);
    }
    closed.get_future().wait();
}

TEST(WebCrowd, MakesTheLongestIdleGiveWay) {
    auto options = on_free_port();
    options.max_connections = 3;
    DirectHandler handler{no_content};
    Server server{options, handler};
    LoopbackClient first{server.port()};
    LoopbackClient second{server.port()};
    LoopbackClient third{server.port()};
    for (auto* const client : {&first, &second, &third, &first}) { // the first idles since last
        EXPECT_EQ(asked(*client), 204);
    }
    LoopbackClient fourth{server.port()};
    EXPECT_EQ(asked(fourth), 204);
    EXPECT_EQ(second.rest(), "") << "closed without a word, as after the idle time-out";
    for (auto* const client : {&first, &third, &fourth}) {
        EXPECT_EQ(asked(*client), 204);
    }
}

TEST(WebCrowd, MakesWhoNeverSaidAWordGiveWay) {
    auto options = on_free_port();
    options.max_connections = 2;
    DirectHandler handler{no_content};
    Server server{options, handler};
    LoopbackClient silent{server.port()};
    LoopbackClient served{server.port()};
    EXPECT_EQ(asked(served), 204); // the silent one has been accepted before
    LoopbackClient fresh{server.port()};
    EXPECT_EQ(asked(fresh), 204);
    EXPECT_EQ(silent.rest(), "");
    EXPECT_EQ(asked(served), 204);
}

TEST(WebCrowd, MakesWhoSendsARequestTheLongestGiveWayWhereNobodyIdles) {
    auto options = on_free_port();
    options.max_connections = 2;
    options.slow_after = 0ms;
    HoldingHandler handler;
    Server server{options, handler};
    LoopbackClient slow{server.port()};
    slow.send(k_get.substr(0, 1));
    LoopbackClient handled{server.port()};
    handled.send(k_get);
    auto held = handler.take(1); // the slow one's first byte has been read before
    LoopbackClient fresh{server.port()};
    fresh.send(k_get);
    ASSERT_EQ(slow.rest(), "");
    handler.take(1)[0].reply({.status = 204});
    EXPECT_EQ(status_of(fresh), 204);
    held[0].reply({.status = 204});
    EXPECT_EQ(status_of(handled), 204);
}

TEST(WebCrowd, MakesWhoTakesNoAnswerGiveWay) {
    auto options = on_free_port();
    options.max_connections = 1;
    options.slow_after = 0ms;
    options.request_deadline = 1h;
    DirectHandler handler{[](const port::WebRequest& request) {
        const bool big = request.target == "/big";
        return port::WebResponse{.status = big ? 200 : 204,
                                 .body = std::string(big ? 64UL << 20U : 0UL, 'x')};
    }};
    Server server{options, handler};
    LoopbackClient deaf{server.port()};
    deaf.send("GET /big HTTP/1.1\r\nHost: here\r\n\r\n");
    int status = 503;
    while (status == 503) { // until the answer is on its way
        LoopbackClient fresh{server.port()};
        status = asked(fresh);
    }
    EXPECT_EQ(status, 204);
}

TEST(WebCrowd, TakesNoPlaceFromARequestInHand) {
    std::vector<std::string> faults;
    auto options = on_free_port();
    options.max_connections = 2;
    options.slow_after = 1min;
    options.on_fault = [&faults](std::string_view fault) { faults.emplace_back(fault); };
    HoldingHandler handler;
    Server server{options, handler};
    LoopbackClient handled{server.port()};
    handled.send(k_get);
    auto held = handler.take(1);
    LoopbackClient begun{server.port()};
    begun.send(k_get.substr(0, 1));
    for (int i = 0; i < 3; ++i) {
        LoopbackClient fresh{server.port()};
        EXPECT_EQ(status_of(fresh), 503);
    }
    held[0].reply({.status = 204});
    EXPECT_EQ(status_of(handled), 204);
    begun.send(k_get.substr(1));
    handler.take(1)[0].reply({.status = 204});
    EXPECT_EQ(status_of(begun), 204);
    server.stop(0ms);
    ASSERT_EQ(faults.size(), 1U) << "not a line for each";
    EXPECT_THAT(faults[0], HasSubstr("max_connections"));
}

TEST(WebCrowd, KnowsWhoAsksThroughATrustedProxyOnly) {
    auto options = on_free_port();
    options.trusted_proxies = {*base::Network::parse("127.0.0.1")};
    DirectHandler handler{[](const port::WebRequest& request) {
        return port::WebResponse{.status = 200, .body = request.peer};
    }};
    Server server{options, handler};
    constexpr std::string_view k_forwarded =
        "GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 203.0.113.7\r\n"
        "Forwarded: for=192.0.2.60\r\n\r\n";
    LoopbackClient proxy{server.port()};
    proxy.send(k_forwarded);
    EXPECT_EQ(proxy.response()->body, "203.0.113.7");
    LoopbackClient stranger{server.port(), "127.0.0.2"};
    stranger.send(k_forwarded);
    EXPECT_EQ(stranger.response()->body, "127.0.0.2");
}

// --- Thousands ---

constexpr std::size_t k_idle = 5'000;
constexpr std::size_t k_dripping = 500;

/// Sends each a byte now and then until the server has had enough of all; how many got a 408.
std::size_t drip_until_refused(std::vector<LoopbackClient>& clients) {
    std::size_t refused = 0;
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!clients.empty() && std::chrono::steady_clock::now() < end) {
        std::vector<LoopbackClient> left;
        for (LoopbackClient& client : clients) {
            if (client.readable_within(1ms)) { // half a second for all: no flood
                refused += status_of(client) == 408 ? 1U : 0U;
            } else {
                client.send("a");
                left.push_back(std::move(client));
            }
        }
        clients = std::move(left);
    }
    return refused;
}

TEST(WebCrowd, OfIdleAndDrippingClientsStarvesNobody) {
    if (sys::raise_file_limit(12'000) < 12'000) {
        GTEST_SKIP() << "needs 12,000 open files: ulimit -Hn";
    }
    auto options = on_free_port();
    options.request_deadline = 3s;
    DirectHandler handler{no_content};
    Server server{options, handler};
    std::vector<LoopbackClient> idle;
    for (std::size_t i = 0; i < k_idle; ++i) {
        idle.emplace_back(server.port());
        if (i % 10 == 0) { // some have been served before
            ASSERT_EQ(asked(idle.back()), 204);
        }
    }
    std::vector<LoopbackClient> dripping;
    for (std::size_t i = 0; i < k_dripping; ++i) {
        dripping.emplace_back(server.port());
        dripping.back().send("GET / HTTP/1.1\r\nA: ");
    }
    const auto begin = std::chrono::steady_clock::now();
    LoopbackClient fresh{server.port()};
    EXPECT_EQ(asked(fresh), 204);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s) << "it waited for others";

    EXPECT_EQ(drip_until_refused(dripping), k_dripping);
    std::size_t served = 0;
    for (LoopbackClient& client : idle) {
        served += asked(client) == 204 ? 1U : 0U;
    }
    EXPECT_EQ(served, k_idle);
}

} // namespace
} // namespace callctl::web
