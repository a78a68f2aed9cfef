// Calls of hours: what is said in them is known, and heard again in whatever is cut out of them.
#include "sim/long_call.hpp"
#include "sim/posted_form.hpp"

#include <gtest/gtest.h>

#include <set>

namespace callctl::sim {
namespace {

using namespace std::chrono_literals;

/// A long call that is over, and its recording.
struct Recorded {
    std::string sid;
    std::string recording;
};

Recorded long_call(Bench& bench, const std::string& dialogue, milliseconds length) {
    const std::string sid = bench.place({{"dialogue", dialogue}});
    bench.advance(length + 1min);
    return {sid, bench.state()["recordings"].back()["recording_sid"]};
}

Json truth_of(Bench& bench, const std::string& recording) {
    return json_of(bench.control("GET", "/recordings/" + recording + "/truth"));
}

Json turns_of(Bench& bench, const std::string& recording) {
    return truth_of(bench, recording)["turns"];
}

Json sounds_of(Bench& bench, const std::string& recording) {
    return truth_of(bench, recording)["sounds"];
}

Answer media_of(Bench& bench, const std::string& recording) {
    return bench.get("/Recordings/" + recording + ".wav");
}

Samples cut(const std::string& dialogue, int channel, std::int64_t from_ms, std::int64_t until_ms) {
    const std::int64_t from = std::max<std::int64_t>(from_ms, 0) * k_samples_per_ms;
    return tone_library().performance(dialogue).render(channel == 0 ? Track::caller : Track::agent,
                                                       from, until_ms * k_samples_per_ms - from);
}

Recognised heard_in_samples(const Samples& samples) {
    return tone_library().recognise(Channel{samples}, k_telephone_rate);
}

std::string all_text(const Recognised& heard) {
    std::string text;
    for (const Utterance& utterance : heard.utterances) {
        text += (text.empty() ? "" : " ") + utterance.text;
    }
    return text;
}

class LongCallId : public testing::TestWithParam<LongCall> {};

TEST_P(LongCallId, IsReadBackAndHasANumberOfItsOwn) {
    EXPECT_EQ(parse_long_call(id_of(GetParam())), GetParam());
    EXPECT_EQ(long_call_of(number_of(GetParam())), GetParam());
    EXPECT_GE(number_of(GetParam()), all_dialogues().size());
}

INSTANTIATE_TEST_SUITE_P(All, LongCallId,
                         testing::Values(LongCall{}, LongCall{"he", 480, 1023},
                                         LongCall{"en", 240, 0}, LongCall{"he", 1, 7, true}));

TEST(LongCallId, IsRefusedWhenItIsNone) {
    for (const char* const bad : {"", "en-long", "en-long-0", "en-long-481", "fr-long-9",
                                  "en-long-9-1024", "en-long-9-x", "en-long-9-1-1", "en-short-9"}) {
        EXPECT_FALSE(parse_long_call(bad)) << bad;
    }
    EXPECT_FALSE(long_call_of(0));
    Bench bench;
    EXPECT_EQ(bench.control("POST", "/calls", {{"voice_url", k_app}, {"dialogue", "en-long-0"}})
                  .response.status,
              400);
}

TEST(LongCall, HasManyTurnsOfBothSidesThatAreAllDifferent) {
    Bench bench;
    const Recorded call = long_call(bench, "en-long-30", 30min);
    const Json truth = truth_of(bench, call.recording);
    EXPECT_NEAR(truth["duration_ms"].get<double>(), 30.0 * 60'000, 1500);
    std::set<std::string> texts;
    std::array<int, 2> turns{};
    int overlaps = 0;
    std::int64_t start = 0;
    std::int64_t end = 0;
    for (const Json& turn : truth["turns"]) {
        EXPECT_TRUE(texts.insert(turn["text"]).second) << turn;
        ++turns.at(turn["channel"].get<std::size_t>());
        EXPECT_GE(turn["start_ms"], start);
        overlaps += turn["start_ms"] < end ? 1 : 0;
        start = turn["start_ms"];
        end = turn["end_ms"];
    }
    EXPECT_GT(turns[0], 80);
    EXPECT_GT(turns[1], 80);
    EXPECT_GT(overlaps, 10);
    std::set<std::string> kinds;
    for (const Json& sound : truth["sounds"]) {
        kinds.insert(sound["kind"]);
    }
    EXPECT_EQ(kinds, (std::set<std::string>{"music", "noise"}));
}

TEST(LongCall, OfFourHoursIsMadeWhileItIsRead) {
    Bench bench;
    const Recorded call = long_call(bench, "en-long-240", 240min);
    const Answer answer = media_of(bench, call.recording);
    ASSERT_TRUE(answer.long_body);
    EXPECT_TRUE(answer.response.body.empty());
    const LongBody& file = *answer.long_body;
    EXPECT_NEAR(static_cast<double>(file.size), 240.0 * 60 * 32'000, 50'000);
    EXPECT_EQ(find_pcm(file.read(0, 1000))->channels, 2);
    // However it is cut into blocks, the bytes are the same.
    const std::size_t somewhere = 300'000'001;
    const std::string whole = file.read(somewhere, 1001);
    EXPECT_EQ(file.read(somewhere, 500) + file.read(somewhere + 500, 501), whole);
    EXPECT_EQ(file.read(file.size - 5, 100).size(), 5U);
    EXPECT_EQ(file.read(file.size, 100), "");
    const Json turns = turns_of(bench, call.recording);
    EXPECT_GT(turns.size(), 1500U);
    EXPECT_GT(turns.back()["start_ms"], 235 * 60'000);
}

class HeardAgain : public testing::TestWithParam<std::string> {};

TEST_P(HeardAgain, TurnByTurnWithSomeAir) {
    Bench bench;
    const Recorded call = long_call(bench, GetParam(), 90min);
    const Json turns = turns_of(bench, call.recording);
    EXPECT_GT(turns.size(), 500U);
    for (const Json& turn : turns) {
        const auto heard = heard_in_samples(cut(GetParam(), turn["channel"],
                                                turn["start_ms"].get<std::int64_t>() - 250,
                                                turn["end_ms"].get<std::int64_t>() + 250));
        EXPECT_FALSE(heard.strange);
        ASSERT_EQ(all_text(heard), turn["text"].get<std::string>());
        EXPECT_NEAR(static_cast<double>(heard.utterances[0].from_ms), 250.0, 20.0);
    }
}

INSTANTIATE_TEST_SUITE_P(NinetyMinutes, HeardAgain, testing::Values("en-long-90", "he-long-90-3"));

TEST(LongCall, IsHeardFromManyCutsInOneUpload) {
    Bench bench;
    const Recorded call = long_call(bench, "en-long-90", 90min);
    Samples packed;
    std::string expected;
    for (const Json& turn : turns_of(bench, call.recording)) {
        if (turn["channel"] == 0) {
            const Samples part = cut("en-long-90", 0, turn["start_ms"], turn["end_ms"]);
            packed.insert(packed.end(), part.begin(), part.end());
            expected += (expected.empty() ? "" : " ") + turn["text"].get<std::string>();
        }
    }
    EXPECT_EQ(all_text(heard_in_samples(packed)), expected);
}

TEST(LongCall, HasSoundsInWhichNothingIsSaid) {
    Bench bench;
    const Recorded call = long_call(bench, "en-long-30", 30min);
    for (const Json& sound : sounds_of(bench, call.recording)) {
        const Samples samples =
            cut("en-long-30", sound["channel"], sound["start_ms"], sound["end_ms"]);
        const auto heard = heard_in_samples(samples);
        EXPECT_FALSE(heard.silent);
        EXPECT_TRUE(heard.utterances.empty());
        const Answer answer = post_form(bench, "/v1/audio/transcriptions",
                                        {field("model", "gpt-transcribe"),
                                         file_part(write_wav({1, k_telephone_rate, samples}))});
        EXPECT_EQ(json_of(answer)["text"], "");
    }
}

TEST(LongCall, IsClearOnRequest) {
    Bench bench;
    const Recorded call = long_call(bench, "en-clear-30", 30min);
    EXPECT_TRUE(sounds_of(bench, call.recording).empty());
    EXPECT_GT(turns_of(bench, call.recording).size(), 200U);
}

TEST(LongCall, IsUnderstoodWholeByDeepgram) {
    Bench bench;
    const Recorded call = long_call(bench, "he-long-20", 20min);
    const LongBody file = *media_of(bench, call.recording).long_body;
    const Answer answer = bench.request(
        "POST", "/deepgram/v1/listen?model=nova-3&language=he&multichannel=true&utterances=true",
        {{"Authorization", std::string{"Token "} + k_ai_key}}, file.read(0, file.size));
    const Json heard = json_of(answer)["results"]["utterances"];
    const Json turns = turns_of(bench, call.recording);
    ASSERT_EQ(heard.size(), turns.size());
    for (std::size_t i = 0; i < turns.size(); ++i) {
        EXPECT_EQ(heard[i]["transcript"], turns[i]["text"]);
        EXPECT_EQ(heard[i]["channel"], turns[i]["channel"]);
        EXPECT_NEAR(heard[i]["start"].get<double>() * 1000, turns[i]["start_ms"].get<double>(), 2);
    }
}

TEST(LongCall, IsSummarisedAsWhatItIsAbout) {
    Bench bench;
    const Recorded call = long_call(bench, "en-long-30", 30min);
    std::string text;
    for (const Json& turn : turns_of(bench, call.recording)) {
        text += turn["text"].get<std::string>() + "\n";
    }
    const Answer answer = bench.request(
        "POST", "/v1/chat/completions", {{"Authorization", std::string{"Bearer "} + k_ai_key}},
        Json{{"model", "gpt-6-luna"}, {"messages", {{{"role", "user"}, {"content", text}}}}}
            .dump());
    EXPECT_NE(answer.response.body.find("Going through orders"), std::string::npos)
        << answer.response.body;
}

TEST(Truth, CountsFromTheRecordingNotFromTheCall) {
    Bench bench;
    bench.twiml = "<Pause length=\"60\"/>";
    const std::string sid = bench.place();
    bench.advance(4s);
    bench.post("/Calls/" + sid + "/Recordings.json", {{"RecordingChannels", "dual"}});
    bench.advance(120s);
    const std::string recording = bench.state()["recordings"][0]["recording_sid"];
    const Json of_call = json_of(bench.control("GET", "/calls/" + sid + "/truth"))["turns"];
    const Json of_recording = turns_of(bench, recording);
    EXPECT_EQ(of_call[0]["text"], find_dialogue("he-appointment")->lines[0].text);
    EXPECT_LT(of_recording[0]["text"].get<std::string>().size(),
              of_call[0]["text"].get<std::string>().size());
    EXPECT_LT(of_recording[1]["start_ms"], of_call[1]["start_ms"]);
    EXPECT_EQ(bench.control("GET", "/recordings/RE0/truth").response.status, 404);
}

} // namespace
} // namespace callctl::sim
