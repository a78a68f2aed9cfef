// Requests that no thread waits for.
#include "curl/http_client.hpp"
#include "support/scripted_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace callctl::curl {
namespace {

using namespace std::chrono_literals;
using support::answer;
using support::AnsweringServer;
using support::Conversation;
using support::ScriptedServer;
using testing::HasSubstr;
using testing::StartsWith;
using Outcome = base::Result<base::HttpResponse>;

base::HttpRequest request_to(const std::string& url) {
    return {.method = "POST", .url = url, .body = std::string{"a=1"}, .timeout = 10s};
}

std::future<Outcome> start(CurlHttpClient& client, base::HttpRequest request) {
    const auto ended = std::make_shared<std::promise<Outcome>>();
    client.start(std::move(request),
                 [ended](Outcome outcome) { ended->set_value(std::move(outcome)); });
    return ended->get_future();
}

/// Reads a request, and answers nothing.
void hang(Conversation& conversation) {
    static_cast<void>(conversation.request());
    conversation.wait_for_close();
}

TEST(CurlAsync, ReturnsBeforeTheAnswerIsThere) {
    std::promise<void> go;
    ScriptedServer server{[&](Conversation& conversation) {
        static_cast<void>(conversation.request());
        go.get_future().wait();
        conversation.send(answer(201, "body", "Set-Cookie: a=1\r\n"));
    }};
    CurlHttpClient client;
    auto ended = start(client, request_to(server.url("/x?y=1")));
    EXPECT_EQ(ended.wait_for(0s), std::future_status::timeout);
    go.set_value();
    const auto response = ended.get();
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 201);
    EXPECT_EQ(response->body, "body");
    EXPECT_EQ(base::find_header(response->headers, "Set-Cookie"), "a=1");
}

TEST(CurlAsync, SendsTheRequestThatNobodyKeeps) {
    AnsweringServer server{[](const std::string&) { return answer(200, ""); }};
    CurlHttpClient client;
    const std::string body(100'000, 'x');
    std::future<Outcome> ended;
    {
        auto request = request_to(server.url("/path"));
        request.body = body;
        request.headers = {{"X-Kind", "teapot"}};
        ended = start(client, std::move(request));
    }
    ASSERT_TRUE(ended.get());
    EXPECT_THAT(server.requests().at(0), StartsWith("POST /path HTTP/1.1\r\n"));
    EXPECT_THAT(server.requests().at(0), HasSubstr("\r\nX-Kind: teapot\r\n"));
    EXPECT_THAT(server.requests().at(0), testing::EndsWith("\r\n\r\n" + body));
}

TEST(CurlAsync, HandsARedirectBackAsItIs) {
    AnsweringServer server{
        [](const std::string&) { return answer(302, "", "Location: http://127.0.0.1:1/\r\n"); }};
    CurlHttpClient client;
    for (const char* const method : {"POST", "GET"}) {
        auto request = request_to(server.url());
        request.method = method;
        request.redirects = base::Redirects::drop_auth;
        const auto response = start(client, std::move(request)).get();
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->status, 302);
    }
    EXPECT_EQ(server.requests().size(), 2U);
}

TEST(CurlAsync, SaysWhyThereIsNoAnswer) {
    CurlHttpClient client;
    const auto refused = start(client, request_to("http://127.0.0.1:1/x")).get();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, StartsWith("connect: http://127.0.0.1:1/x"));

    ScriptedServer hanging{hang};
    auto hasty = request_to(hanging.url());
    hasty.timeout = 50ms;
    const auto late = start(client, hasty).get();
    ASSERT_FALSE(late);
    EXPECT_THAT(late.error().message, StartsWith("timeout: "));

    ScriptedServer cutting{[](Conversation& conversation) {
        static_cast<void>(conversation.request());
        conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    }};
    const auto cut = start(client, request_to(cutting.url())).get();
    ASSERT_FALSE(cut);
    EXPECT_THAT(cut.error().message, StartsWith("transfer: "));

    AnsweringServer huge{[](const std::string&) { return answer(200, std::string(100, 'x')); }};
    auto bounded = request_to(huge.url());
    bounded.max_response_bytes = 99;
    const auto refused_size = start(client, bounded).get();
    ASSERT_FALSE(refused_size);
    EXPECT_THAT(refused_size.error().message, HasSubstr("larger than 99 bytes"));
}

TEST(CurlAsync, RefusesAtOnceWhatCanNeverBeSent) {
    CurlHttpClient client;
    auto request = request_to("http://127.0.0.1:1/");
    request.headers = {{"Cookie", "a\r\nX-Evil: 1"}};
    std::optional<std::thread::id> told_by;
    client.start(std::move(request), [&told_by](const Outcome& outcome) {
        EXPECT_FALSE(outcome);
        EXPECT_EQ(outcome.error().kind, base::ErrorKind::invalid_input);
        told_by = std::this_thread::get_id();
    });
    EXPECT_EQ(told_by, std::this_thread::get_id());
}

TEST(CurlAsync, MayBeginAnotherRequestWhenOneHasEnded) {
    std::atomic<int> requests{0};
    AnsweringServer server{
        [&requests](const std::string&) { return answer(++requests == 1 ? 503 : 200, ""); }};
    CurlHttpClient client;
    std::promise<Outcome> ended;
    client.start(request_to(server.url()), [&](const Outcome& first) {
        ASSERT_TRUE(first);
        EXPECT_EQ(first->status, 503);
        client.start(request_to(server.url()),
                     [&ended](Outcome second) { ended.set_value(std::move(second)); });
    });
    const auto second = ended.get_future().get();
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->status, 200);
}

TEST(CurlAsync, IsNotHeldUpByServersThatHang) {
    ScriptedServer hanging{hang};
    AnsweringServer server{[](const std::string&) { return answer(200, "quick"); }};
    CurlHttpClient client;
    std::vector<std::future<Outcome>> held;
    for (int i = 0; i < 50; ++i) {
        held.push_back(start(client, request_to(hanging.url())));
    }
    hanging.wait_for_connections(50);
    EXPECT_EQ(start(client, request_to(server.url())).get()->body, "quick");
    const auto waited_for = client.send(request_to(server.url()));
    ASSERT_TRUE(waited_for) << waited_for.error().message;
    for (const auto& ended : held) {
        EXPECT_EQ(ended.wait_for(0s), std::future_status::timeout);
    }
}

TEST(CurlAsync, EndsRequestsInHandWhenItIsDestroyed) {
    ScriptedServer hanging{hang};
    std::optional<CurlHttpClient> client{std::in_place};
    auto first = start(*client, request_to(hanging.url()));
    auto second = start(*client, request_to(hanging.url()));
    hanging.wait_for_connections(2);
    client.reset();
    for (auto* const ended : {&first, &second}) {
        ASSERT_EQ(ended->wait_for(0s), std::future_status::ready);
        EXPECT_THAT(ended->get().error().message, StartsWith("stopped: "));
    }
}

TEST(CurlAsync, BeginsNothingOnceTheProgramIsToStopAndEndsWhatGoesOn) {
    std::atomic<bool> stopping{false};
    ScriptedServer hanging{hang};
    CurlHttpClient client{{.stopping = [&stopping] { return stopping.load(); }, .stop_grace = 0ms}};
    auto in_hand = start(client, request_to(hanging.url()));
    hanging.wait_for_connections(1);
    stopping = true;
    const auto refused = start(client, request_to(hanging.url())).get();
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, StartsWith("stopped: "));
    EXPECT_THAT(in_hand.get().error().message, StartsWith("stopped: "));
    EXPECT_EQ(hanging.connections(), 1);
}

} // namespace
} // namespace callctl::curl
