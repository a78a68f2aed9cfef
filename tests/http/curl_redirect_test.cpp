#include "curl/http_client.hpp"
#include "curl/redirect.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <ostream>

namespace callctl::curl {
namespace {

using support::answer;
using support::AnsweringServer;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string redirect(const std::string& location, int status = 302) {
    return answer(status, "moved", "Location: " + location + "\r\n");
}

base::HttpRequest following_get(const std::string& url) {
    return {.url = url, .redirects = base::Redirects::drop_auth};
}

TEST(CurlRedirect, IsHandedBackUnlessAskedToFollow) {
    AnsweringServer server{[](const std::string&) { return redirect("/elsewhere"); }};
    CurlHttpClient client;
    const auto response = client.send({.url = server.url()});
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 302);
    EXPECT_EQ(base::find_header(response->headers, "Location"), "/elsewhere");
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(CurlRedirect, KeepsCredentialsOnTheSameHost) {
    AnsweringServer server{[](const std::string& request) {
        return request.starts_with("GET /a") ? redirect("b?x=1") : answer(200, "here");
    }};
    CurlHttpClient client;
    auto request = following_get(server.url("/a"));
    request.auth = base::BasicAuth{"AC1", base::Secret{"token"}};
    const auto response = client.send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "here");
    EXPECT_THAT(server.requests().at(1),
                AllOf(StartsWith("GET /b?x=1 "), HasSubstr("\r\nAuthorization: Basic ")));
}

class CurlForeignRedirect : public testing::TestWithParam<base::HttpAuth> {};

TEST_P(CurlForeignRedirect, DropsEverySecret) {
    AnsweringServer other{[](const std::string&) { return answer(200, "media"); }};
    AnsweringServer first{[&](const std::string&) { return redirect(other.url("/media")); }};
    CurlHttpClient client;
    auto request = following_get(first.url());
    request.auth = GetParam();
    request.headers = {{"Accept", "audio/wav"}, {"Cookie", "geheim"}, {"X-Custom", "geheim"}};
    const auto response = client.send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "media");
    EXPECT_THAT(first.requests().at(0), HasSubstr("geheim"));
    EXPECT_THAT(other.requests().at(0),
                AllOf(HasSubstr("\r\nAccept: audio/wav\r\n"), Not(HasSubstr("geheim")),
                      Not(HasSubstr("Authorization")), Not(HasSubstr("api-key"))));
}

std::string auth_name(const testing::TestParamInfo<base::HttpAuth>& row) {
    constexpr std::array k_names{"Basic", "Bearer", "ApiKey"};
    return k_names.at(row.index);
}

INSTANTIATE_TEST_SUITE_P(
    Auth, CurlForeignRedirect,
    testing::Values(base::HttpAuth{base::BasicAuth{"AC1", base::Secret{"geheim"}}},
                    base::HttpAuth{
                        base::HeaderAuth{"Authorization", "Bearer ", base::Secret{"geheim"}}},
                    base::HttpAuth{base::HeaderAuth{"api-key", "", base::Secret{"geheim"}}}),
    auth_name);

TEST(CurlRedirect, ThatLeadsBackDoesNotBringTheCredentialsBack) {
    std::string home;
    AnsweringServer other{[&](const std::string&) { return redirect(home + "end"); }};
    AnsweringServer first{[&](const std::string& request) {
        return request.starts_with("GET /end") ? answer(200, "") : redirect(other.url());
    }};
    home = first.url();
    CurlHttpClient client;
    auto request = following_get(first.url());
    request.auth = base::HeaderAuth{"api-key", "", base::Secret{"geheim"}};
    ASSERT_TRUE(client.send(request));
    EXPECT_THAT(first.requests().at(1), Not(HasSubstr("geheim")));
}

TEST(CurlRedirect, EndsAfterThree) {
    AnsweringServer server{[](const std::string&) { return redirect("/again?token=abc"); }};
    CurlHttpClient client;
    const auto response = client.send(following_get(server.url("/again")));
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().kind, base::ErrorKind::transient);
    EXPECT_THAT(response.error().message,
                AllOf(StartsWith("transfer: "), HasSubstr("more than 3"), Not(HasSubstr("token"))));
    EXPECT_EQ(server.requests().size(), 4U);
}

TEST(CurlRedirect, OfThreeHopsIsFollowed) {
    AnsweringServer server{[](const std::string& request) {
        const int hop = request.at(5) - '0';
        return hop == 3 ? answer(200, "end") : redirect("/" + std::to_string(hop + 1), 307);
    }};
    CurlHttpClient client;
    const auto response = client.send(following_get(server.url("/0")));
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "end");
}

TEST(CurlRedirect, OfAPostIsHandedBack) {
    AnsweringServer server{[](const std::string&) { return redirect("/again", 307); }};
    CurlHttpClient client;
    auto request = following_get(server.url());
    request.method = "POST";
    request.body = std::string{"transcript"};
    const auto response = client.send(request);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 307);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST(CurlRedirect, WithoutLocationIsAnAnswer) {
    AnsweringServer server{[](const std::string&) { return answer(302, "where?"); }};
    CurlHttpClient client;
    const auto response = client.send(following_get(server.url()));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 302);
}

TEST(CurlRedirect, SharesOneTimeout) {
    AnsweringServer server{[](const std::string&) { return redirect("/again"); }};
    support::ScriptedServer silent{[](support::Conversation& c) { c.wait_for_close(); }};
    AnsweringServer first{[&](const std::string&) { return redirect(silent.url()); }};
    CurlHttpClient client;
    auto request = following_get(first.url());
    request.timeout = std::chrono::milliseconds{200};
    const auto response = client.send(request);
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().message, StartsWith("timeout: " + silent.url()));
}

TEST(CurlRedirect, WritesOnlyTheLastBodyToTheFile) {
    AnsweringServer server{[](const std::string& request) {
        return request.starts_with("GET /a") ? redirect("/b") : answer(200, "media");
    }};
    const support::TemporaryFolder folder;
    CurlHttpClient client;
    auto request = following_get(server.url("/a"));
    request.sink_path = folder.path("media.wav");
    const auto response = client.send(request);
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->sink_bytes, 5U);
    EXPECT_EQ(folder.read("media.wav"), "media");
}

class CurlBadLocation : public testing::TestWithParam<std::string> {};

TEST_P(CurlBadLocation, IsATransferError) {
    AnsweringServer server{[](const std::string&) { return redirect(GetParam()); }};
    CurlHttpClient client;
    const auto response = client.send(following_get(server.url()));
    ASSERT_FALSE(response);
    EXPECT_THAT(response.error().message, StartsWith("transfer: "));
    EXPECT_EQ(server.requests().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(Table, CurlBadLocation,
                         testing::Values("file:///etc/passwd", "ftp://127.0.0.1/", "http://",
                                         "javascript:alert(1)", "http://127.0.0.1:99999/",
                                         "http://[::1/"));

// --- Resolution ---

struct Resolution {
    std::string name;
    std::string from;
    std::string location;
    std::string url;
    bool same_origin;
    bool downgrade{false};
};

void PrintTo(const Resolution& row, std::ostream* out) {
    *out << row.name;
}

class CurlHop : public testing::TestWithParam<Resolution> {};

TEST_P(CurlHop, Resolves) {
    const auto hop = next_hop(GetParam().from, GetParam().location);
    ASSERT_TRUE(hop);
    EXPECT_EQ(hop->url, GetParam().url);
    EXPECT_EQ(hop->same_origin, GetParam().same_origin);
    EXPECT_EQ(hop->from_https_to_http, GetParam().downgrade);
}

INSTANTIATE_TEST_SUITE_P(
    Table, CurlHop,
    testing::Values(
        Resolution{"Relative", "https://h/a/b", "c", "https://h/a/c", true},
        Resolution{"Absolute", "https://h/a", "https://h/b", "https://h/b", true},
        Resolution{"DefaultPort", "https://h/a", "https://h:443/b", "https://h:443/b", true},
        Resolution{"CaseOfHost", "https://h/a", "https://H/b", "https://H/b", true},
        Resolution{"OtherHost", "https://h/a", "https://i/b", "https://i/b", false},
        Resolution{"OtherPort", "https://h/a", "https://h:8443/b", "https://h:8443/b", false},
        Resolution{"Subdomain", "https://h.example/a", "https://x.h.example/b",
                   "https://x.h.example/b", false},
        Resolution{"SchemeRelative", "https://h/a", "//i/b", "https://i/b", false},
        Resolution{"Upgrade", "http://h/a", "https://h/b", "https://h/b", false},
        Resolution{"Downgrade", "https://h/a", "http://h/b", "http://h/b", false, true},
        Resolution{"ForeignCredentials", "https://h/a", "https://u:p@i/b", "https://i/b", false},
        Resolution{"SignedQueryUntouched", "https://h/a", "https://i/b?X-Sig=%2Fa%3D&c=d+e",
                   "https://i/b?X-Sig=%2Fa%3D&c=d+e", false}),
    [](const auto& row) { return row.param.name; });

} // namespace
} // namespace callctl::curl
