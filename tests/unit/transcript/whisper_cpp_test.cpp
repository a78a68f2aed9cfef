#include "unit/transcript/server_kind.hpp"

namespace callctl::transcript {
namespace {

using testing::ElementsAre;

TEST(WhisperCpp, AsksWithoutModelAndWithoutProbabilitiesOfEveryLanguage) {
    Server server = configured("whisper.cpp", "");
    server.api_key = {};
    const auto request = transcription_request(server, "RIFF", "a.wav");
    EXPECT_EQ(request.url, "http://localhost:8080/inference");
    EXPECT_EQ(auth_line(request), "");
    EXPECT_THAT(form_of(request),
                ElementsAre("file@a.wav;audio/wav;4", "response_format=verbose_json",
                            "temperature=0", "language=he", "timestamp_granularities[]=segment",
                            "no_language_probabilities=true"));
    EXPECT_EQ(request.timeout, std::chrono::minutes{30});
}

TEST(WhisperCpp, IsToldToDetectBecauseItTakesEnglishOtherwise) {
    EXPECT_THAT(form_of(transcription_request(configured("whisper.cpp", "", {}), "", "a.wav")),
                testing::Contains("language=auto"));
}

TEST(WhisperCpp, TakesTheOpenAiPathByOverride) {
    Server server = configured("whisper.cpp", "");
    server.path = "/v1/audio/transcriptions";
    EXPECT_EQ(request_url(server), "http://localhost:8080/v1/audio/transcriptions");
}

TEST(WhisperCpp, ReplyLacksSomeScores) {
    const auto heard = heard_in(R"({"task":"transcribe","language":"hebrew","duration":3.1,
        "text":" a\n b\n","segments":[
        {"id":0,"text":" a","start":0.0,"end":1.0,"tokens":[1],
         "words":[{"word":" a","start":0.0,"end":1.0,"t_dtw":-1,"probability":0.9}],
         "temperature":0.0,"avg_logprob":null,"no_speech_prob":0.2},
        {"id":1,"text":" b","start":1.0,"end":2.01,"avg_logprob":-0.4,"no_speech_prob":0.2}],
        "detected_language":"hebrew","detected_language_probability":0.9})");
    EXPECT_EQ(heard.text, "a\n b");
    EXPECT_EQ(heard.language, "he");
    ASSERT_EQ(heard.segments.size(), 2U);
    EXPECT_FALSE(heard.segments[0].avg_logprob);
    EXPECT_EQ(heard.segments[0].no_speech_prob, 0.2);
    EXPECT_FALSE(heard.segments[0].compression_ratio);
    EXPECT_EQ(heard.segments[1].avg_logprob, -0.4);
    EXPECT_EQ(heard.segments[1].end, std::chrono::milliseconds{2010});
}

class WhisperCppRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(WhisperCppRefusal, HasItsReason) {
    expect_refusal(read_transcription(response_of(GetParam())), GetParam());
}

const std::vector<Refusal> k_whisper_cpp_refusals{
    {"bad_request", 400, "Invalid request", call::Reason::rejected},
    {"bad_request_as_json", 400, R"({"error":"failed to read audio data"})",
     call::Reason::rejected},
    {"wrong_path", 404, "File Not Found (/v1/audio/transcriptions)", call::Reason::provider_config},
    {"processing", 500, R"({"error":"failed to process audio"})", call::Reason::provider_error},
    {"bad_number", 500, "500 Internal Server Error\nstoi", call::Reason::provider_error},
    {"client_gone", 499, R"({"error":"client disconnected"})", call::Reason::provider_error},
};
INSTANTIATE_TEST_SUITE_P(Recorded, WhisperCppRefusal, testing::ValuesIn(k_whisper_cpp_refusals),
                         refusal_name);

} // namespace
} // namespace callctl::transcript
