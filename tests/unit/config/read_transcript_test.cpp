#include "unit/config/sandbox.hpp"

#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class TranscriptSettings : public ::testing::Test {
  protected:
    [[nodiscard]] Transcript from_file(const std::string& toml) const {
        return load(m_box.with_file("[transcript]\n" + toml)).config.transcript;
    }
    [[nodiscard]] Transcript from(std::map<std::string, std::string> variables) const {
        return load(m_box.sources(std::move(variables))).config.transcript;
    }
    [[nodiscard]] std::string refused(const std::string& toml) const {
        return refusal([&] { static_cast<void>(from_file(toml)); });
    }
    Sandbox m_box;
};

TEST_F(TranscriptSettings, TakeEveryFieldFromTheFile) {
    const Transcript transcript = from_file(R"(
provider = "azure"
base_url = "https://r.openai.azure.com/"
path = "/openai/v1/audio/transcriptions"
query = "api-version=preview"
auth_header = "Authorization"
auth_prefix = "Bearer"
api_key = "k"
model = "my-whisper"
response_format = "verbose_json"
language_field = "language"
audio_format = "flac"
max_bytes = 20000000
max_seconds = 900
min_billed_seconds = 10
prompt = "מרפאת שיניים"
keywords = ["כתר", "crown"]
timeout = "20m"

[transcript.extra_fields]
hotwords = "Invisalign"
temperature = 0.2
vad_filter = true
no_language_probabilities = ""
)");
    EXPECT_EQ(transcript.provider, "azure");
    EXPECT_EQ(transcript.base_url, "https://r.openai.azure.com");
    EXPECT_EQ(transcript.path, "/openai/v1/audio/transcriptions");
    EXPECT_EQ(transcript.query, "api-version=preview");
    EXPECT_EQ(transcript.auth_header, "Authorization");
    EXPECT_EQ(transcript.auth_prefix, "Bearer ");
    EXPECT_EQ(transcript.api_key, base::Secret{"k"});
    EXPECT_EQ(transcript.model, "my-whisper");
    EXPECT_EQ(transcript.response_format, "verbose_json");
    EXPECT_EQ(transcript.language_field, "language");
    EXPECT_EQ(transcript.audio_format, "flac");
    EXPECT_EQ(transcript.max_bytes, 20'000'000);
    EXPECT_EQ(transcript.max_seconds, 900);
    EXPECT_EQ(transcript.min_billed_seconds, 10);
    EXPECT_EQ(transcript.prompt, "מרפאת שיניים");
    EXPECT_THAT(transcript.keywords, ElementsAre("כתר", "crown"));
    EXPECT_EQ(transcript.timeout, std::chrono::minutes{20});
    EXPECT_THAT(transcript.extra_fields,
                ElementsAre(Pair("hotwords", "Invisalign"), Pair("no_language_probabilities", ""),
                            Pair("temperature", "0.2"), Pair("vad_filter", "true")));
}

TEST_F(TranscriptSettings, TakeEveryFieldFromTheEnvironment) {
    const Transcript transcript = from({{"CALLCTL_TRANSCRIPT_PROVIDER", "whisper.cpp"},
                                        {"CALLCTL_TRANSCRIPT_PATH", "/v1/audio/transcriptions"},
                                        {"CALLCTL_TRANSCRIPT_QUERY", "a=b"},
                                        {"CALLCTL_TRANSCRIPT_AUTH_HEADER", "X-Key"},
                                        {"CALLCTL_TRANSCRIPT_AUTH_PREFIX", "Token "},
                                        {"CALLCTL_TRANSCRIPT_RESPONSE_FORMAT", "auto"},
                                        {"CALLCTL_TRANSCRIPT_LANGUAGE_FIELD", "languages[]"},
                                        {"CALLCTL_TRANSCRIPT_AUDIO_FORMAT", "wav"},
                                        {"CALLCTL_TRANSCRIPT_MAX_BYTES", "2000000000"},
                                        {"CALLCTL_TRANSCRIPT_MAX_SECONDS", "30"},
                                        {"CALLCTL_TRANSCRIPT_MIN_BILLED_SECONDS", "0"},
                                        {"CALLCTL_TRANSCRIPT_PROMPT", "p"},
                                        {"CALLCTL_TRANSCRIPT_KEYWORDS", "a b, c,"},
                                        {"CALLCTL_TRANSCRIPT_TIMEOUT", "90s"}});
    EXPECT_EQ(transcript.path, "/v1/audio/transcriptions");
    EXPECT_EQ(transcript.query, "a=b");
    EXPECT_EQ(transcript.auth_header, "X-Key");
    EXPECT_EQ(transcript.auth_prefix, "Token ");
    EXPECT_EQ(transcript.response_format, "auto");
    EXPECT_EQ(transcript.language_field, "languages[]");
    EXPECT_EQ(transcript.audio_format, "wav");
    EXPECT_EQ(transcript.max_bytes, 2'000'000'000);
    EXPECT_EQ(transcript.max_seconds, 30);
    EXPECT_EQ(transcript.min_billed_seconds, 0);
    EXPECT_EQ(transcript.prompt, "p");
    EXPECT_THAT(transcript.keywords, ElementsAre("a b", "c"));
    EXPECT_EQ(transcript.timeout, std::chrono::seconds{90});
}

TEST_F(TranscriptSettings, NoneLeavesAThingOut) {
    const Transcript transcript = from_file("query = 'none'\nauth_header = 'none'\n"
                                            "auth_prefix = 'none'\nlanguage_field = 'none'\n");
    EXPECT_EQ(transcript.query, "");
    EXPECT_EQ(transcript.auth_header, "");
    EXPECT_EQ(transcript.auth_prefix, "");
    EXPECT_EQ(transcript.language_field, "");
}

struct Refused {
    const char* name;
    const char* toml;
    const char* words;
};

std::ostream& operator<<(std::ostream& out, const Refused& refused) {
    return out << refused.name;
}

class TranscriptSettingsTable : public TranscriptSettings,
                                public ::testing::WithParamInterface<Refused> {};

TEST_P(TranscriptSettingsTable, RefuseWithAReason) {
    EXPECT_THAT(refused(GetParam().toml), HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    Values, TranscriptSettingsTable,
    ::testing::Values(
        Refused{"provider", "provider = 'grok'", "did you mean 'groq'?"},
        Refused{"provider_far_off", "provider = 'assemblyai'", "is not one of: openai, groq"},
        Refused{"format", "response_format = 'srt'", "auto, json, verbose_json"},
        Refused{"language_field", "language_field = 'lang'", "languages[]"},
        Refused{"audio_format", "audio_format = 'mp3'", "is not one of: wav, flac"},
        Refused{"keyword", "keywords = ['a', 'b<c']", "'a,b<c' holds < or >"},
        Refused{"keyword_with_line_break", "keywords = [\"a\\nb\"]", "a control character"},
        Refused{"keyword_with_carriage_return", "keywords = [\"a\\rb\"]", "a control character"},
        Refused{"prompt", "prompt = 'a>b'", "holds < or >"},
        Refused{"path", "path = 'audio'", "is not a path"},
        Refused{"path_with_query", "path = '/a?b'", "transcript.query"},
        Refused{"query", "query = '?a=b'", "without the ?"},
        Refused{"query_with_space", "query = 'a=b c'", "is not a query"},
        Refused{"auth_header", "auth_header = 'api key:'", "is not the name of a header"},
        Refused{"auth_prefix", "auth_prefix = 'Bearer sk:1'", "is not a word"},
        Refused{"max_bytes", "max_bytes = 1000", "from 100000"},
        Refused{"max_seconds", "max_seconds = 5", "from 30 to 86400"},
        Refused{"min_billed", "min_billed_seconds = -1", "from 0"},
        Refused{"timeout", "timeout = '10'", "is not a duration"},
        Refused{"own_field", "[transcript.extra_fields]\nmodel = 'x'",
                "callctl.toml:3: 'model' cannot be a field of transcript.extra_fields"},
        Refused{"field_name", "[transcript.extra_fields]\n\"a b\" = 'x'",
                "'a b' cannot be a field"},
        Refused{"field_text", "[transcript.extra_fields]\na = \"x\\ny\"", "a control character"},
        Refused{"field_table", "[transcript.extra_fields.a]\nb = 1", "must be text"},
        Refused{"unknown_key", "langauge_field = 'x'",
                "did you mean 'transcript.language_field'?"}),
    [](const auto& row) { return row.param.name; });

TEST_F(TranscriptSettings, APromptHasALimit) {
    EXPECT_THAT(refused("prompt = '" + std::string(65'537, 'x') + "'"),
                HasSubstr("is longer than 65536 bytes"));
    EXPECT_EQ(from_file("prompt = '" + std::string(65'536, 'x') + "'").prompt.size(), 65'536U);
}

TEST_F(TranscriptSettings, ExtraFieldsAreShownWithTheirPlace) {
    const Loaded loaded = load(m_box.with_file("[transcript.extra_fields]\nhotwords = 'x'\n"));
    const Entry& last = loaded.entries.back();
    EXPECT_EQ(last.key, "transcript.extra_fields.hotwords");
    EXPECT_EQ(last.shown, "x");
    EXPECT_THAT(to_string(last.origin), HasSubstr("callctl.toml:2"));
}

} // namespace
} // namespace callctl::config
