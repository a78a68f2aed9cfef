#include "sim/digest.hpp"
#include "sim/posted_form.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

using namespace std::chrono_literals;

const std::string k_listen =
    "/deepgram/v1/listen?model=nova-3&language=he&multichannel=true&utterances=true&punctuate=true";

Answer listen(Bench& bench, const std::string& audio, const std::string& target = k_listen,
              const std::string& key = k_ai_key) {
    return bench.request("POST", target,
                         {{"Authorization", "Token " + key}, {"Content-Type", "audio/wav"}}, audio);
}

std::string recorded_file(Bench& bench) {
    bench.place();
    bench.advance(120s);
    const std::string sid = bench.state()["recordings"].back()["recording_sid"];
    return bench.get("/Recordings/" + sid + ".wav").response.body;
}

TEST(Deepgram, TellsTheChannelsOfAWholeRecordingApart) {
    Bench bench;
    const std::string file = recorded_file(bench);
    const Answer answer = listen(bench, file);
    ASSERT_EQ(answer.response.status, 200) << answer.response.body;
    const Json body = json_of(answer);
    EXPECT_EQ(body["metadata"]["sha256"], hex_sha256(file));
    EXPECT_EQ(body["metadata"]["channels"], 2);
    EXPECT_EQ(body["metadata"]["request_id"],
              std::string{base::find_header(answer.response.headers, "dg-request-id")});
    const auto& spoken = tone_library().performance("he-appointment").spoken();
    const Json& utterances = body["results"]["utterances"];
    ASSERT_EQ(utterances.size(), spoken.size());
    for (std::size_t i = 0; i < spoken.size(); ++i) {
        EXPECT_EQ(utterances[i]["transcript"], spoken[i].line->text);
        EXPECT_EQ(utterances[i]["channel"], spoken[i].line->voice == Voice::caller ? 0 : 1);
        EXPECT_NEAR(utterances[i]["start"].get<double>(),
                    static_cast<double>(spoken[i].from) / 8000.0, 0.01);
    }
    EXPECT_EQ(body["results"]["channels"][0]["alternatives"][0]["transcript"],
              expected_text("he-appointment", Voice::caller));
    EXPECT_TRUE(utterances[0]["words"][0].contains("punctuated_word"));
    const Json bill = json_of(bench.control("GET", "/bills"))[0];
    EXPECT_EQ(bill["server"], "deepgram");
    EXPECT_EQ(bill["model"], "nova-3");
    EXPECT_EQ(bill["call_sid"], bench.state()["calls"][0]["call_sid"]);
}

TEST(Deepgram, DoesOnlyWhatTheQueryAsksFor) {
    Bench bench;
    const Json body = json_of(
        listen(bench, recorded_file(bench), "/deepgram/v1/listen?model=nova-3&language=he"));
    EXPECT_EQ(body["results"]["channels"].size(), 1U);
    EXPECT_FALSE(body["results"].contains("utterances"));
}

TEST(Deepgram, RefusesInItsOwnWords) {
    Bench bench;
    const std::string file = recorded_file(bench);
    const Answer key = listen(bench, file, k_listen, "wrong");
    EXPECT_EQ(key.response.status, 401);
    EXPECT_EQ(json_of(key)["err_code"], "INVALID_AUTH");
    const Answer corrupt = listen(bench, "<xml/>");
    EXPECT_EQ(corrupt.response.status, 400);
    EXPECT_EQ(json_of(corrupt)["err_msg"],
              "Bad Request: failed to process audio: corrupt or unsupported data");
    const Answer model = listen(bench, file, "/deepgram/v1/listen?language=he");
    EXPECT_EQ(model.response.status, 400);
    EXPECT_EQ(json_of(model)["err_msg"],
              "Bad Request: No such model/language/tier combination found.");
    bench.fault({{"where", "transcription"}, {"kind", "status"}, {"status", 402}, {"times", 1}});
    const Answer money = listen(bench, file);
    EXPECT_EQ(money.response.status, 402);
    EXPECT_EQ(json_of(money)["err_code"], "ASR_PAYMENT_REQUIRED");
    EXPECT_TRUE(json_of(bench.control("GET", "/bills")).empty());
}

} // namespace
} // namespace callctl::sim
