#include "transcript/exchange.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace callctl::transcript {
namespace {

using std::chrono::milliseconds;

base::HttpResponse ok(std::string body) {
    return {.status = 200,
            .headers = {{"Content-Type", "application/json"}, {"x-request-id", "req_1"}},
            .body = std::move(body)};
}

Transcription read(const std::string& body) {
    auto outcome = read_transcription(ok(body));
    EXPECT_TRUE(outcome) << outcome.error().detail;
    return outcome ? *outcome : Transcription{};
}

TEST(ReadTranscription, OfOpenRouter) {
    const auto heard = read(R"({"text":"hi","usage":{"seconds":9.2,"cost":0.0005}})");
    EXPECT_EQ(heard.billed, milliseconds{9200});
}

TEST(ReadTranscription, SilenceIsAnEmptyText) {
    const auto heard = read(R"({"text":"","languages":[]})");
    EXPECT_TRUE(heard.text.empty());
    EXPECT_TRUE(heard.language.empty());
    EXPECT_TRUE(read(R"({"text":" \n\t "})").text.empty());
}

TEST(ReadTranscription, TakesTheFirstLanguageThatItKnows) {
    EXPECT_EQ(read(R"({"text":"","language":"unknown","languages":["ru"]})").language, "ru");
    EXPECT_EQ(read(R"({"text":"","language":null,"languages":[{"code":"iw"}]})").language, "he");
    EXPECT_EQ(read(R"({"text":"","languages":[7],"detected_language":"Arabic"})").language, "ar");
    EXPECT_EQ(read(R"({"text":"","language":"klingon"})").language, "");
    EXPECT_EQ(read(R"({"text":"","language":{"code":"en"},"languages":{"code":"en"}})").language,
              "");
}

TEST(ReadTranscription, TimesThatCannotBeBelievedCostNoWord) {
    for (const char* const segments :
         {R"([{"start":null,"end":1,"text":"one two"}])", R"([{"start":0,"text":"one two"}])",
          R"([{"start":"x","end":1,"text":"one two"}])",
          R"([{"start":-5,"end":1,"text":"one two"}])",
          R"([{"start":0,"end":1e300,"text":"one two"}])",
          R"([{"start":"nan","end":1,"text":"one two"}])",
          R"([{"start":"1 ","end":1,"text":"one two"}])",
          R"([{"start":[],"end":{},"text":"one two"}])", R"([{"start":0,"end":1,"text":"one"}])",
          R"([{"start":0,"end":1,"text":null}])", R"([{"start":0,"end":1,"text":["one two"]}])",
          R"(["one two",7,null,[]])", R"({"start":0,"end":1,"text":"one two"})", R"("one two")",
          "true"}) {
        const auto heard = read(std::string{R"({"text":"one two","segments":)"} + segments + "}");
        EXPECT_TRUE(heard.segments.empty()) << segments;
        EXPECT_EQ(heard.text, "one two") << segments;
    }
}

TEST(ReadTranscription, SegmentsAloneMakeTheText) {
    const auto heard = read(R"({"text":"","segments":[{"start":0,"end":1,"text":" one"},
        {"start":1,"end":2,"text":" "},{"start":2,"end":3,"text":"two"}]})");
    EXPECT_EQ(heard.text, "one two");
    EXPECT_EQ(heard.segments.size(), 2U);
}

TEST(ReadTranscription, ASegmentEndsNoEarlierThanItStarts) {
    const auto heard = read(R"({"text":"a","segments":[{"start":3,"end":1,"text":"a"}]})");
    ASSERT_EQ(heard.segments.size(), 1U);
    EXPECT_EQ(heard.segments[0].end, milliseconds{3000});
}

TEST(ReadTranscription, TextIsMadeStorableAndPlain) {
    const auto heard =
        read(R"({"text":"a\u0000b\u202ec\u2066d\u0007e\r\nf\tg שָׁלוֹם 🙂","segments":[
        {"start":0,"end":1,"text":"a\u0000b\u202ec\u2066d\u0007e\r\nf\tg שָׁלוֹם 🙂"}]})");
    EXPECT_EQ(heard.text, "a\uFFFDbcde\nf\tg שָׁלוֹם 🙂");
    ASSERT_EQ(heard.segments.size(), 1U);
    EXPECT_EQ(heard.segments[0].text, heard.text);
    EXPECT_EQ(read("{\"text\":\"half \xD7\"}").text, "half \uFFFD");
    EXPECT_EQ(read(std::string{"{\"text\":\"nul \0\"}", 16}).text, "nul \uFFFD");
}

TEST(ReadTranscription, WithoutATextIsABadReply) {
    for (const char* const body :
         {"{}", R"({"text":null})", R"({"text":["a"]})", R"({"text":7})", R"({"Text":"a"})",
          R"({"segments":[{"start":0,"end":1,"text":"a"}]})"}) {
        const auto outcome = read_transcription(ok(body));
        ASSERT_FALSE(outcome) << body;
        EXPECT_EQ(outcome.error().reason, call::Reason::bad_reply) << body;
        EXPECT_EQ(outcome.error().detail, "transcription: a JSON object without a text");
        EXPECT_EQ(outcome.error().request_id, "req_1");
    }
}

TEST(ReadTranscription, WhatIsNoJsonObjectIsABadReplyThatQuotesNothing) {
    for (const char* const body :
         {"", "the transcript as text", R"({"text":"the transcript)", R"(["the transcript"])",
          R"("the transcript")", "1\n00:00:00,000 --> 1\nthe transcript"}) {
        const auto outcome = read_transcription(ok(body));
        ASSERT_FALSE(outcome) << body;
        EXPECT_EQ(outcome.error().reason, call::Reason::bad_reply) << body;
        EXPECT_EQ(outcome.error().detail.find("the transcript"), std::string::npos) << body;
    }
}

TEST(ReadTranscription, APageUnder200IsAFailureThatQuotesNothing) {
    const auto outcome = read_transcription(ok("<html>the transcript</html>"));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason, call::Reason::provider_error);
    EXPECT_EQ(outcome.error().detail, "transcription: HTTP 200 with an HTML page, 27 bytes");
}

TEST(ReadTranscription, AnErrorUnder200IsAFailure) {
    const auto outcome = read_transcription(
        ok(R"({"text":"","error":{"code":502,"message":"Provider returned error"}})"));
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason, call::Reason::provider_error);
    EXPECT_EQ(outcome.error().detail,
              "transcription: HTTP 200, error 502: Provider returned error");
}

TEST(ReadTranscription, ARefusalIsAFailureWithItsReason) {
    const auto outcome = read_transcription(
        {.status = 429, .headers = {{"Retry-After", "3"}}, .body = R"({"error":{"message":"x"}})"});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reason, call::Reason::rate_limited);
    EXPECT_EQ(outcome.error().retry_after, milliseconds{3000});
    EXPECT_EQ(outcome.error().http_status, 429);
}

RC_GTEST_PROP(ReadTranscription, NeverThrowsOnRandomBytes, (const std::string& body)) {
    (void)read_transcription(ok(body));
    (void)read_transcription(ok("{\"text\":\"" + body + "\"}"));
    (void)read_transcription(ok("{\"text\":\"a\",\"segments\":[" + body + "]}"));
}

RC_GTEST_PROP(ReadTranscription, SurvivesAnyChangedByte, ()) {
    std::string body = R"({"text":"one","language":"english","languages":[{"code":"en"}],
        "segments":[{"start":0.5,"end":"1.5","text":"one"}],"usage":{"seconds":"2"}})";
    body[*rc::gen::inRange<std::size_t>(0, body.size())] = *rc::gen::arbitrary<char>();
    const auto outcome = read_transcription(ok(body));
    const bool sound = outcome.has_value() || !outcome.error().detail.empty();
    RC_ASSERT(sound);
}

} // namespace
} // namespace callctl::transcript
