#include "unit/transcript/server_kind.hpp"

namespace callctl::transcript {
namespace {

Server server() {
    return {.base_url = "https://api.openai.com/v1",
            .api_key = base::Secret{"sk-1"},
            .model = "gpt-transcribe",
            .language_field = "languages[]",
            .languages = {"he", "en"}};
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
