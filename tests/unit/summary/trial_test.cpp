#include "summary/preset.hpp"
#include "summary/trial.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace callctl::summary {
namespace {

using Json = nlohmann::json;
using call::Reason;

const std::string k_answer =
    R"({"language":"en","topic":"Air conditioner","outcome":"","agreed":[],)"
    R"("follow_ups":[],"sentiment":"neutral","customer_name":null})";

base::HttpResponse reply(const std::string& content, const std::string& finish = "stop") {
    const Json body{{"choices", Json::array({{{"message", {{"content", content}}},
                                              {"finish_reason", finish}}})}};
    return {.status = 200, .headers = {{"x-request-id", "req_9"}}, .body = body.dump()};
}

base::HttpResponse refused(const std::string& parameter) {
    const Json body{{"error",
                     {{"message", "Unsupported value: '" + parameter + "'"},
                      {"type", "invalid_request_error"},
                      {"param", parameter},
                      {"code", "unsupported_value"}}}};
    return {.status = 400, .body = body.dump()};
}

Trial first() {
    Server server = *preset("openai");
    server.model = "m";
    return {.server = server, .question = {.instructions = "Summarise.", .data = "{}"}};
}

Trial next(const Trial& trial, const base::HttpResponse& response) {
    const Verdict verdict = judged(trial, response);
    const auto* const made = std::get_if<Trial>(&verdict);
    EXPECT_NE(made, nullptr);
    return made == nullptr ? trial : *made;
}

call::Failure failure(const Trial& trial, const base::HttpResponse& response) {
    const Verdict verdict = judged(trial, response);
    const auto* const failed = std::get_if<call::Failure>(&verdict);
    EXPECT_NE(failed, nullptr);
    return failed == nullptr ? call::Failure{} : *failed;
}

bool answered(const Trial& trial, const base::HttpResponse& response) {
    return std::holds_alternative<Summary>(judged(trial, response));
}

TEST(Judged, TakesAnAnswerThatHolds) {
    const Verdict verdict = judged(first(), reply(k_answer));
    const auto* const summary = std::get_if<Summary>(&verdict);
    ASSERT_NE(summary, nullptr);
    EXPECT_EQ(summary->topic, "Air conditioner");
    EXPECT_EQ(summary->request_id, "req_9");
}

TEST(Judged, RepairsOnceThenSimplifiesByOneStepThenGivesUp) {
    const Trial repaired = next(first(), reply(R"({"topic":7,"card":"4580"})"));
    EXPECT_EQ(repaired.last, Change::repaired);
    EXPECT_EQ(repaired.question.complaint, "`language` is missing");
    EXPECT_EQ(repaired.question.instructions, "Summarise.");
    EXPECT_EQ(repaired.question.data, "{}");
    EXPECT_EQ(repaired.server.answer_form, AnswerForm::json_schema);
    const Trial simplified = next(repaired, reply("no JSON"));
    EXPECT_EQ(simplified.last, Change::simplified);
    EXPECT_EQ(simplified.server.answer_form, AnswerForm::json_object);
    EXPECT_EQ(simplified.question.complaint, "the answer is no JSON object");
    const auto failed = failure(simplified, reply("card 4580"));
    EXPECT_EQ(failed.reason, Reason::bad_reply);
    EXPECT_EQ(failed.detail, "summary: the answer is no JSON object");
    EXPECT_TRUE(answered(repaired, reply(k_answer)));
    EXPECT_TRUE(answered(simplified, reply("```json\n" + k_answer + "\n```")));
}

TEST(Judged, GivesUpAfterTheRepairWhereThereIsNothingSimpler) {
    Trial trial = first();
    trial.server.answer_form = AnswerForm::none;
    EXPECT_EQ(failure(next(trial, reply("?")), reply("?")).reason, Reason::bad_reply);
}

TEST(Judged, EnlargesAnAnswerThatWasCutOffOnce) {
    const Trial enlarged = next(first(), reply(k_answer.substr(0, 30), "length"));
    EXPECT_EQ(enlarged.last, Change::enlarged);
    EXPECT_EQ(enlarged.server.max_tokens, 8000);
    EXPECT_EQ(enlarged.question.complaint, "");
    const auto failed = failure(enlarged, reply("", "length"));
    EXPECT_EQ(failed.reason, Reason::bad_reply);
    EXPECT_EQ(failed.detail, "summary: the answer was cut off at 8000 tokens");
    EXPECT_EQ(next(enlarged, reply("?")).last, Change::repaired);
}

TEST(Judged, EnlargesNoFurtherThanTheContext) {
    Trial trial = first();
    trial.server.context_tokens = 4096;
    trial.server.max_tokens = 1000;
    const int larger = next(trial, reply("", "length")).server.max_tokens;
    EXPECT_GT(larger, 3500);
    EXPECT_LT(larger, 4000);
    trial.question.data.assign(6000, 'x');
    EXPECT_EQ(failure(trial, reply("", "length")).detail,
              "summary: the answer was cut off at 1000 tokens");
}

TEST(Judged, DoesNotEnlargeWhereNoLimitIsSent) {
    Trial trial = first();
    trial.server.max_tokens_field.clear();
    EXPECT_EQ(failure(trial, reply("", "length")).reason, Reason::bad_reply);
}

TEST(Judged, TakesAWholeAnswerThoughItIsSaidToBeCutOff) {
    EXPECT_TRUE(answered(first(), reply(k_answer, "length")));
}

TEST(Judged, LeavesOutWhatTheServerRefusesStepByStep) {
    const Trial object = next(first(), refused("response_format"));
    EXPECT_EQ(object.last, Change::degraded);
    EXPECT_EQ(object.server.answer_form, AnswerForm::json_object);
    const Trial old = next(object, refused("max_completion_tokens"));
    EXPECT_EQ(old.server.max_tokens_field, "max_tokens");
    const Trial none = next(old, refused("response_format"));
    EXPECT_EQ(none.server.answer_form, AnswerForm::none);
    EXPECT_FALSE(none.repaired || none.simplified || none.enlarged);
    EXPECT_EQ(failure(none, refused("response_format")).reason, Reason::provider_config);
}

TEST(Judged, ALimitThatIsTooLargeOnceEnlargedIsNotMistakenForAnUnknownName) {
    const Trial enlarged = next(first(), reply("", "length"));
    const auto failed = failure(enlarged, refused("max_completion_tokens"));
    EXPECT_EQ(failed.reason, Reason::bad_reply);
}

TEST(Judged, RefusalsAndFiltersAreFinal) {
    const Json body{
        {"choices", Json::array({{{"message", {{"refusal", "No."}}}, {"finish_reason", "stop"}}})}};
    EXPECT_EQ(failure(first(), {.status = 200, .body = body.dump()}).reason, Reason::refused);
    EXPECT_EQ(failure(first(), reply("", "content_filter")).reason, Reason::refused);
    const auto too_long = failure(
        first(), {.status = 400,
                  .body = R"({"error":{"message":"too long","code":"context_length_exceeded"}})"});
    EXPECT_EQ(too_long.reason, Reason::too_large);
    EXPECT_EQ(too_long.remedy, call::Remedy::summarise_in_parts);
}

TEST(Judged, AsksOnceForTheRightLanguageAndThenTakesWhatItGets) {
    Trial trial = first();
    trial.question.language = "he";
    const Trial repaired = next(trial, reply(k_answer));
    EXPECT_EQ(repaired.question.complaint, "the texts are not in their language");
    EXPECT_TRUE(answered(repaired, reply(k_answer)));
    Json foreign = Json::parse(k_answer);
    foreign["language"] = "he"; // so it says, and writes English
    EXPECT_EQ(next(first(), reply(foreign.dump())).last, Change::repaired);
    foreign["topic"] = "תיקון מזגן של Tadiran";
    EXPECT_TRUE(answered(first(), reply(foreign.dump())));
    EXPECT_TRUE(answered(trial, reply(foreign.dump())));
}

} // namespace
} // namespace callctl::summary
