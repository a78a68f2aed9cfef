#include "app/listen.hpp"
#include "audio/wav.hpp"
#include "fakes/memory_piece_shelf.hpp"
#include "fakes/scripted_http_client.hpp"
#include "support/made_audio.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace callctl::app {
namespace {

using audio::babble;
using audio::operator+=; // NOLINT(misc-unused-using-decls) it is used
using audio::Samples;
using call::Reason;
using fakes::http_response;
using std::chrono::milliseconds;
using testing::ElementsAre;

constexpr std::size_t k_second = 8000;

Samples silence(std::size_t seconds) {
    return Samples(seconds * k_second);
}

// The caller speaks from 1 s to 3 s and from 7 s to 9 s, the agent from 4 s to 6 s.
Samples conversation() {
    Samples caller = silence(1);
    caller += babble(2 * k_second, 0.4);
    caller += silence(4);
    caller += babble(2 * k_second, 0.35);
    caller += silence(1);
    Samples agent = silence(4);
    agent += babble(2 * k_second, 0.3);
    agent += silence(4);
    return audio::interleaved(caller, agent);
}

class Listening : public audio::MadeAudio {
  protected:
    call::Outcome<Heard> listen(const Samples& samples, int channels = 2) {
        const std::string file = wav(samples, channels, SF_FORMAT_PCM_16);
        const auto info = audio::inspect_wav(file, std::nullopt);
        EXPECT_TRUE(info);
        m_paid = std::make_unique<PaidOnce>(m_shelf, call::Stage::transcript);
        return Listener{m_http, m_server, {.audio_minute_micros = 6000}, *m_paid}.listen(file,
                                                                                         *info);
    }

    void answer(const std::string& text) {
        m_http.once("POST", "/audio/transcriptions",
                    http_response(200, R"({"text":")" + text + R"("})"));
    }

    [[nodiscard]] std::size_t requests() const { return m_http.requests().size(); }

    static std::vector<std::string> texts(const Heard& heard) {
        std::vector<std::string> list;
        for (const auto& utterance : heard.utterances) {
            list.push_back(std::to_string(utterance.channel) + " " + utterance.segment.text);
        }
        return list;
    }

    transcript::Server m_server{.base_url = "http://ai.example/v1", .model = "m"};
    fakes::ScriptedHttpClient m_http;
    fakes::MemoryPieceShelf m_shelf;
    std::unique_ptr<PaidOnce> m_paid;
};

TEST_F(Listening, AsksForOneTurnAtATimeAndPutsItWhereItWasSaid) {
    answer("one");
    answer("two");
    answer("three");
    const auto heard = listen(conversation());
    ASSERT_TRUE(heard) << heard.error().detail;
    EXPECT_THAT(texts(*heard), ElementsAre("0 one", "1 two", "0 three"));
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(static_cast<double>(heard->utterances[i].segment.start.count()),
                    1000.0 + 3000.0 * static_cast<double>(i), 300.0);
    }
}

TEST_F(Listening, SendsNothingOfASilentChannel) {
    answer("hello");
    Samples caller = silence(1);
    caller += babble(2 * k_second, 0.4);
    const auto heard = listen(audio::interleaved(caller, silence(3)));
    ASSERT_TRUE(heard);
    EXPECT_THAT(texts(*heard), ElementsAre("0 hello"));
    EXPECT_EQ(requests(), 1U);
}

TEST_F(Listening, AsksNobodyWhereNobodySpeaks) {
    for (const Samples& nothing :
         {silence(20), audio::noise(20 * k_second, 60), audio::music(40 * k_second, 0.3)}) {
        const auto heard = listen(nothing);
        ASSERT_FALSE(heard);
        EXPECT_EQ(heard.error().reason, Reason::no_speech);
    }
    EXPECT_EQ(requests(), 0U);
}

TEST_F(Listening, KeepsEachAnswerBeforeTheNextIsAskedFor) {
    answer("one");
    answer("two");
    m_shelf.limit(1);
    const auto lost = listen(conversation());
    ASSERT_FALSE(lost);
    EXPECT_EQ(lost.error().reason, Reason::interrupted);
    EXPECT_EQ(requests(), 2U) << "the call was lost with the second piece";
    EXPECT_EQ(m_shelf.kept().size(), 1U);
}

TEST_F(Listening, AsksAgainOnceForAnAnswerThatCannotBeReadAnyMore) {
    for (const char* const words : {"one", "two", "three", "two again"}) {
        answer(words);
    }
    ASSERT_TRUE(listen(conversation()));
    call::Piece spoilt = m_shelf.kept().at(1);
    spoilt.document = "{";
    ASSERT_TRUE(m_shelf.keep(spoilt));
    for (int i = 0; i < 2; ++i) {
        const auto heard = listen(conversation());
        ASSERT_TRUE(heard) << heard.error().detail;
        EXPECT_THAT(texts(*heard), ElementsAre("0 one", "1 two again", "0 three"));
    }
    EXPECT_EQ(requests(), 4U);
}

TEST_F(Listening, SendsOnlyWhatIsMissingAfterAFailure) {
    answer("one");
    m_http.once("POST", "/audio/transcriptions", http_response(500, ""));
    ASSERT_FALSE(listen(conversation()));
    EXPECT_EQ(m_paid->audio_ms(), 2500);
    answer("two");
    answer("three");
    const auto heard = listen(conversation());
    ASSERT_TRUE(heard);
    EXPECT_THAT(texts(*heard), ElementsAre("0 one", "1 two", "0 three"));
    EXPECT_EQ(requests(), 4U);
    EXPECT_EQ(m_paid->audio_ms(), 5000) << "of the second time alone";
}

TEST_F(Listening, AsksOnceForTheSameSound) {
    answer("hello?");
    Samples once = silence(2);
    once += babble(k_second, 0.4);
    once += silence(2);
    Samples twice = once;
    twice += once;
    const auto heard = listen(twice, 1);
    ASSERT_TRUE(heard);
    EXPECT_THAT(texts(*heard), ElementsAre("0 hello?", "0 hello?"));
}

TEST_F(Listening, AsksAnewWhereTheQuestionIsAnother) {
    m_http.always("POST", "/audio/transcriptions", http_response(200, R"({"text":"x"})"));
    ASSERT_TRUE(listen(conversation()));
    const std::size_t once = requests();
    m_server.model = "another";
    ASSERT_TRUE(listen(conversation()));
    EXPECT_EQ(requests(), 2 * once);
}

TEST_F(Listening, CountsWhatTheServerBills) {
    m_http.always("POST", "/audio/transcriptions",
                  http_response(200, R"({"text":"x","usage":{"type":"duration","seconds":10}})"));
    ASSERT_TRUE(listen(conversation()));
    EXPECT_EQ(m_paid->cost_micros(), 3000) << "three times ten seconds at 6000 a minute";
}

TEST_F(Listening, CountsWholeSecondsAndTheServersLeastWhereItSaysNothing) {
    m_http.always("POST", "/audio/transcriptions", http_response(200, R"({"text":"x"})"));
    ASSERT_TRUE(listen(conversation()));
    EXPECT_EQ(m_paid->cost_micros(), 900) << "three times three seconds at 6000 a minute";
    m_server.min_billed = milliseconds{10'000};
    ASSERT_TRUE(listen(conversation())) << "kept, so nothing is paid";
    EXPECT_EQ(m_paid->cost_micros(), 0);
}

TEST_F(Listening, SendsOneRequestAChannelWhereTheServerGivesTimes) {
    m_server.response_format = "verbose_json";
    m_http.once("POST", "/audio/transcriptions", http_response(200, R"({"text":"one three",
        "language":"english","segments":[{"start":0.0,"end":2.4,"text":"one"},
                                         {"start":2.6,"end":4.9,"text":"three"}]})"));
    m_http.once("POST", "/audio/transcriptions", http_response(200, R"({"text":"two",
        "language":"english","segments":[{"start":0.2,"end":2.3,"text":"two"}]})"));
    const auto heard = listen(conversation());
    ASSERT_TRUE(heard) << heard.error().detail;
    EXPECT_THAT(texts(*heard), ElementsAre("0 one", "0 three", "1 two"));
    EXPECT_NEAR(static_cast<double>(heard->utterances[1].segment.start.count()), 7000.0, 300.0);
    EXPECT_EQ(heard->language, "en");
}

TEST_F(Listening, SaysThatTimesAreMissing) {
    m_server.response_format = "verbose_json";
    m_http.always("POST", "/audio/transcriptions",
                  http_response(200, R"({"text":"a long story","segments":[]})"));
    const auto heard = listen(babble(40 * k_second, 0.4), 1);
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().remedy, call::Remedy::degrade);
}

TEST_F(Listening, SplitsOnceWhatTheServerFindsTooBig) {
    m_server.response_format = "verbose_json";
    m_http.once("POST", "/audio/transcriptions", http_response(413, R"({"error":{"message":
        "413: Maximum content size limit (26214400) exceeded","type":"server_error"}})"));
    answer("one");
    answer("three");
    answer("two");
    const auto heard = listen(conversation());
    ASSERT_TRUE(heard) << heard.error().detail;
    EXPECT_THAT(texts(*heard), ElementsAre("0 one", "0 three", "1 two"));
    EXPECT_EQ(requests(), 4U);
}

TEST_F(Listening, GivesUpWhereHalvesAreTooBigAsWell) {
    m_server.response_format = "verbose_json";
    m_http.always("POST", "/audio/transcriptions", http_response(413, R"({"error":{"message":
        "413: Maximum content size limit (26214400) exceeded","type":"server_error"}})"));
    ASSERT_FALSE(listen(conversation()));
    EXPECT_EQ(requests(), 2U);
}

TEST_F(Listening, AsksNothingWhereARequestHasNoRoomForSound) {
    m_server.max_bytes = 100'000;
    m_server.prompt = std::string(90'000, 'p');
    const auto heard = listen(conversation());
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().reason, call::Reason::too_large);
    EXPECT_EQ(heard.error().detail, "transcript.max_bytes = 100000 has no room for 5 s of sound of "
                                    "8000 samples a second");
    EXPECT_EQ(requests(), 0U);
}

TEST_F(Listening, TakesTooShortForNoWords) {
    m_http.always("POST", "/audio/transcriptions", http_response(400, R"({"error":{"message":
        "Audio file is too short. Minimum audio length is 0.1 seconds.",
        "type":"invalid_request_error","param":"file","code":"audio_too_short"}})"));
    const auto heard = listen(conversation());
    ASSERT_TRUE(heard) << heard.error().detail;
    EXPECT_TRUE(heard->utterances.empty());
    ASSERT_TRUE(listen(conversation()));
    EXPECT_EQ(requests(), 3U) << "nor is it asked again";
}

TEST_F(Listening, SendsFlacWhereItIsAskedTo) {
    m_server.audio_format = "flac";
    m_http.always("POST", "/audio/transcriptions", http_response(200, R"({"text":"x"})"));
    ASSERT_TRUE(listen(conversation()));
    const auto sent = m_http.requests();
    const auto& form = std::get<base::Multipart>(sent.at(0).body);
    EXPECT_EQ(form.at(0).content_type, "audio/flac");
    EXPECT_EQ(form.at(0).content.substr(0, 4), "fLaC");
}

TEST_F(Listening, NamesTheLanguageWithTheMostText) {
    m_http.once("POST", "/audio/transcriptions",
                http_response(200, R"({"text":"ok","languages":[{"code":"en"}]})"));
    m_http.always("POST", "/audio/transcriptions",
                  http_response(200, R"({"text":"שלום וברכה","languages":[{"code":"he"}]})"));
    const auto heard = listen(conversation());
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->language, "he");
}

class WholeRecording : public Listening {
  protected:
    WholeRecording() {
        m_server.kind = transcript::ServerKind::deepgram;
        m_server.path = "/listen";
        m_http.always("POST", "/listen", http_response(200, R"({"metadata":{"request_id":"d1",
            "duration":10.0,"channels":2},"results":{"channels":[
              {"alternatives":[{"transcript":"one three","confidence":0.9,"words":[]}]},
              {"alternatives":[{"transcript":"two","confidence":0.9,"words":[]}]}],
            "utterances":[{"start":1.1,"end":2.9,"channel":0,"transcript":"one"},
                          {"start":4.0,"end":5.9,"channel":1,"transcript":"two"},
                          {"start":7.0,"end":8.9,"channel":0,"transcript":"three"}]}})"));
    }
};

TEST_F(WholeRecording, IsSentOnceWithAllChannels) {
    const auto heard = listen(conversation());
    ASSERT_TRUE(heard) << heard.error().detail;
    EXPECT_THAT(texts(*heard), ElementsAre("0 one", "0 three", "1 two"));
    ASSERT_TRUE(listen(conversation()));
    EXPECT_EQ(requests(), 1U) << "the answer is kept";
}

TEST_F(WholeRecording, OfMoreBytesThanTheServerTakesIsNotSent) {
    m_server.max_bytes = 200'000;
    const auto heard = listen(conversation());
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().reason, call::Reason::too_large);
    EXPECT_EQ(requests(), 0U);
}

TEST_F(WholeRecording, WithoutSpeechIsNotSent) {
    const auto heard = listen(silence(20));
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().reason, Reason::no_speech);
    EXPECT_EQ(requests(), 0U);
}

} // namespace
} // namespace callctl::app
