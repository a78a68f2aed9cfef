#include "unit/transcript/server_kind.hpp"

namespace callctl::transcript {
namespace {

using testing::ElementsAre;

TEST(LocalAi, AsksForTimesInSmallerBodies) {
    const Server server = configured("localai", "whisper-1");
    const auto request = transcription_request(server, "RIFF", "a.wav");
    EXPECT_EQ(request.url, "http://localhost:8080/v1/audio/transcriptions");
    EXPECT_EQ(auth_line(request), "Authorization: Bearer key-1");
    EXPECT_THAT(form_of(request), ElementsAre("file@a.wav;audio/wav;4", "model=whisper-1",
                                              "response_format=verbose_json", "temperature=0",
                                              "language=he", "timestamp_granularities[]=segment"));
    EXPECT_EQ(server.max_bytes, 15'000'000U);
    EXPECT_LT(audio_room(server), 15'000'000U);
}

TEST(LocalAi, ReplyHasSparseSegmentsAndWordsByAnotherName) {
    const auto heard = heard_in(R"({"text":"hi","segments":[{"id":0,"start":0,"end":1,"text":"hi",
        "tokens":null,"words":[{"text":"hi","start":0,"end":1}]}],
        "words":[{"text":"hi","start":0,"end":1}]})");
    ASSERT_EQ(heard.segments.size(), 1U);
    EXPECT_EQ(heard.segments[0].end, std::chrono::milliseconds{1000});
    EXPECT_FALSE(heard.segments[0].avg_logprob);
}

class LocalAiRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(LocalAiRefusal, HasItsReason) {
    expect_refusal(read_transcription(response_of(GetParam())), GetParam());
}

const std::vector<Refusal> k_localai_refusals{
    {"no_key", 401,
     R"({"error":{"code":401,"message":"An authentication key is required","type":"invalid_request_error"}})",
     call::Reason::auth},
    {"body_too_large", 413,
     R"({"error":{"code":413,"message":"Request Entity Too Large","type":""}})",
     call::Reason::too_large, call::Remedy::split_smaller},
    {"loading",
     503,
     R"({"error":{"code":503,"message":"loading","type":""}})",
     call::Reason::provider_error,
     call::Remedy::none,
     {{"Retry-After", "5"}},
     std::chrono::seconds{5}},
    {"backend_failed", 500, R"({"error":{"code":500,"message":"rpc error","type":""}})",
     call::Reason::provider_error},
};
INSTANTIATE_TEST_SUITE_P(Recorded, LocalAiRefusal, testing::ValuesIn(k_localai_refusals),
                         refusal_name);

} // namespace
} // namespace callctl::transcript
