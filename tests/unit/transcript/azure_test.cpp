#include "unit/transcript/server_kind.hpp"

namespace callctl::transcript {
namespace {

using testing::ElementsAre;

Server azure_of(std::string deployment) {
    Server server = configured("azure", std::move(deployment));
    server.base_url = "https://res.openai.azure.com";
    return server;
}

TEST(Azure, NamesTheDeploymentInThePathAndTheKeyByItself) {
    const auto request = transcription_request(azure_of("my whisper"), "RIFF", "a.wav");
    EXPECT_EQ(request.url, "https://res.openai.azure.com/openai/deployments/my%20whisper/audio/"
                           "transcriptions?api-version=2024-10-21");
    EXPECT_EQ(auth_line(request), "api-key: key-1");
    EXPECT_THAT(form_of(request), ElementsAre("file@a.wav;audio/wav;4", "model=my whisper",
                                              "response_format=verbose_json", "temperature=0",
                                              "language=he", "timestamp_granularities[]=segment"));
}

TEST(Azure, TakesTheNewerPathByOverride) {
    Server server = azure_of("gpt-transcribe");
    server.path = "/openai/v1/audio/transcriptions";
    server.query = "api-version=preview";
    EXPECT_EQ(transcription_request(server, "", "a.wav").url,
              "https://res.openai.azure.com/openai/v1/audio/transcriptions?api-version=preview");
}

TEST(Azure, HasNoAddressOfItsOwn) {
    EXPECT_TRUE(preset("azure")->base_url.empty());
}

TEST(Azure, ReplyIsThatOfOpenAi) {
    const auto heard = heard_in(R"({"task":"transcribe","language":"english","duration":8.47,
        "text":"hi","segments":[{"id":0,"start":0.0,"end":1.0,"text":"hi"}]})");
    EXPECT_EQ(heard.language, "en");
    EXPECT_EQ(heard.segments.size(), 1U);
}

class AzureRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(AzureRefusal, HasItsReason) {
    expect_refusal(read_transcription(response_of(GetParam())), GetParam());
}

const std::vector<Refusal> k_azure_refusals{
    {"wrong_key", 401,
     R"({"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}})",
     call::Reason::auth},
    {"no_such_deployment", 404,
     R"({"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}})",
     call::Reason::provider_config},
    {"content_filter", 400,
     R"({"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter","status":400}})",
     call::Reason::refused},
    {"rate_in_words_alone",
     429,
     R"({"error":{"code":"429","message":"Requests have exceeded call rate limit. Please retry after 6 seconds."}})",
     call::Reason::rate_limited,
     call::Remedy::none,
     {{"x-ratelimit-remaining-requests", "-1"}},
     std::chrono::seconds{6}},
    {"unavailable", 503, R"({"error":{"code":"503","message":"x"}})", call::Reason::provider_error},
};
INSTANTIATE_TEST_SUITE_P(Recorded, AzureRefusal, testing::ValuesIn(k_azure_refusals), refusal_name);

} // namespace
} // namespace callctl::transcript
