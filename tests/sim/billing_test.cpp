#include "sim/digest.hpp"
#include "sim/posted_form.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

using namespace std::chrono_literals;

FormParts posted(const std::string& file, const char* model = "gpt-transcribe") {
    return {field("model", model), file_part(file)};
}

constexpr const char* k_transcriptions = "/v1/audio/transcriptions";

TEST(Billing, ListsEachPieceThatWasPaidFor) {
    Bench bench;
    const std::string first = wav_of("he-appointment", Track::caller, 12'000);
    const std::string second = wav_of("en-appointment", Track::agent, 8000);
    const Answer answer = post_form(bench, k_transcriptions, posted(first));
    (void)post_form(bench, k_transcriptions, posted(second, "whisper-1"));
    const Json bills = json_of(bench.control("GET", "/bills"));
    ASSERT_EQ(bills.size(), 2U);
    EXPECT_EQ(bills[0]["what"], "transcription");
    EXPECT_EQ(bills[0]["server"], "openai");
    EXPECT_EQ(bills[0]["model"], "gpt-transcribe");
    EXPECT_EQ(bills[0]["sha256"], hex_sha256(first));
    EXPECT_EQ(bills[0]["audio_ms"], 1500);
    EXPECT_EQ(bills[0]["seconds"], 2);
    EXPECT_EQ(bills[0]["request_id"],
              std::string{base::find_header(answer.response.headers, "x-request-id")});
    EXPECT_EQ(bills[1]["sha256"], hex_sha256(second));
    EXPECT_EQ(bills[1]["seconds"], 1);
}

TEST(Billing, ShowsWhatIsPaidTwice) {
    Bench bench;
    const std::string piece = wav_of("he-appointment", Track::caller, 12'000);
    bench.fault({{"where", "transcription"}, {"kind", "cut"}, {"times", 1}});
    EXPECT_EQ(post_form(bench, k_transcriptions, posted(piece)).arrival, Arrival::cut);
    (void)post_form(bench, k_transcriptions, posted(piece));
    const Json bills = json_of(bench.control("GET", "/bills"));
    ASSERT_EQ(bills.size(), 2U);
    EXPECT_EQ(bills[0]["sha256"], bills[1]["sha256"]);
}

TEST(Billing, IsNotForWhatIsRefused) {
    Bench bench;
    bench.fault({{"where", "transcription"}, {"kind", "status"}, {"status", 500}, {"times", 1}});
    const std::string piece = wav_of("he-appointment", Track::caller);
    (void)post_form(bench, k_transcriptions, posted(piece));
    (void)post_form(bench, k_transcriptions, posted(piece, "no-such-model"));
    EXPECT_TRUE(json_of(bench.control("GET", "/bills")).empty());
}

TEST(Billing, IsListedCallByCall) {
    Bench bench;
    std::vector<std::string> sids;
    for (int i = 0; i < 2; ++i) {
        sids.push_back(bench.place({{"duration_ms", 5000}}));
        bench.advance(30s);
        const std::string recording = bench.state()["recordings"].back()["recording_sid"];
        (void)post_form(
            bench, k_transcriptions,
            posted(
                bench.get("/Recordings/" + recording + ".wav?RequestedChannels=1").response.body));
    }
    const Json bills = json_of(bench.control("GET", "/bills?call_sid=" + sids[1]));
    ASSERT_EQ(bills.size(), 1U);
    EXPECT_EQ(bills[0]["call_sid"], sids[1]);
}

TEST(Billing, CountsTheTokensOfASummary) {
    Bench bench;
    const std::string body =
        Json{{"model", "gpt-6-luna"}, {"messages", {{{"role", "user"}, {"content", "Sum it up"}}}}}
            .dump();
    const Json completion =
        json_of(bench.request("POST", "/v1/chat/completions",
                              {{"Authorization", std::string{"Bearer "} + k_ai_key}}, body));
    const Json bills = json_of(bench.control("GET", "/bills"));
    ASSERT_EQ(bills.size(), 1U);
    EXPECT_EQ(bills[0]["what"], "summary");
    EXPECT_EQ(bills[0]["sha256"], hex_sha256(body));
    EXPECT_EQ(bills[0]["input_tokens"], completion["usage"]["prompt_tokens"]);
    EXPECT_EQ(bills[0]["output_tokens"], completion["usage"]["completion_tokens"]);
}

TEST(Billing, IsForgottenWithTheRest) {
    Bench bench;
    (void)post_form(bench, k_transcriptions, posted(wav_of("he-appointment", Track::caller)));
    bench.control("POST", "/reset");
    EXPECT_TRUE(json_of(bench.control("GET", "/bills")).empty());
}

TEST(PostedAudioFile, MayBeFlac) {
    Bench bench;
    const Performance& made = tone_library().performance("he-complaint");
    const std::string flac = flac_of(made.render(Track::agent, 0, made.length()));
    const Answer answer = post_form(bench, k_transcriptions,
                                    {field("model", "gpt-transcribe"), file_part(flac, "a.flac")});
    EXPECT_EQ(json_of(answer)["text"], expected_text("he-complaint", Voice::agent));
    const Answer cut =
        post_form(bench, k_transcriptions,
                  {field("model", "gpt-transcribe"), file_part(flac.substr(0, 20), "a.flac")});
    EXPECT_EQ(cut.response.status, 400);
}

} // namespace
} // namespace callctl::sim
