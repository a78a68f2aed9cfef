// What AI servers do wrong: in the words they say, in the text they hear, on the line.
#include "sim/posted_form.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

Answer transcribed(Bench& bench, FormParts more = {}) {
    more.push_back(field("model", "whisper-1"));
    more.push_back(field("response_format", "verbose_json"));
    more.push_back(file_part(wav_of("he-appointment", Track::caller)));
    return post_form(bench, "/v1/audio/transcriptions", more);
}

void transcription_fault(Bench& bench, const char* kind, const Json& more = Json::object()) {
    Json fault{{"where", "transcription"}, {"kind", kind}};
    fault.update(more);
    bench.fault(fault);
}

TEST(AiFault, InventsASentenceItIsNotSureOf) {
    Bench bench;
    transcription_fault(bench, "hallucination");
    const Json segments = json_of(transcribed(bench, {field("language", "he")}))["segments"];
    ASSERT_EQ(segments.size(), 4U);
    EXPECT_GT(segments[3]["no_speech_prob"], 0.6);
    EXPECT_LT(segments[3]["avg_logprob"], -1.0);
    EXPECT_EQ(segments[3]["text"], " תודה רבה על הצפייה");
}

TEST(AiFault, RepeatsTheLastSentence) {
    Bench bench;
    transcription_fault(bench, "repetition");
    const Json segments = json_of(transcribed(bench))["segments"];
    const std::string last = find_dialogue("he-appointment")->lines.back().text;
    EXPECT_GT(segments.back()["compression_ratio"], 2.4);
    EXPECT_NE(segments.back()["text"].get<std::string>().find(last + " " + last),
              std::string::npos);
}

TEST(AiFault, EchoesThePrompt) {
    Bench bench;
    transcription_fault(bench, "prompt_echo");
    const Json body = json_of(transcribed(bench, {field("prompt", "Clinic of Doctor Levi")}));
    EXPECT_EQ(body["text"], "Clinic of Doctor Levi");
}

TEST(AiFault, AddsSignsThatChangeNothing) {
    Bench bench;
    const std::string plain = json_of(transcribed(bench))["text"];
    transcription_fault(bench, "signs");
    std::string text = json_of(transcribed(bench))["text"];
    EXPECT_NE(text.find("\u05b8"), std::string::npos);
    for (const std::string sign : {"\u202b", "\u202c", "\u200f", "\u05b8"}) {
        for (auto at = text.find(sign); at != std::string::npos; at = text.find(sign)) {
            text.erase(at, sign.size());
        }
    }
    EXPECT_EQ(text, plain);
}

TEST(AiFault, BreaksTheLineInTheMiddleOfAPaidAnswer) {
    for (const auto& [kind, arrival] :
         {std::pair{"truncated", Arrival::truncated}, std::pair{"cut", Arrival::cut}}) {
        Bench bench;
        transcription_fault(bench, kind);
        const Answer answer = transcribed(bench);
        EXPECT_EQ(answer.arrival, arrival);
        EXPECT_FALSE(answer.response.body.empty());
        EXPECT_EQ(json_of(bench.control("GET", "/bills")).size(), 1U);
    }
}

/// How a limit of rate is told of.
struct Wait {
    const char* name;
    Json fault;
    const char* header;
    const char* value;
};

class RateLimit : public testing::TestWithParam<Wait> {};

TEST_P(RateLimit, SaysHowLongToWaitInManyWays) {
    Bench bench;
    Json fault{{"status", 429}};
    fault.update(GetParam().fault);
    transcription_fault(bench, "status", fault);
    const Answer answer = transcribed(bench);
    EXPECT_EQ(answer.response.status, 429);
    EXPECT_EQ(base::find_header(answer.response.headers, GetParam().header), GetParam().value);
    EXPECT_NE(answer.response.body.find("Please try again in 1.146s"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, RateLimit,
                         testing::Values(Wait{"Never", Json::object(), "Retry-After", ""},
                                         Wait{
                                             "Seconds", {{"retry_after", "7"}}, "Retry-After", "7"},
                                         Wait{"Date",
                                              {{"retry_after", "Sun, 20 Sep 2026 08:54:00 GMT"}},
                                              "Retry-After",
                                              "Sun, 20 Sep 2026 08:54:00 GMT"},
                                         Wait{"Milliseconds",
                                              {{"headers", {{"retry-after-ms", "1146"}}}},
                                              "retry-after-ms",
                                              "1146"}),
                         [](const auto& row) { return row.param.name; });

TEST(AiFault, MayForbidToTryAgain) {
    Bench bench;
    transcription_fault(bench, "status",
                        {{"status", 500}, {"headers", {{"x-should-retry", "false"}}}});
    const Answer answer = transcribed(bench);
    EXPECT_EQ(answer.response.status, 500);
    EXPECT_EQ(base::find_header(answer.response.headers, "x-should-retry"), "false");
}

class QuotaCode : public testing::TestWithParam<const char*> {};

TEST_P(QuotaCode, IsA429ThatWaitingDoesNotHelp) {
    Bench bench;
    transcription_fault(bench, "status", {{"code", GetParam()}});
    const Answer answer = transcribed(bench);
    EXPECT_EQ(answer.response.status, 429);
    EXPECT_EQ(json_of(answer)["error"]["type"], "insufficient_quota");
    EXPECT_EQ(json_of(answer)["error"]["code"], GetParam());
}

INSTANTIATE_TEST_SUITE_P(All, QuotaCode,
                         testing::Values("insufficient_quota", "credit_balance_exhausted",
                                         "organization_spend_limit_exceeded",
                                         "project_spend_limit_exceeded",
                                         "organization_usage_limit_exceeded"));

TEST(AiFault, IsTooLargeForAMinute) {
    Bench bench;
    transcription_fault(bench, "status", {{"code", "request_too_large"}});
    const Json error = json_of(transcribed(bench))["error"];
    EXPECT_EQ(error["code"], "rate_limit_exceeded");
    EXPECT_TRUE(error["message"].get<std::string>().starts_with("Request too large"));
}

TEST(AiFault, IsAPageOfSomeProxyOrNothingAtAll) {
    Bench bench;
    transcription_fault(bench, "html", {{"times", 1}});
    const Answer page = transcribed(bench);
    EXPECT_EQ(page.response.status, 502);
    EXPECT_EQ(page.response.content_type, "text/html");
    transcription_fault(bench, "empty", {{"status", 520}});
    const Answer nothing = transcribed(bench);
    EXPECT_EQ(nothing.response.status, 520);
    EXPECT_EQ(nothing.response.body, "");
}

TEST(AiFault, StrikesOneServerByItsPath) {
    Bench bench;
    transcription_fault(bench, "status", {{"status", 500}, {"match", "/groq/"}});
    EXPECT_EQ(transcribed(bench).response.status, 200);
    const Answer answer = post_form(
        bench, "/groq/openai/v1/audio/transcriptions",
        {field("model", "whisper-large-v3"), file_part(wav_of("he-appointment", Track::caller))});
    EXPECT_EQ(answer.response.status, 500);
}

TEST(ChatFault, LeavesTheContentOut) {
    Bench bench;
    bench.fault({{"where", "summary"}, {"kind", "blank"}});
    const Answer answer = bench.request(
        "POST", "/v1/chat/completions", {{"Authorization", std::string{"Bearer "} + k_ai_key}},
        Json{{"model", "gpt-6-luna"}, {"messages", {{{"role", "user"}, {"content", "x"}}}}}.dump());
    const Json choice = json_of(answer)["choices"][0];
    EXPECT_EQ(choice["finish_reason"], "stop");
    EXPECT_TRUE(choice["message"]["content"].is_null());
}

} // namespace
} // namespace callctl::sim
