#include "transcript/exchange.hpp"

#include <gtest/gtest.h>

namespace callctl::transcript {
namespace {

// The form as lines `name=content`; of a file part its length, name and type.
std::vector<std::string> form_of(const base::HttpRequest& request) {
    std::vector<std::string> lines;
    for (const base::MultipartField& field : std::get<base::Multipart>(request.body)) {
        lines.push_back(field.file_name.empty()
                            ? field.name + "=" + field.content
                            : field.name + "@" + field.file_name + ";" + field.content_type + ";" +
                                  std::to_string(field.content.size()));
    }
    return lines;
}

Server server() {
    return {.base_url = "https://api.openai.com/v1",
            .api_key = base::Secret{"sk-1"},
            .model = "gpt-transcribe",
            .language_field = "languages[]",
            .languages = {"he", "en"}};
}

TEST(TranscriptionRequest, IsAPostOfTheFormThatEveryServerTakes) {
    const auto request = transcription_request(server(), "RIFFxxxx", "CA1_0.wav");
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://api.openai.com/v1/audio/transcriptions");
    EXPECT_EQ(form_of(request),
              (std::vector<std::string>{"file@CA1_0.wav;audio/wav;8", "model=gpt-transcribe",
                                        "response_format=json", "temperature=0", "languages[]=he",
                                        "languages[]=en"}));
    EXPECT_EQ(request.timeout, std::chrono::minutes{10});
    EXPECT_EQ(request.redirects, base::Redirects::refuse);
    EXPECT_TRUE(request.sink_path.empty());
}

TEST(TranscriptionRequest, AsksForSegmentTimesUnderVerboseJsonAlone) {
    Server whisper = server();
    whisper.model = "whisper-1";
    whisper.response_format = "verbose_json";
    whisper.language_field = "language";
    whisper.languages = {"he"};
    EXPECT_EQ(form_of(transcription_request(whisper, "", "a.wav")),
              (std::vector<std::string>{"file@a.wav;audio/wav;0", "model=whisper-1",
                                        "response_format=verbose_json", "temperature=0",
                                        "language=he", "timestamp_granularities[]=segment"}));
}

TEST(TranscriptionRequest, SendsOneLanguageWhereTheFieldTakesOne) {
    Server one = server();
    one.language_field = "language";
    const auto form = form_of(transcription_request(one, "", "a.wav"));
    EXPECT_EQ(std::count(form.begin(), form.end(), "language=he"), 1);
    EXPECT_EQ(std::count(form.begin(), form.end(), "language=en"), 0);
}

TEST(TranscriptionRequest, SendsNoLanguageWhereNoneIsConfiguredOrTheFieldIsOff) {
    Server open = server();
    open.languages.clear();
    EXPECT_EQ(form_of(transcription_request(open, "", "a.wav")).size(), 4U);
    Server off = server();
    off.language_field.clear();
    EXPECT_EQ(form_of(transcription_request(off, "", "a.wav")).size(), 4U);
}

TEST(TranscriptionRequest, SendsNoModelWhereNoneIsConfigured) {
    Server plain = server();
    plain.model.clear();
    for (const std::string& line : form_of(transcription_request(plain, "", "a.wav"))) {
        EXPECT_EQ(line.rfind("model=", 0), std::string::npos);
    }
}

TEST(TranscriptionRequest, CarriesTheKeyApartFromTheHeaders) {
    const auto request = transcription_request(server(), "", "a.wav");
    const auto* const auth = std::get_if<base::HeaderAuth>(&request.auth);
    ASSERT_NE(auth, nullptr);
    EXPECT_EQ(auth->name, "Authorization");
    EXPECT_EQ(auth->prefix, "Bearer ");
    EXPECT_EQ(auth->value.reveal(), "sk-1");
    EXPECT_TRUE(base::find_header(request.headers, "Authorization").empty());
}

TEST(TranscriptionRequest, HasNoAuthorizationWithoutAKey) {
    Server open = server();
    open.api_key = {};
    EXPECT_TRUE(
        std::holds_alternative<base::NoAuth>(transcription_request(open, "", "a.wav").auth));
}

TEST(TranscriptionRequest, JoinsBaseAndPathWithOneSlash) {
    Server local = server();
    local.base_url = "http://localhost:8080/";
    local.path = "/inference";
    EXPECT_EQ(transcription_request(local, "", "a.wav").url, "http://localhost:8080/inference");
}

} // namespace
} // namespace callctl::transcript
