#include "unit/transcript/server_kind.hpp"

#include <rapidcheck/gtest.h>

namespace callctl::transcript {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

std::vector<ChannelText> heard_by_deepgram(const std::string& body) {
    auto outcome = read_deepgram(reply(body));
    EXPECT_TRUE(outcome) << outcome.error().detail;
    return outcome ? *outcome : std::vector<ChannelText>{};
}

TEST(Deepgram, IsSentTheWholeFileOnce) {
    const auto request = deepgram_request(configured("deepgram", "nova-3"), "/scratch/RE1.wav");
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url,
              "https://api.deepgram.com/v1/listen?model=nova-3&language=he&multichannel=true&"
              "utterances=true&smart_format=true&punctuate=true&mip_opt_out=true");
    EXPECT_EQ(auth_line(request), "Authorization: Token key-1");
    EXPECT_EQ(base::find_header(request.headers, "Content-Type"), "audio/wav");
    EXPECT_EQ(std::get<base::FileBody>(request.body).path, "/scratch/RE1.wav");
    EXPECT_EQ(request.redirects, base::Redirects::refuse);
}

TEST(Deepgram, IsToldKeywordsAndExtraFieldsInTheQuery) {
    Server server = configured("deepgram", "nova-3", {});
    server.query.clear();
    server.keywords = {"Invisalign", "root canal"};
    server.extra_fields = {{"redact", "pci"}};
    EXPECT_EQ(deepgram_request(server, "a.wav").url,
              "https://api.deepgram.com/v1/listen?model=nova-3&detect_language=true&"
              "multichannel=true&utterances=true&keyterm=Invisalign&keyterm=root%20canal&"
              "redact=pci");
}

TEST(Deepgram, TakesTwoGigabytesAndGivesTimes) {
    const Server server = configured("deepgram", "nova-3");
    EXPECT_EQ(audio_room(server), 2'000'000'000U);
    EXPECT_TRUE(gives_times(server));
    EXPECT_FALSE(degraded(server, {.remedy = call::Remedy::degrade, .parameter = "temperature"}));
}

const char* const k_two_speakers = R"({"metadata":{"request_id":"r-1","sha256":"x",
    "created":"2026-11-01T00:00:00Z","duration":12.5,"channels":2},
    "results":{"channels":[
      {"alternatives":[{"transcript":"שלום. להתראות.","confidence":0.9,
        "words":[{"word":"שלום","start":0.5,"end":0.9,"confidence":0.9}]}]},
      {"detected_language":"he","alternatives":[{"transcript":"Hi there.","confidence":0.9,
        "words":[]}]}],
    "utterances":[
      {"start":0.5,"end":1.25,"confidence":0.9,"channel":0,"transcript":"שלום.","words":[],"id":"a"},
      {"start":2.0,"end":3.0,"confidence":0.9,"channel":1,"transcript":"Hi there.","words":[],"id":"b"},
      {"start":4.0,"end":5.0,"confidence":0.9,"channel":0,"transcript":"להתראות.","words":[],"id":"c"}]}})";

TEST(Deepgram, ReplyHasATextForEachChannel) {
    const auto texts = heard_by_deepgram(k_two_speakers);
    ASSERT_EQ(texts.size(), 2U);
    EXPECT_EQ(texts[0].channel, 0);
    EXPECT_EQ(texts[0].transcription.text, "שלום. להתראות.");
    EXPECT_EQ(texts[0].transcription.request_id, "r-1");
    EXPECT_THAT(
        texts[0].transcription.segments,
        ElementsAre(
            Segment{.start = milliseconds{500}, .end = milliseconds{1250}, .text = "שלום."},
            Segment{.start = milliseconds{4000}, .end = milliseconds{5000}, .text = "להתראות."}));
    EXPECT_EQ(texts[1].channel, 1);
    EXPECT_EQ(texts[1].transcription.language, "he");
    EXPECT_EQ(texts[1].transcription.segments.size(), 1U);
}

TEST(Deepgram, AChannelWithoutWordsHasNoText) {
    const auto texts = heard_by_deepgram(R"({"metadata":{},"results":{"channels":[
        {"alternatives":[{"transcript":"","words":[]}]},
        {"alternatives":[{"transcript":"Hi"}]}],
        "utterances":[{"start":1,"end":2,"channel":1,"transcript":"Hi"}]}})");
    ASSERT_EQ(texts.size(), 1U);
    EXPECT_EQ(texts[0].channel, 1);
    EXPECT_TRUE(heard_by_deepgram(R"({"results":{"channels":[],"utterances":[]}})").empty());
}

TEST(Deepgram, WithoutUtterancesNoWordIsLost) {
    for (const char* const utterances :
         {"", R"(,"utterances":[])", R"(,"utterances":null)",
          R"(,"utterances":[{"start":1,"end":2,"channel":0,"transcript":"one"}])",
          R"(,"utterances":[{"start":null,"end":2,"channel":0,"transcript":"one two three"}])"}) {
        const auto texts = heard_by_deepgram(
            std::string{
                R"({"results":{"channels":[{"alternatives":[{"transcript":"one two three"}]}])"} +
            utterances + "}}");
        ASSERT_EQ(texts.size(), 1U) << utterances;
        EXPECT_EQ(texts[0].transcription.text, "one two three");
        EXPECT_TRUE(texts[0].transcription.segments.empty()) << utterances;
    }
}

TEST(Deepgram, AReplyWithoutResultsIsABadOne) {
    for (const char* const body : {R"({"request_id":"r-1"})", R"({"results":null})", "[]", ""}) {
        const auto outcome = read_deepgram(reply(body));
        ASSERT_FALSE(outcome) << body;
        EXPECT_EQ(outcome.error().reason, call::Reason::bad_reply) << body;
    }
}

TEST(Deepgram, RepliesNestedDeeperThanAStackAreRead) {
    const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
    for (const std::string& body :
         {deep, R"({"results":)" + deep + "}", R"({"results":{"channels":)" + deep + "}}",
          R"({"results":{"channels":[{"alternatives":[{"transcript":"Hi"}]}],"utterances":[)" +
              deep + R"(,{"start":)" + deep + R"(,"channel":0,"transcript":)" + deep + "}]}}"}) {
        (void)read_deepgram(reply(body));
    }
}

RC_GTEST_PROP(Deepgram, SurvivesAnyChangedByte, ()) {
    std::string body = k_two_speakers;
    body[*rc::gen::inRange<std::size_t>(0, body.size())] = *rc::gen::arbitrary<char>();
    const auto outcome = read_deepgram(reply(body));
    const bool sound = outcome.has_value() || !outcome.error().detail.empty();
    RC_ASSERT(sound);
}

class DeepgramRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(DeepgramRefusal, HasItsReason) {
    expect_refusal(read_deepgram(response_of(GetParam())), GetParam());
}

const std::vector<Refusal> k_deepgram_refusals{
    {"corrupt", 400,
     R"({"err_code":"Bad Request","err_msg":"Bad Request: failed to process audio: corrupt or unsupported data","request_id":"r-1"})",
     call::Reason::rejected},
    {"corrupt_as_text", 400, "Bad Request: failed to process audio: corrupt or unsupported data",
     call::Reason::rejected},
    {"wrong_key", 401,
     R"({"category":"INVALID_AUTH","message":"Invalid credentials.","details":"x","request_id":"r-1"})",
     call::Reason::auth},
    {"no_money", 402, R"({"err_code":"ASR_PAYMENT_REQUIRED","err_msg":"x","request_id":"r-1"})",
     call::Reason::quota},
    {"no_right", 403, R"({"err_code":"INSUFFICIENT_PERMISSIONS","err_msg":"x","request_id":"r-1"})",
     call::Reason::auth},
    {"file_too_large", 413, "", call::Reason::too_large, call::Remedy::split_smaller},
    {"upload_interrupted", 422,
     R"({"err_code":"ASR_UNPROCESSABLE_ENTITY","err_msg":"x","request_id":"r-1"})",
     call::Reason::provider_error},
    {"rate", 429, R"({"err_code":"TOO_MANY_REQUESTS","err_msg":"x","request_id":"r-1"})",
     call::Reason::rate_limited},
    {"slow", 504, R"({"err_code":"Gateway Timeout","err_msg":"x"})", call::Reason::timeout},
    {"broken", 500, "", call::Reason::provider_error},
};
INSTANTIATE_TEST_SUITE_P(Recorded, DeepgramRefusal, testing::ValuesIn(k_deepgram_refusals),
                         refusal_name);

TEST(Deepgram, RefusalNamesTheRequest) {
    const auto outcome = read_deepgram(response_of(k_deepgram_refusals.front()));
    EXPECT_EQ(outcome.error().request_id, "r-1");
    EXPECT_EQ(outcome.error().detail, "transcription: HTTP 400 Bad Request: Bad Request: failed to "
                                      "process audio: corrupt or unsupported data");
}

} // namespace
} // namespace callctl::transcript
