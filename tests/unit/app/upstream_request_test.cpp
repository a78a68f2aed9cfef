#include "app/upstream_request.hpp"
#include "twilio/form.hpp"
#include "twilio/signature.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace callctl::app {
namespace {

const twilio::Form k_form{{"CallSid", "CA1"}, {"From", "+972501234567"}, {"Empty", ""}};

port::WebRequest voice_request() {
    return {.method = "POST",
            .target = "/webhook/incoming_call?lead=7&x=%27",
            .headers = {{"content-type", "application/x-www-form-urlencoded; charset=UTF-8"},
                        {"X-Twilio-Signature", "Twilio's"},
                        {"I-Twilio-Idempotency-Token", "token-1"},
                        {"User-Agent", "TwilioProxy/1.1"},
                        {"Host", "calls.example.com"},
                        {"Cookie", "a=1; b=2"},
                        {"Authorization", "Basic eDp5"},
                        {"Accept-Encoding", "gzip"},
                        {"Content-Length", "9"}},
            .body = twilio::encode_form(k_form),
            .peer = "10.0.0.1"};
}

UpstreamPlace place() {
    return {.url = "http://127.0.0.1:5000/app",
            .public_url = "http://127.0.0.1:5000/app",
            .auth_token = base::Secret{"secret"},
            .timeout = std::chrono::milliseconds{4'000}};
}

std::string header(const base::HttpRequest& request, const std::string& name) {
    return std::string{base::find_header(request.headers, name)};
}

TEST(UpstreamRequest, AsksForTheSamePathAndQueryWithTheSameBody) {
    const auto request = upstream_request(voice_request(), place());
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "http://127.0.0.1:5000/app/webhook/incoming_call?lead=7&x=%27");
    EXPECT_EQ(std::get<std::string>(request.body), voice_request().body);
    EXPECT_EQ(request.redirects, base::Redirects::refuse);
    EXPECT_EQ(request.timeout, std::chrono::milliseconds{4'000});
    EXPECT_EQ(request.connect_timeout, std::chrono::milliseconds{2'000});
}

TEST(UpstreamRequest, IsSignedForTheUrlThatTheApplicationSees) {
    auto seen = place();
    for (const char* const url : {"http://127.0.0.1:5000/app", "https://app.example.com"}) {
        seen.public_url = url;
        const auto request = upstream_request(voice_request(), seen);
        const std::vector<base::Secret> tokens{base::Secret{"secret"}};
        EXPECT_EQ(twilio::verify(tokens, {.url = url + voice_request().target,
                                          .content_type = header(request, "Content-Type"),
                                          .body = std::get<std::string>(request.body),
                                          .signature = header(request, "X-Twilio-Signature")}),
                  twilio::Verdict::valid);
    }
}

TEST(UpstreamRequest, PassesOnWhatTwilioMeansForTheApplicationAndNothingElse) {
    const auto request = upstream_request(voice_request(), place());
    EXPECT_EQ(header(request, "Content-Type"), "application/x-www-form-urlencoded; charset=UTF-8");
    EXPECT_EQ(header(request, "I-Twilio-Idempotency-Token"), "token-1");
    EXPECT_EQ(header(request, "User-Agent"), "TwilioProxy/1.1");
    EXPECT_EQ(header(request, "Cookie"), "a=1; b=2");
    for (const char* const name : {"Host", "Authorization", "Accept-Encoding", "Content-Length"}) {
        EXPECT_EQ(header(request, name), "") << name;
    }
    EXPECT_EQ(std::ranges::count(request.headers, "X-Twilio-Signature", &base::HttpHeader::name),
              1);
}

TEST(UpstreamRequest, SaysForWhomAndWhichUrlIsSigned) {
    auto from_proxy = voice_request();
    from_proxy.headers.push_back({"x-forwarded-for", "54.172.60.0"});
    from_proxy.headers.push_back({"X-Forwarded-Host", "evil.example.com"});
    from_proxy.headers.push_back({"Via", "1.1 nginx"});
    auto seen = place();
    seen.public_url = "https://app.example.com:8443";
    const auto request = upstream_request(from_proxy, seen);
    EXPECT_EQ(header(request, "X-Forwarded-For"), "54.172.60.0, 10.0.0.1");
    EXPECT_EQ(header(request, "X-Forwarded-Proto"), "https");
    EXPECT_EQ(header(request, "X-Forwarded-Host"), "app.example.com:8443");
    EXPECT_EQ(header(request, "Via"), "1.1 nginx, 1.1 callctl-serve-webhooks");
    EXPECT_EQ(header(upstream_request(voice_request(), place()), "X-Forwarded-For"), "10.0.0.1");
}

TEST(UpstreamRequest, KnowsItselfWhenItComesBack) {
    auto request = voice_request();
    EXPECT_FALSE(comes_from_callctl(request));
    request.headers.push_back({"Via", "1.0 fred, 1.1 callctl (Varnish)"});
    EXPECT_FALSE(comes_from_callctl(request));
    const auto sent = upstream_request(request, place());
    EXPECT_TRUE(comes_from_callctl({.headers = sent.headers}));
}

TEST(UpstreamRequest, TakesNoFragmentAlong) {
    auto request = voice_request();
    request.target += "#rc=3";
    EXPECT_EQ(upstream_request(request, place()).url,
              "http://127.0.0.1:5000/app/webhook/incoming_call?lead=7&x=%27");
}

TEST(UpstreamCookies, ComeBackAsFarAsTheyHaveASensibleSize) {
    const std::string huge(9'000, 'x');
    const std::string large(5'000, 'y');
    const base::HttpResponse response{.status = 200,
                                      .headers = {{"set-cookie", "a=1; Path=/; HttpOnly"},
                                                  {"Content-Type", "text/xml"},
                                                  {"Set-Cookie", huge},
                                                  {"Set-Cookie", large},
                                                  {"SET-COOKIE", large},
                                                  {"Set-Cookie", "b=2"}}};
    std::vector<std::string> values;
    for (const auto& [name, value] : cookies_of(response)) {
        EXPECT_EQ(name, "Set-Cookie");
        values.push_back(value);
    }
    EXPECT_EQ(values, (std::vector<std::string>{"a=1; Path=/; HttpOnly", large, "b=2"}));
    EXPECT_TRUE(cookies_of({.status = 200}).empty());
}

} // namespace
} // namespace callctl::app
