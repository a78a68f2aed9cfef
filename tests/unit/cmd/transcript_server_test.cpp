#include "transcript_server.hpp"
#include "unit/config/sandbox.hpp"

#include "config/transcript_provider.hpp"
#include "transcript/preset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace callctl::cmd {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::Pair;

class TranscriptionServer : public testing::Test {
  protected:
    [[nodiscard]] config::Loaded load(const std::string& toml) const {
        return config::load(m_box.with_file(toml));
    }
    [[nodiscard]] transcript::Server server(const std::string& toml) const {
        return transcription_server(load(toml).config);
    }
    [[nodiscard]] config::Entry shown(const std::string& toml, const std::string& key) const {
        auto loaded = load(toml);
        show_transcript_preset(loaded.config, loaded.entries);
        const auto found = std::ranges::find(loaded.entries, key, &config::Entry::key);
        return found == loaded.entries.end() ? config::Entry{} : *found;
    }
    config::Sandbox m_box;
};

TEST_F(TranscriptionServer, HasAPresetForEveryProviderOfTheSettings) {
    std::vector<std::string_view> known;
    for (const config::TranscriptProvider& provider : config::k_transcript_providers) {
        known.push_back(provider.name);
        const auto preset = transcript::preset(provider.name);
        ASSERT_TRUE(preset) << provider.name;
        EXPECT_EQ(!preset->base_url.empty(), provider.has_address) << provider.name;
    }
    EXPECT_EQ(known, transcript::preset_names());
}

TEST_F(TranscriptionServer, IsThePresetWhereNothingElseIsWritten) {
    const auto groq = server("language = 'he'\n[transcript]\nprovider = 'groq'\n"
                             "model = 'whisper-large-v3'\napi_key = 'k'\n");
    EXPECT_EQ(groq.base_url, "https://api.groq.com/openai/v1");
    EXPECT_EQ(groq.api_key, base::Secret{"k"});
    EXPECT_EQ(groq.response_format, "verbose_json");
    EXPECT_EQ(groq.audio_format, "flac");
    EXPECT_EQ(groq.min_billed, seconds{10});
    EXPECT_THAT(groq.languages, ElementsAre("he"));
}

TEST_F(TranscriptionServer, AutoFollowsTheModelAndGivesWayToWhatIsWritten) {
    const auto newer = server("[transcript]\nmodel = 'gpt-transcribe'\n");
    EXPECT_EQ(newer.base_url, "https://api.openai.com/v1");
    EXPECT_EQ(newer.response_format, "json");
    EXPECT_EQ(newer.language_field, "languages[]");
    const auto whisper = server("[transcript]\nmodel = 'whisper-1'\n");
    EXPECT_EQ(whisper.response_format, "verbose_json");
    EXPECT_EQ(whisper.language_field, "language");
    const auto written = server("[transcript]\nmodel = 'whisper-1'\nresponse_format = 'json'\n"
                                "language_field = 'none'\n");
    EXPECT_EQ(written.response_format, "json");
    EXPECT_EQ(written.language_field, "");
}

TEST_F(TranscriptionServer, NeedsRoomForSoundBesideThePrompt) {
    const std::string prompt = "prompt = '" + std::string(1'000, 'p') + "'\n";
    EXPECT_NO_THROW((void)server("[transcript]\nmax_bytes = 100000\n" + prompt));
    try {
        (void)server("[transcript]\nmax_bytes = 100000\n" + prompt +
                     "[transcript.extra_fields]\nhint = '" + std::string(30'000, 'h') + "'\n");
        FAIL() << "no room, and nobody says so";
    } catch (const base::ConfigError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("transcript.max_bytes: 100000 bytes"));
    }
}

TEST_F(TranscriptionServer, EveryFieldCanBeOverridden) {
    const auto own = server(R"(
[transcript]
provider = "whisper.cpp"
base_url = "http://gpu:9000"
path = "/v1/audio/transcriptions"
query = "a=b"
auth_header = "X-Key"
auth_prefix = "Token"
api_key = "k"
model = "m"
response_format = "json"
language_field = "languages[]"
audio_format = "flac"
max_bytes = 200000
max_seconds = 60
min_billed_seconds = 5
prompt = "p"
keywords = ["w"]
timeout = "90s"

[transcript.extra_fields]
temperature = 0.2
no_language_probabilities = ""
beam_size = 5
)");
    EXPECT_EQ(own.base_url, "http://gpu:9000");
    EXPECT_EQ(own.path, "/v1/audio/transcriptions");
    EXPECT_EQ(own.query, "a=b");
    EXPECT_EQ(own.auth_header, "X-Key");
    EXPECT_EQ(own.auth_prefix, "Token ");
    EXPECT_EQ(own.model, "m");
    EXPECT_EQ(own.response_format, "json");
    EXPECT_EQ(own.language_field, "languages[]");
    EXPECT_EQ(own.audio_format, "flac");
    EXPECT_EQ(own.max_bytes, 200'000U);
    EXPECT_EQ(own.longest, seconds{60});
    EXPECT_EQ(own.min_billed, seconds{5});
    EXPECT_EQ(own.prompt, "p");
    EXPECT_THAT(own.keywords, ElementsAre("w"));
    EXPECT_EQ(own.timeout, seconds{90});
    EXPECT_EQ(own.temperature, "0.2");
    EXPECT_THAT(own.extra_fields, ElementsAre(Pair("beam_size", "5")));
}

TEST_F(TranscriptionServer, KeepsThePresetsLanguageWhereTheCallsHaveNone) {
    EXPECT_THAT(server("[transcript]\nprovider = 'whisper.cpp'\n").languages, ElementsAre("auto"));
    EXPECT_THAT(server("language = 'he'\n[transcript]\nprovider = 'whisper.cpp'\n").languages,
                ElementsAre("he"));
}

TEST_F(TranscriptionServer, SettingsShowWhatThePresetDecides) {
    const std::string deepgram = "[transcript]\nprovider = 'deepgram'\nmax_seconds = 600\n";
    EXPECT_EQ(shown(deepgram, "transcript.base_url").shown, "https://api.deepgram.com/v1");
    EXPECT_EQ(shown(deepgram, "transcript.auth_prefix").shown, "Token");
    EXPECT_EQ(shown(deepgram, "transcript.timeout").shown, "10m");
    EXPECT_EQ(to_string(shown(deepgram, "transcript.path").origin), "default");
    EXPECT_EQ(shown(deepgram, "transcript.max_seconds").shown, "600");
    EXPECT_EQ(shown("[transcript]\nprovider = 'azure'\n", "transcript.auth_prefix").shown, "none");
    const auto address = shown("[transcript]\nprovider = 'azure'\n", "transcript.base_url");
    EXPECT_EQ(to_string(address.origin), "unset");
}

} // namespace
} // namespace callctl::cmd
