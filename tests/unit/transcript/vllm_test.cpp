#include "unit/transcript/server_kind.hpp"

namespace callctl::transcript {
namespace {

using testing::ElementsAre;

TEST(Vllm, AsksWhisperModelsForTimes) {
    const auto request =
        transcription_request(configured("vllm", "openai/whisper-large-v3"), "RIFF", "a.wav");
    EXPECT_EQ(request.url, "http://localhost:8000/v1/audio/transcriptions");
    EXPECT_EQ(auth_line(request), "Authorization: Bearer key-1");
    EXPECT_THAT(form_of(request),
                ElementsAre("file@a.wav;audio/wav;4", "model=openai/whisper-large-v3",
                            "response_format=verbose_json", "temperature=0", "language=he",
                            "timestamp_granularities[]=segment"));
}

TEST(Vllm, AsksOtherModelsForText) {
    EXPECT_THAT(form_of(transcription_request(configured("vllm", "voxtral"), "", "a.wav")),
                ElementsAre("file@a.wav;audio/wav;0", "model=voxtral", "response_format=json",
                            "temperature=0", "language=he"));
}

TEST(Vllm, ReplyHasNumbersAsText) {
    const auto heard = heard_in(R"({"duration":"8.47","language":"en","text":"one two",
        "segments":[{"id":0,"start":"0.5","end":"1.25","text":"one two","avg_logprob":"-0.5",
        "no_speech_prob":null}],"usage":{"type":"duration","seconds":"9"},"words":null})");
    ASSERT_EQ(heard.segments.size(), 1U);
    EXPECT_EQ(heard.segments[0].start, std::chrono::milliseconds{500});
    EXPECT_EQ(heard.segments[0].end, std::chrono::milliseconds{1250});
    EXPECT_EQ(heard.segments[0].avg_logprob, -0.5);
    EXPECT_FALSE(heard.segments[0].no_speech_prob);
    EXPECT_EQ(heard.billed, std::chrono::milliseconds{9000});
}

TEST(Vllm, OlderOneIsAskedAgainWithoutTimes) {
    const Server server = configured("vllm", "whisper");
    const auto outcome = read_transcription(
        {.status = 400,
         .body =
             R"({"object":"error","message":"Currently only support response_format `text` or `json`","type":"BadRequestError","param":null,"code":400})"});
    ASSERT_FALSE(outcome);
    const auto simpler = degraded(server, outcome.error());
    ASSERT_TRUE(simpler);
    EXPECT_FALSE(gives_times(*simpler));
}

class VllmRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(VllmRefusal, HasItsReason) {
    expect_refusal(read_transcription(response_of(GetParam())), GetParam());
}

const std::vector<Refusal> k_vllm_refusals{
    {"file_too_large", 400,
     R"j({"error":{"message":"Maximum file size exceeded (parameter=audio_filesize_mb, value=28.6)","type":"BadRequestError","param":null,"code":400}})j",
     call::Reason::too_large, call::Remedy::split_smaller},
    {"no_such_model", 404,
     R"({"error":{"message":"The model `x` does not exist.","type":"NotFoundError","param":null,"code":404}})",
     call::Reason::provider_config},
    {"wrong_key", 401, R"({"error":"Unauthorized"})", call::Reason::auth},
    {"older_shape", 400,
     R"({"object":"error","message":"Invalid or unsupported audio file.","type":"BadRequestError","param":null,"code":400})",
     call::Reason::rejected},
    {"crashed", 500, "Internal Server Error", call::Reason::provider_error},
};
INSTANTIATE_TEST_SUITE_P(Recorded, VllmRefusal, testing::ValuesIn(k_vllm_refusals), refusal_name);

} // namespace
} // namespace callctl::transcript
