// OpenAI's own transcription models, by their recorded replies.
#include "unit/transcript/server_kind.hpp"

namespace callctl::transcript {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

TEST(OpenAi, AsksGptTranscribeForPlainTextInAllLanguages) {
    const auto request = transcription_request(configured("openai", "gpt-transcribe", {"he", "en"}),
                                               "RIFFxxxx", "channel0_0001.wav");
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://api.openai.com/v1/audio/transcriptions");
    EXPECT_EQ(auth_line(request), "Authorization: Bearer key-1");
    EXPECT_EQ(base::find_header(request.headers, "Accept"), "application/json");
    EXPECT_THAT(form_of(request), ElementsAre("file@channel0_0001.wav;audio/wav;8",
                                              "model=gpt-transcribe", "response_format=json",
                                              "temperature=0", "languages[]=he", "languages[]=en"));
    EXPECT_EQ(request.timeout, std::chrono::minutes{10});
}

TEST(OpenAi, AsksWhisperForTimesInOneLanguage) {
    const auto request =
        transcription_request(configured("openai", "whisper-1", {"he", "en"}), "", "a.wav");
    EXPECT_THAT(form_of(request), ElementsAre("file@a.wav;audio/wav;0", "model=whisper-1",
                                              "response_format=verbose_json", "temperature=0",
                                              "language=he", "timestamp_granularities[]=segment"));
}

TEST(OpenAi, AsksOtherModelsForPlainTextInOneLanguage) {
    for (const char* const model : {"gpt-4o-transcribe", "gpt-4o-mini-transcribe"}) {
        EXPECT_THAT(form_of(transcription_request(configured("openai", model), "", "a.wav")),
                    ElementsAre("file@a.wav;audio/wav;0", std::string{"model="} + model,
                                "response_format=json", "temperature=0", "language=he"));
    }
}

TEST(OpenAi, SendsPromptAndKeywords) {
    Server server = configured("openai", "gpt-transcribe");
    server.prompt = "a clinic";
    server.keywords = {"כתר", "crown"};
    EXPECT_THAT(form_of(transcription_request(server, "", "a.wav")),
                ElementsAre("file@a.wav;audio/wav;0", "model=gpt-transcribe",
                            "response_format=json", "temperature=0", "languages[]=he",
                            "prompt=a clinic", "keywords[]=כתר", "keywords[]=crown"));
}

TEST(OpenAi, StaysBelowTheCapOfThe4oModels) {
    const Server server = configured("openai", "gpt-4o-transcribe");
    EXPECT_LE(server.longest + std::chrono::seconds{10}, std::chrono::seconds{1400});
    EXPECT_EQ(server.max_bytes, 26'214'400U);
}

TEST(OpenAi, ReplyOfGptTranscribe) {
    const auto heard = heard_in(
        R"({"text":"The quick brown fox jumps over the lazy dog.","languages":[{"code":"en"}],"usage":{"type":"duration","seconds":4}})");
    EXPECT_EQ(heard.text, "The quick brown fox jumps over the lazy dog.");
    EXPECT_TRUE(heard.segments.empty());
    EXPECT_EQ(heard.language, "en");
    EXPECT_EQ(heard.request_id, "req_1");
    EXPECT_EQ(heard.billed, milliseconds{4000});
}

TEST(OpenAi, ReplyOfGptTranscribeToSilence) {
    const auto heard =
        heard_in(R"({"text":"","languages":[],"usage":{"type":"duration","seconds":4}})");
    EXPECT_TRUE(heard.text.empty());
    EXPECT_TRUE(heard.language.empty());
}

TEST(OpenAi, ReplyOfWhisper) {
    const auto heard = heard_in(R"({"task":"transcribe","language":"hebrew",
        "duration":8.470000267028809,"text":" שלום. מה שלומך?",
        "segments":[
          {"id":0,"seek":0,"start":0.0,"end":1.519999980926514,"text":" שלום.","tokens":[1],
           "temperature":0.0,"avg_logprob":-0.28,"compression_ratio":1.2,"no_speech_prob":0.01},
          {"id":1,"seek":0,"start":2.5,"end":4.0,"text":" מה שלומך?","tokens":[2],
           "temperature":0.0,"avg_logprob":-0.3,"compression_ratio":1.3,"no_speech_prob":0.02}],
        "words":[{"word":"שלום","start":0.0,"end":1.5}],
        "usage":{"type":"duration","seconds":9}})");
    EXPECT_EQ(heard.text, "שלום. מה שלומך?");
    EXPECT_EQ(heard.language, "he");
    EXPECT_EQ(heard.billed, milliseconds{9000});
    EXPECT_THAT(heard.segments, ElementsAre(Segment{.start = milliseconds{0},
                                                    .end = milliseconds{1520},
                                                    .text = "שלום.",
                                                    .avg_logprob = -0.28,
                                                    .no_speech_prob = 0.01,
                                                    .compression_ratio = 1.2},
                                            Segment{.start = milliseconds{2500},
                                                    .end = milliseconds{4000},
                                                    .text = "מה שלומך?",
                                                    .avg_logprob = -0.3,
                                                    .no_speech_prob = 0.02,
                                                    .compression_ratio = 1.3}));
}

TEST(OpenAi, ReplyOfWhisperWithoutSegments) {
    const auto heard = heard_in(
        R"({"task":"transcribe","language":"english","duration":7.0,"text":"Hi","segments":[]})");
    EXPECT_EQ(heard.text, "Hi");
    EXPECT_TRUE(heard.segments.empty());
}

TEST(OpenAi, ReplyOfThe4oModelsBillsTokens) {
    const auto heard = heard_in(
        R"({"text":"hi","usage":{"type":"tokens","input_tokens":14,"input_token_details":{"text_tokens":0,"audio_tokens":14},"output_tokens":45,"total_tokens":59}})");
    EXPECT_EQ(heard.text, "hi");
    EXPECT_EQ(heard.billed, milliseconds{0});
}

class OpenAiRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(OpenAiRefusal, HasItsReason) {
    expect_refusal(read_transcription(response_of(GetParam())), GetParam());
}

const std::vector<Refusal> k_openai_refusals{
    {"corrupt", 400,
     R"({"error":{"message":"Audio file might be corrupted or unsupported","type":"invalid_request_error","param":"file","code":"invalid_value"}})",
     call::Reason::rejected},
    {"bad_container", 400,
     R"({"error":{"message":"Invalid file format. Supported formats: ['flac', 'm4a', 'mp3', 'mp4', 'mpeg', 'mpga', 'oga', 'ogg', 'wav', 'webm']","type":"invalid_request_error","param":null,"code":null},"usage":{"type":"duration","seconds":0}})",
     call::Reason::rejected},
    {"bad_extension", 400,
     R"({"error":{"message":"Unsupported file format bin","type":"invalid_request_error","param":null,"code":"unsupported_value"}})",
     call::Reason::rejected},
    {"older_wording", 400,
     R"({"error":{"message":"The audio file could not be decoded or its format is not supported.","type":"invalid_request_error","param":null,"code":null}})",
     call::Reason::rejected},
    {"too_short", 400,
     R"({"error":{"message":"Audio file is too short. Minimum audio length is 0.1 seconds.","type":"invalid_request_error","param":"file","code":"audio_too_short"}})",
     call::Reason::no_speech},
    {"too_long", 400,
     R"({"error":{"message":"audio duration 1500.0 seconds is longer than 1400 seconds which is the maximum for this model","type":"invalid_request_error","param":null,"code":"invalid_value"}})",
     call::Reason::too_large, call::Remedy::split_smaller},
    {"too_many_tokens", 400,
     R"({"error":{"message":"Total number of tokens in instructions + audio is too large for this model","type":"invalid_request_error","param":null,"code":"input_too_large"}})",
     call::Reason::too_large, call::Remedy::split_smaller},
    {"no_times_from_this_model", 400,
     R"({"error":{"message":"response_format 'verbose_json' is not compatible with model 'gpt-transcribe-api-ev3'. Use 'json' or 'text' instead.","type":"invalid_request_error","param":"response_format","code":"unsupported_value"}})",
     call::Reason::provider_config, call::Remedy::degrade},
    {"language_it_does_not_know", 400,
     R"({"error":{"message":"Language code 'pa' is not recognized.","type":"invalid_request_error","param":"languages","code":"invalid_value"}})",
     call::Reason::provider_config},
    {"wrong_key",
     401,
     R"({"error":{"message":"Incorrect API key provided: sk-proj-****9900. You can find your API key at https://platform.openai.com/account/api-keys.","type":"invalid_request_error","code":"invalid_api_key","param":null},"status":401})",
     call::Reason::auth,
     call::Remedy::none,
     {{"Content-Type", "text/plain"}}},
    {"model_not_in_the_project", 403,
     R"({"error":{"message":"Project `proj_x` does not have access to model `whisper-1`","type":"invalid_request_error","param":null,"code":"model_not_found"}})",
     call::Reason::auth},
    {"no_such_model", 404,
     R"({"error":{"message":"The model `x` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}})",
     call::Reason::provider_config},
    {"body_too_large", 413,
     R"j({"error":{"message":"413: Maximum content size limit (26214400) exceeded (26214850 bytes read)","type":"server_error","param":null,"code":null},"usage":{"type":"duration","seconds":0}})j",
     call::Reason::too_large, call::Remedy::split_smaller},
    {"rate",
     429,
     R"({"error":{"message":"Rate limit reached for gpt-4o-mini in project proj_x organization org-x on tokens per min (TPM): Limit 50000, Used 47949, Requested 3006. Please try again in 1.146s. Visit https://platform.openai.com/account/rate-limits to learn more.","type":"tokens","param":null,"code":"rate_limit_exceeded"}})",
     call::Reason::rate_limited,
     call::Remedy::none,
     {},
     milliseconds{1146}},
    {"rate_with_a_header",
     429,
     R"({"error":{"message":"x","type":"requests","param":null,"code":"rate_limit_exceeded"}})",
     call::Reason::rate_limited,
     call::Remedy::none,
     {{"Retry-After", "20"}},
     milliseconds{20'000}},
    {"alone_above_the_rate", 429,
     R"({"error":{"message":"Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 34307.","type":"tokens","param":null,"code":"rate_limit_exceeded"}})",
     call::Reason::too_large, call::Remedy::split_smaller},
    {"ramp", 429,
     R"({"error":{"message":"Slow down","type":"rate_limit_error","param":null,"code":"slow_down"}})",
     call::Reason::rate_limited},
    {"quota", 429,
     R"({"error":{"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}})",
     call::Reason::quota},
    {"spend_limit", 429,
     R"({"error":{"message":"x","type":"insufficient_quota","param":null,"code":"project_spend_limit_exceeded"}})",
     call::Reason::quota},
    {"server_error", 500,
     R"({"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}})",
     call::Reason::provider_error},
    {"server_error_not_worth_repeating_now",
     500,
     R"({"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}})",
     call::Reason::provider_error,
     call::Remedy::none,
     {{"x-should-retry", "false"}}},
    {"overloaded", 503,
     R"({"error":{"message":"Our servers are currently overloaded. Please try again later.","type":"service_unavailable_error","param":null,"code":"server_is_overloaded"}})",
     call::Reason::provider_error},
    {"edge_page", 502, "<html><body>Bad Gateway</body></html>", call::Reason::provider_error},
    {"edge_of_the_edge", 524, "", call::Reason::provider_error},
    {"cut_off", 200, R"({"text":"hel)", call::Reason::bad_reply},
    {"error_under_200", 200, R"({"error":{"code":502,"message":"Provider returned error"}})",
     call::Reason::provider_error},
};
INSTANTIATE_TEST_SUITE_P(Recorded, OpenAiRefusal, testing::ValuesIn(k_openai_refusals),
                         refusal_name);

} // namespace
} // namespace callctl::transcript
