#include "unit/transcript/server_kind.hpp"

namespace callctl::transcript {
namespace {

using testing::ElementsAre;

TEST(Speaches, AsksAnyModelForTimes) {
    const auto request = transcription_request(
        configured("speaches", "ivrit-ai/faster-whisper-v2-d4"), "RIFF", "a.wav");
    EXPECT_EQ(request.url, "http://localhost:8000/v1/audio/transcriptions");
    EXPECT_EQ(auth_line(request), "Authorization: Bearer key-1");
    EXPECT_THAT(form_of(request),
                ElementsAre("file@a.wav;audio/wav;4", "model=ivrit-ai/faster-whisper-v2-d4",
                            "response_format=verbose_json", "temperature=0", "language=he",
                            "timestamp_granularities[]=segment"));
    EXPECT_EQ(request.timeout, std::chrono::minutes{30});
}

TEST(Speaches, TakesHotwordsAsAnExtraField) {
    Server server = configured("speaches", "m");
    server.api_key = {};
    server.extra_fields = {{"hotwords", "Invisalign"}};
    const auto request = transcription_request(server, "", "a.wav");
    EXPECT_EQ(form_of(request).back(), "hotwords=Invisalign");
    EXPECT_EQ(auth_line(request), "");
}

TEST(Speaches, ReplyHasNullsForWhatIsUnset) {
    const auto heard = heard_in(R"({"text":"hi","language":"he","duration":1.0,"words":null,
        "segments":[{"id":1,"seek":0,"start":0.0,"end":1.0,"text":" hi","tokens":[1],
        "temperature":0.0,"avg_logprob":-0.5,"compression_ratio":0.9,"no_speech_prob":0.1,
        "words":null}],"usage":null,"logprobs":null,"error":null})");
    EXPECT_EQ(heard.language, "he");
    ASSERT_EQ(heard.segments.size(), 1U);
    EXPECT_EQ(heard.segments[0].compression_ratio, 0.9);
    EXPECT_EQ(heard.billed, std::chrono::milliseconds{0});
}

class SpeachesRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(SpeachesRefusal, HasItsReason) {
    expect_refusal(read_transcription(response_of(GetParam())), GetParam());
}

const std::vector<Refusal> k_speaches_refusals{
    {"wrong_or_missing_key", 403,
     R"({"detail":"Invalid API key. Please provide a valid API key."})", call::Reason::auth},
    {"model_not_installed", 404,
     R"({"detail":"Model 'x' is not installed locally. You can download the model using `POST /v1/models`"})",
     call::Reason::provider_config},
    {"undecodable", 415, R"({"detail":"Failed to decode audio. Unsupported format."})",
     call::Reason::rejected},
    {"empty_file", 400, R"({"detail":"The uploaded file is empty"})", call::Reason::rejected},
    {"field_missing", 422,
     R"({"detail":[{"type":"missing","loc":["body","file"],"msg":"Field required","input":null}]})",
     call::Reason::rejected},
    {"field_wrong", 422,
     R"({"detail":[{"type":"enum","loc":["body","response_format"],"msg":"Input should be 'text'","input":"x"}]})",
     call::Reason::provider_config, call::Remedy::degrade},
    {"decoder_failed", 500, R"({"detail":"Failed to decode audio."})",
     call::Reason::provider_error},
    {"crashed", 500, "Internal Server Error", call::Reason::provider_error},
};
INSTANTIATE_TEST_SUITE_P(Recorded, SpeachesRefusal, testing::ValuesIn(k_speaches_refusals),
                         refusal_name);

} // namespace
} // namespace callctl::transcript
