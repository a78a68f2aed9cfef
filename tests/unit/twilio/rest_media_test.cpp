// Replies that are no JSON of calls or recordings: media, and the account itself.
#include "twilio/rest.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace callctl::twilio {
namespace {

using namespace std::chrono_literals;
using call::Reason;

base::HttpResponse ok(std::string body) {
    return {.status = 200, .body = std::move(body)};
}

TEST(AccountReply, GivesTheName) {
    const std::string sid = R"("sid":"AC0123456789abcdef0123456789abcdef")";
    EXPECT_EQ(
        read_account(ok('{' + sid + R"(,"friendly_name":"Bakery","status":"active"})")).value(),
        "Bakery");
    EXPECT_EQ(read_account(ok('{' + sid + '}')).value(), "");
}

TEST(AccountReply, IsNoProofWhenTheAccountIsNotActive) {
    for (const std::string status : {"suspended", "closed"}) {
        const auto read = read_account(
            ok(R"({"sid":"AC0123456789abcdef0123456789abcdef","status":")" + status + "\"}"));
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().reason, Reason::auth);
        EXPECT_EQ(read.error().detail,
                  "get account: twilio answered 200 with an account that is " + status);
    }
}

base::HttpResponse media(std::string content_type, std::uint64_t bytes = 44) {
    return {
        .status = 200, .headers = {{"Content-Type", std::move(content_type)}}, .sink_bytes = bytes};
}

TEST(MediaReply, MayBeWavOrJustBytes) {
    for (const char* const type :
         {"audio/x-wav", "audio/wav", "Audio/WAV; charset=x", "audio/wave", "audio/vnd.wave",
          "application/octet-stream", "binary/octet-stream", ""}) {
        EXPECT_TRUE(read_media(media(type))) << type;
    }
    base::HttpResponse in_memory = media("audio/x-wav", 0);
    in_memory.body = "RIFF";
    EXPECT_TRUE(read_media(in_memory));
}

TEST(MediaReply, IsBadMediaWhenItIsSomethingElse) {
    for (const char* const type : {"text/html", "application/json", "application/xml; charset=x",
                                   "audio/mpeg", "audio/x-wav2", "text/plain"}) {
        const auto read = read_media(media(type));
        ASSERT_FALSE(read) << type;
        EXPECT_EQ(read.error().reason, Reason::bad_media) << type;
        EXPECT_EQ(read.error().detail,
                  std::string{"get media: twilio answered 200 with content type "} + type);
    }
}

TEST(MediaReply, IsBadMediaWhenThereIsNothingOrOnlyAPart) {
    const auto empty = read_media(media("audio/x-wav", 0));
    ASSERT_FALSE(empty);
    EXPECT_EQ(empty.error().reason, Reason::bad_media);
    EXPECT_EQ(empty.error().detail, "get media: twilio answered 200 with no bytes");
    base::HttpResponse part = media("audio/x-wav");
    part.status = 206;
    EXPECT_EQ(read_media(part).error().reason, Reason::bad_media);
    part.headers.clear();
    EXPECT_EQ(read_media(part).error().detail,
              "get media: twilio answered 206 with no content type");
}

TEST(MediaReply, IsNotReadyForAWhile) {
    const base::HttpResponse missing{
        .status = 404,
        .headers = {{"Content-Type", "application/xml"}},
        .body =
            "<?xml version='1.0'?><TwilioResponse><RestException><Code>20404</Code><Message>The "
            "requested resource was not found</Message></RestException></TwilioResponse>"};
    const auto read = read_media(missing);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().reason, Reason::not_ready);
    EXPECT_EQ(read.error().provider_code, 20404);
    EXPECT_EQ(read_media({.status = 404}).error().reason, Reason::not_ready);

    const auto waiting = read_media({.status = 400,
                                     .headers = {{"Retry-After", "2"}},
                                     .body = R"({"code":21501,"message":"not yet"})"});
    ASSERT_FALSE(waiting);
    EXPECT_EQ(waiting.error().reason, Reason::not_ready);
    EXPECT_EQ(waiting.error().retry_after, 2s);
}

TEST(MediaReply, IsRejectedForTwoChannelsOfOne) {
    const auto read = read_media({.status = 400, .body = R"({"code":16113,"message":"mono"})"});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().reason, Reason::rejected);
    EXPECT_EQ(read.error().provider_code, 16113);
}

TEST(MediaReply, KeepsOtherFailures) {
    EXPECT_EQ(read_media({.status = 401}).error().reason, Reason::auth);
    EXPECT_EQ(read_media({.status = 302}).error().reason, Reason::bad_reply);
    EXPECT_EQ(
        read_media({.status = 403, .body = R"({"code":20003,"message":"no"})"}).error().reason,
        Reason::auth);
}

TEST(MediaReply, OfAForeignStorageThatRefusesClosesNoAccount) {
    const auto read = read_media(
        {.status = 403,
         .headers = {{"Content-Type", "application/xml"}},
         .body = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"});
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().reason, Reason::bad_media);
}

} // namespace
} // namespace callctl::twilio
