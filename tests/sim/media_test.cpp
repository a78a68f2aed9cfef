#include "sim/bench.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

using namespace std::chrono_literals;

/// A completed recording's path below the account, without extension.
std::string recorded(Bench& bench, const Json& plan = Json::object()) {
    bench.place(plan);
    bench.advance(120s);
    return "/Recordings/" + bench.state()["recordings"].back()["recording_sid"].get<std::string>();
}

Recognised heard_in(const std::string& wav_file, int channel) {
    const auto pcm = find_pcm(wav_file);
    return tone_library().recognise(pcm->channel(channel), pcm->sample_rate);
}

TEST(Media, IsADualTelephoneWav) {
    Bench bench;
    const std::string path = recorded(bench, {{"duration_ms", 12'500}});
    const Answer answer = bench.get(path + ".wav");
    EXPECT_EQ(answer.response.status, 200);
    EXPECT_EQ(answer.response.content_type, "audio/x-wav");
    const auto wav = read_wav(answer.response.body);
    ASSERT_TRUE(wav);
    EXPECT_EQ(wav->channels, 2);
    EXPECT_EQ(wav->sample_rate, 8000);
    EXPECT_EQ(wav->samples.size(), 12'500U * 8 * 2);
    EXPECT_EQ(answer.response.body.size(), 44 + wav->samples.size() * 2);
    EXPECT_EQ(bench.get(path).response.body, answer.response.body);
}

TEST(Media, HasTheCallerFirstAndTheAgentSecond) {
    for (const char* const direction : {"inbound", "outbound"}) {
        Bench bench;
        const std::string path = recorded(bench, {{"direction", direction}});
        const std::string file = bench.get(path + ".wav").response.body;
        const auto heard = [&](int channel) { return heard_in(file, channel); };
        EXPECT_EQ(heard(0).track, "he-appointment/caller");
        EXPECT_EQ(heard(1).track, "he-appointment/agent");
        EXPECT_EQ(heard(0).call_ordinal, 1U);
        EXPECT_EQ(heard(1).utterances.front().from_ms, 0);
    }
}

TEST(Media, IsMixedToOneChannelOnRequest) {
    Bench bench;
    const std::string path = recorded(bench);
    const std::string mono = bench.get(path + ".wav?RequestedChannels=1").response.body;
    ASSERT_TRUE(find_pcm(mono));
    EXPECT_EQ(find_pcm(mono)->channels, 1);
    EXPECT_EQ(heard_in(mono, 0).utterances.size(), 6U);
    EXPECT_EQ(read_wav(bench.get(path + ".wav?RequestedChannels=2").response.body)->channels, 2);
}

TEST(Media, OfAMonoRecordingIsNotToBeHadWithTwo) {
    Bench bench;
    bench.twiml =
        "<Start><Recording channels=\"mono\" trim=\"do-not-trim\"/></Start><Pause length=\"60\"/>";
    const std::string path = recorded(bench);
    EXPECT_EQ(read_wav(bench.get(path + ".wav").response.body)->channels, 1);
    const Answer refused = bench.get(path + ".wav?RequestedChannels=2");
    EXPECT_EQ(refused.response.status, 400);
    EXPECT_NE(refused.response.body.find("<Code>16113</Code>"), std::string::npos);
}

TEST(Media, IsRefusedWithoutCredentials) {
    Bench bench;
    const std::string path = recorded(bench);
    const Answer answer =
        bench.request("GET", std::string{"/2010-04-01/Accounts/"} + k_account + path + ".wav");
    EXPECT_EQ(answer.response.status, 401);
}

TEST(Media, IsNotFoundInXmlWhileThereIsNone) {
    Bench bench;
    bench.place({{"duration_ms", 5000}});
    const std::string path =
        "/Recordings/" + bench.state()["recordings"][0]["recording_sid"].get<std::string>();
    const Answer answer = bench.get(path + ".wav");
    EXPECT_EQ(answer.response.status, 404);
    EXPECT_EQ(answer.response.content_type, "application/xml");
    EXPECT_NE(answer.response.body.find("<Code>20404</Code>"), std::string::npos);
}

TEST(MediaFault, NotReadyLastsForSoManyRequests) {
    Bench bench;
    const std::string path = recorded(bench);
    bench.fault({{"where", "media"}, {"kind", "not_ready"}, {"times", 2}});
    EXPECT_EQ(bench.get(path + ".wav").response.status, 404);
    EXPECT_EQ(bench.get(path + ".wav").response.status, 404);
    EXPECT_EQ(bench.get(path + ".wav").response.status, 200);
}

TEST(MediaFault, NotReadyMaySayWhen) {
    Bench bench;
    const std::string path = recorded(bench);
    bench.fault({{"where", "media"}, {"kind", "not_ready"}, {"code", 21501}});
    const Answer answer = bench.get(path + ".wav");
    EXPECT_EQ(base::find_header(answer.response.headers, "Retry-After"), "2");
    EXPECT_NE(answer.response.body.find("<Code>21501</Code>"), std::string::npos);
}

TEST(MediaFault, RedirectPointsElsewhere) {
    Bench bench;
    const std::string path = recorded(bench);
    bench.fault({{"where", "media"}, {"kind", "redirect"}, {"body", "http://cdn.test/x.wav"}});
    const Answer answer = bench.get(path + ".wav");
    EXPECT_EQ(answer.response.status, 302);
    EXPECT_EQ(base::find_header(answer.response.headers, "Location"), "http://cdn.test/x.wav");
}

TEST(MediaFault, TruncatedPromisesTheWholeFile) {
    Bench bench;
    const std::string path = recorded(bench);
    bench.fault({{"where", "media"}, {"kind", "truncated"}});
    const Answer answer = bench.get(path + ".wav");
    EXPECT_EQ(answer.arrival, Arrival::truncated);
    EXPECT_TRUE(answer.response.body.starts_with("RIFF"));
}

TEST(LateRecording, LosesTheFirstWordsAndOnlyThose) {
    Bench bench;
    bench.twiml = "<Pause length=\"60\"/>";
    const std::string sid = bench.place();
    bench.advance(2s);
    bench.post("/Calls/" + sid + "/Recordings.json", {{"RecordingChannels", "dual"}});
    bench.advance(120s);
    const std::string recording = bench.state()["recordings"][0]["recording_sid"];
    const auto heard = heard_in(bench.get("/Recordings/" + recording + ".wav").response.body, 1);
    const std::string first = find_dialogue("he-appointment")->lines[0].text;
    ASSERT_FALSE(heard.utterances.empty());
    EXPECT_LT(heard.utterances[0].text.size(), first.size());
    EXPECT_TRUE(first.ends_with(heard.utterances[0].text));
    EXPECT_EQ(heard.utterances[0].from_ms, 0);
}

} // namespace
} // namespace callctl::sim
