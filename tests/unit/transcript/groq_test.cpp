#include "unit/transcript/server_kind.hpp"

namespace callctl::transcript {
namespace {

using testing::ElementsAre;

TEST(Groq, AsksForTimesAndSendsFlac) {
    const auto request = transcription_request(configured("groq", "whisper-large-v3-turbo"), "fLaC",
                                               "channel1_0002.flac");
    EXPECT_EQ(request.url, "https://api.groq.com/openai/v1/audio/transcriptions");
    EXPECT_EQ(auth_line(request), "Authorization: Bearer key-1");
    EXPECT_THAT(form_of(request),
                ElementsAre("file@channel1_0002.flac;audio/flac;4", "model=whisper-large-v3-turbo",
                            "response_format=verbose_json", "temperature=0", "language=he",
                            "timestamp_granularities[]=segment"));
}

TEST(Groq, BillsTenSecondsAtLeast) {
    const Server server = configured("groq", "whisper-large-v3");
    EXPECT_EQ(server.min_billed, std::chrono::seconds{10});
    EXPECT_EQ(server.max_bytes, 25'000'000U);
    EXPECT_EQ(server.audio_format, "flac");
}

TEST(Groq, ReplyWithTimes) {
    const auto heard = heard_in(R"({"task":"transcribe","language":"Hebrew","duration":4.0,
        "text":" שלום","segments":[{"id":0,"seek":0,"start":0,"end":1.5,"text":" שלום",
        "tokens":[1],"temperature":0,"avg_logprob":-0.2,"compression_ratio":0.8,
        "no_speech_prob":0.001}],"x_groq":{"id":"req_groq"}})");
    EXPECT_EQ(heard.language, "he");
    ASSERT_EQ(heard.segments.size(), 1U);
    EXPECT_EQ(heard.segments[0].avg_logprob, -0.2);
}

class GroqRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(GroqRefusal, HasItsReason) {
    expect_refusal(read_transcription(response_of(GetParam())), GetParam());
}

const std::vector<Refusal> k_groq_refusals{
    {"wrong_key", 401,
     R"({"error":{"message":"Invalid API Key","type":"invalid_request_error","code":"invalid_api_key"}})",
     call::Reason::auth},
    {"forbidden", 403, R"({"error":{"message":"x","type":"permissions_error"}})",
     call::Reason::auth},
    {"no_such_model", 404,
     R"({"error":{"message":"The model `x` does not exist","type":"invalid_request_error","code":"model_not_found"}})",
     call::Reason::provider_config},
    {"dead_model", 400,
     R"({"error":{"message":"The model `x` has been decommissioned","type":"invalid_request_error","code":"model_decommissioned"}})",
     call::Reason::provider_config},
    {"body_too_large", 413, R"({"error":{"message":"Request Entity Too Large","type":"x"}})",
     call::Reason::too_large, call::Remedy::split_smaller},
    {"unprocessable", 422, R"({"error":{"message":"x","type":"invalid_request_error"}})",
     call::Reason::rejected},
    {"dependency", 424, R"({"error":{"message":"x","type":"x"}})", call::Reason::rejected},
    {"rate_of_the_hour",
     429,
     R"({"error":{"message":"Rate limit reached on seconds of audio per hour (ASPH): Please try again in 7m12s.","type":"seconds","code":"rate_limit_exceeded"}})",
     call::Reason::rate_limited,
     call::Remedy::none,
     {{"Retry-After", "3"}},
     std::chrono::seconds{432}},
    {"flex_capacity", 498, R"({"error":{"message":"Flex tier capacity exceeded","type":"x"}})",
     call::Reason::provider_error},
    {"cancelled", 499, R"({"error":{"message":"cancelled","type":"x"}})",
     call::Reason::provider_error},
    {"broken", 500, R"({"error":{"message":"Internal","type":"internal_server_error"}})",
     call::Reason::provider_error},
    {"edge", 502, "<html>502</html>", call::Reason::provider_error},
    {"busy", 503, R"({"error":{"message":"Service Unavailable","type":"x"}})",
     call::Reason::provider_error},
};
INSTANTIATE_TEST_SUITE_P(Recorded, GroqRefusal, testing::ValuesIn(k_groq_refusals), refusal_name);

} // namespace
} // namespace callctl::transcript
