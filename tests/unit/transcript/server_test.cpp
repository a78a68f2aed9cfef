#include "unit/transcript/server_kind.hpp"

#include "transcript/server.hpp"

namespace callctl::transcript {
namespace {

using testing::HasSubstr;
using testing::Not;

call::Failure refused(std::string parameter) {
    return {.remedy = call::Remedy::degrade, .parameter = std::move(parameter)};
}

TEST(Degraded, ServerIsAskedWithoutTimes) {
    const Server whisper = configured("openai", "whisper-1");
    for (const char* const parameter : {"response_format", "timestamp_granularities", ""}) {
        const auto simpler = degraded(whisper, refused(parameter));
        ASSERT_TRUE(simpler) << parameter;
        EXPECT_EQ(simpler->response_format, "json");
        EXPECT_FALSE(degraded(*simpler, refused(parameter))) << "there is no step below";
    }
}

TEST(Degraded, ServerIsAskedWithoutATemperature) {
    const Server whisper = configured("openai", "whisper-1");
    const auto simpler = degraded(whisper, refused("temperature"));
    ASSERT_TRUE(simpler);
    EXPECT_EQ(simpler->response_format, "verbose_json");
    EXPECT_THAT(form_of(transcription_request(*simpler, "", "a.wav")),
                Not(testing::Contains(HasSubstr("temperature"))));
    EXPECT_FALSE(degraded(*simpler, refused("temperature")));
}

TEST(Degraded, OnlyWhereThatIsTheRemedy) {
    const Server whisper = configured("openai", "whisper-1");
    EXPECT_FALSE(degraded(whisper, {}));
    EXPECT_FALSE(degraded(whisper, {.remedy = call::Remedy::split_smaller}));
}

TEST(AudioRoom, LeavesRoomForEveryOtherPart) {
    Server server = configured("openai", "whisper-1");
    const std::size_t plain = audio_room(server);
    EXPECT_LT(plain, server.max_bytes);
    EXPECT_GT(plain, server.max_bytes - 4096);
    server.prompt = std::string(10'000, 'p');
    EXPECT_LE(audio_room(server), plain - 10'000);
}

TEST(AudioRoom, IsNoneWhereTheRestIsTooMuch) {
    Server server = configured("openai", "whisper-1");
    server.max_bytes = 100;
    EXPECT_EQ(audio_room(server), 0U);
}

TEST(Fingerprint, ChangesWithWhateverChangesTheAnswer) {
    const Server plain = configured("openai", "whisper-1");
    const std::vector<std::pair<const char*, void (*)(Server&)>> changes{
        {"kind", [](Server& s) { s.kind = ServerKind::deepgram; }},
        {"host", [](Server& s) { s.base_url = "http://other/v1"; }},
        {"path", [](Server& s) { s.path = "/inference"; }},
        {"query", [](Server& s) { s.query = "a=b"; }},
        {"model", [](Server& s) { s.model = "m"; }},
        {"response_format", [](Server& s) { s.response_format = "json"; }},
        {"language_field", [](Server& s) { s.language_field = "languages[]"; }},
        {"languages",
         [](Server& s) {
             s.languages = {"he", "en"};
         }},
        {"temperature", [](Server& s) { s.temperature.clear(); }},
        {"audio_format", [](Server& s) { s.audio_format = "flac"; }},
        {"extra_fields",
         [](Server& s) {
             s.extra_fields = {{"a", "b"}};
         }},
        {"prompt", [](Server& s) { s.prompt = "p"; }},
        {"keywords", [](Server& s) { s.keywords = {"k"}; }},
    };
    for (const auto& [name, change] : changes) {
        Server changed = plain;
        change(changed);
        EXPECT_NE(fingerprint(changed), fingerprint(plain)) << name;
    }
}

TEST(Fingerprint, IsTheSameForAnotherKeyAndOtherLimits) {
    const Server plain = configured("openai", "whisper-1");
    Server other = plain;
    other.api_key = base::Secret{"key-2"};
    other.timeout = std::chrono::minutes{1};
    other.max_bytes = 1'000'000;
    EXPECT_EQ(fingerprint(other), fingerprint(plain));
    EXPECT_THAT(fingerprint(plain), Not(HasSubstr("key-1")));
}

TEST(Preset, HasAnAddressOrIsAzure) {
    for (const std::string_view name : preset_names()) {
        const auto server = preset(name);
        ASSERT_TRUE(server) << name;
        EXPECT_EQ(server->base_url.empty(), name == "azure") << name;
        EXPECT_TRUE(server->api_key.empty()) << name;
        EXPECT_TRUE(server->model.empty()) << name << ": models are shut down";
    }
    EXPECT_FALSE(preset("openia"));
}

} // namespace
} // namespace callctl::transcript
