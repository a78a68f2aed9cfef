#include "unit/app/quiet_logger.hpp"

#include "app/transcribe.hpp"
#include "fakes/memory_piece_shelf.hpp"
#include "fakes/scripted_http_client.hpp"
#include "support/made_audio.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace callctl::app {
namespace {

using audio::babble;
using audio::operator+=; // NOLINT(misc-unused-using-decls) it is used
using audio::Samples;
using call::Reason;
using fakes::http_response;
using Json = nlohmann::json;

const auto k_recording = *base::RecordingSid::parse("RE" + std::string(32, 'b'));
const std::string k_media = "/Recordings/" + k_recording.str() + ".wav";
constexpr std::size_t k_second = 8000;

// The caller says something long, the agent answers at 44 s.
Samples conversation() {
    Samples caller(k_second);
    caller += babble(41 * k_second, 0.4);
    caller += Samples(5 * k_second);
    Samples agent(44 * k_second);
    agent += babble(2 * k_second, 0.3);
    agent += Samples(k_second);
    return audio::interleaved(caller, agent);
}

class Transcribing : public audio::MadeAudio {
  protected:
    Transcribing() {
        m_settings.scratch_dir = path("");
        m_settings.transcription = {
            .base_url = "http://ai.example/v1", .model = "m", .response_format = "verbose_json"};
        m_call.facts.direction = call::Direction::inbound;
    }

    void record(const Samples& samples, int channels = 2) {
        const std::string file = wav(samples, channels, SF_FORMAT_PCM_16);
        m_http.always("GET", k_media, http_response(200, bytes_of(file), "audio/x-wav"));
        std::filesystem::remove(file);
    }

    void answer(const Json& body) {
        m_http.once("POST", "/audio/transcriptions", http_response(200, body.dump()));
    }

    call::Outcome<call::Artefact> run() {
        PaidOnce paid{m_shelf, call::Stage::transcript};
        TwilioApi twilio{m_http, account(), "https://calls.example.com/webhook/handle_recording"};
        return TranscribeJob{m_http, twilio, m_settings, m_server, paid, *m_log.logger}.run(
            m_call, k_recording, [this](call::Provider provider) { m_done.push_back(provider); });
    }

    static twilio::Account account() {
        const std::string sid = "AC" + std::string(32, '0');
        return {.sid = *base::AccountSid::parse(sid), .user = sid, .password = base::Secret{"t"}};
    }

    call::Call m_call{.sid = *base::CallSid::parse("CA" + std::string(32, 'a'))};
    ProviderSettings m_settings{.twilio = account()};
    fakes::ScriptedHttpClient m_http;
    fakes::MemoryPieceShelf m_shelf;
    KeptLog m_log;
    std::vector<call::Provider> m_done;
    ServerInUse<transcript::Server> m_server{
        {.base_url = "http://ai.example/v1", .model = "m", .response_format = "verbose_json"}};
};

Json segment(double start, double end, const std::string& text) {
    return {{"start", start}, {"end", end}, {"text", text}};
}

TEST_F(Transcribing, WritesTheConversationDown) {
    record(conversation());
    answer({{"text", "A long story. The end."},
            {"language", "english"},
            {"segments", {segment(0.2, 20.0, "A long story."), segment(21.5, 41.0, "The end.")}}});
    answer(
        {{"text", "I see."}, {"language", "english"}, {"segments", {segment(0.2, 2.2, "I see.")}}});
    const auto artefact = run();
    ASSERT_TRUE(artefact) << artefact.error().detail;
    EXPECT_EQ(artefact->text, "[00:01] caller: A long story.\n"
                              "[00:22] caller: The end.\n"
                              "[00:44] agent: I see.");
    EXPECT_EQ(artefact->language, "en");
    EXPECT_EQ(artefact->channels, 2);
    EXPECT_EQ(artefact->recording, k_recording);
    EXPECT_EQ(artefact->model, "m");
    EXPECT_EQ(artefact->provider_host, "ai.example");
}

TEST_F(Transcribing, TellsThatTwilioHasDoneItsPartWhereTheServerDoesNot) {
    record(conversation());
    m_http.once("POST", "/audio/transcriptions", http_response(400, "{}"));
    EXPECT_FALSE(run());
    EXPECT_THAT(m_done, testing::ElementsAre(call::Provider::twilio));
}

TEST_F(Transcribing, LeavesNoFileBehind) {
    record(conversation());
    ASSERT_FALSE(run()) << "nothing was scripted for the server";
    EXPECT_TRUE(std::filesystem::is_empty(m_settings.scratch_dir));
}

TEST_F(Transcribing, KeepsWhatItDropsInTheDocument) {
    record(conversation());
    Json invented = segment(0.0, 2.0, "Thanks for watching!");
    invented["no_speech_prob"] = 0.97;
    invented["avg_logprob"] = -1.4;
    answer({{"text", "A story."}, {"segments", {segment(0.2, 41.0, "A story.")}}});
    answer({{"text", "Thanks for watching!"}, {"segments", {invented}}});
    const auto artefact = run();
    ASSERT_TRUE(artefact) << artefact.error().detail;
    EXPECT_EQ(artefact->text, "[00:01] caller: A story.");
    const Json dropped = Json::parse(artefact->document).at("dropped");
    ASSERT_EQ(dropped.size(), 1U);
    EXPECT_EQ(dropped[0]["text"], "Thanks for watching!");
    EXPECT_EQ(dropped[0]["reason"], "unsure");
}

TEST_F(Transcribing, OfNothingButInventionsIsEmpty) {
    record(conversation());
    answer({{"text", "♪"}, {"segments", {segment(0.0, 41.0, "♪")}}});
    answer({{"text", "[music]"}, {"segments", Json::array()}});
    const auto artefact = run();
    ASSERT_FALSE(artefact);
    EXPECT_EQ(artefact.error().reason, Reason::empty_transcript);
    EXPECT_EQ(m_shelf.kept().size(), 2U) << "what was said stays on the shelf";
    const auto again = run();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().reason, Reason::no_speech) << "nothing new can be learnt";
}

TEST_F(Transcribing, AsksPlainlyWhereTheServerRefusesTimesAndRemembersIt) {
    record(conversation());
    m_http.once("POST", "/audio/transcriptions", http_response(400, R"({"error":{"message":
        "response_format 'verbose_json' is not compatible with model 'gpt-transcribe-api-ev3'.",
        "type":"invalid_request_error","param":"response_format","code":"unsupported_value"}})"));
    m_http.always("POST", "/audio/transcriptions", http_response(200, R"({"text":"words"})"));
    const auto artefact = run();
    ASSERT_TRUE(artefact) << artefact.error().detail;
    EXPECT_EQ(m_server.get().response_format, "json");
    EXPECT_THAT(m_log.text(), testing::HasSubstr("degraded server=ai.example"));
    EXPECT_THAT(artefact->text, testing::HasSubstr("[00:44] agent: words"));
    const std::size_t asked = m_http.count("POST", "/audio/transcriptions");
    ASSERT_TRUE(run());
    EXPECT_EQ(m_http.count("POST", "/audio/transcriptions"), asked) << "all of it is kept";
}

TEST_F(Transcribing, BlamesTheSettingWhereThereIsNoPlainerWayToAsk) {
    record(conversation());
    m_settings.transcription.response_format = "json";
    m_server.set(m_settings.transcription);
    m_http.always("POST", "/audio/transcriptions", http_response(400, R"({"error":{"message":
        "response_format 'json' is not compatible with model 'm'.",
        "type":"invalid_request_error","param":"response_format","code":"unsupported_value"}})"));
    const auto artefact = run();
    ASSERT_FALSE(artefact);
    EXPECT_EQ(artefact.error().reason, Reason::provider_config);
    EXPECT_EQ(m_http.count("POST", "/audio/transcriptions"), 1U);
}

TEST_F(Transcribing, AsksPlainlyWhereTimesDoNotCome) {
    record(conversation());
    answer({{"text", "A long story."}, {"segments", Json::array()}});
    m_http.always("POST", "/audio/transcriptions", http_response(200, R"({"text":"words"})"));
    const auto artefact = run();
    ASSERT_TRUE(artefact) << artefact.error().detail;
    EXPECT_THAT(artefact->text, testing::HasSubstr("[00:44] agent: words"));
    EXPECT_EQ(m_server.get().response_format, "verbose_json") << "one reply says nothing of others";
}

TEST_F(Transcribing, NamesTheSpeakersAsConfigured) {
    m_settings.speakers.inbound = {"bot", "guest"};
    record(conversation());
    answer({{"text", "A."}, {"segments", {segment(0.2, 41.0, "A.")}}});
    answer({{"text", "B."}, {"segments", {segment(0.2, 2.2, "B.")}}});
    const auto artefact = run();
    ASSERT_TRUE(artefact) << artefact.error().detail;
    EXPECT_EQ(artefact->text, "[00:01] bot: A.\n[00:44] guest: B.");
}

TEST_F(Transcribing, OfAMonoRecordingNamesNobody) {
    record(babble(5 * k_second, 0.4), 1);
    answer({{"text", "Hello."}, {"segments", {segment(0.0, 5.0, "Hello.")}}});
    const auto artefact = run();
    ASSERT_TRUE(artefact) << artefact.error().detail;
    EXPECT_EQ(artefact->text, "[00:00] call: Hello.");
}

TEST_F(Transcribing, OfSilenceIsNoSpeechWithoutARequest) {
    record(Samples(20 * k_second));
    const auto artefact = run();
    ASSERT_FALSE(artefact);
    EXPECT_EQ(artefact.error().reason, Reason::no_speech);
    EXPECT_EQ(m_http.count("POST", "/audio/transcriptions"), 0U);
}

TEST_F(Transcribing, BlamesTwilioForADownloadThatFails) {
    m_http.always("GET", k_media, http_response(500, ""));
    const auto artefact = run();
    ASSERT_FALSE(artefact);
    EXPECT_EQ(artefact.error().provider, call::Provider::twilio);
}

} // namespace
} // namespace callctl::app
