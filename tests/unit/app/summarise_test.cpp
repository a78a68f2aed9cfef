#include "unit/app/chat_model.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::app {
namespace {

using call::Reason;
using testing::HasSubstr;
using testing::Not;

const std::string k_short = "[00:00] agent: Hello?\n[00:02] caller: My fridge is warm.";

TEST(SummariseJob, AsksOnceAboutAnOrdinaryCall) {
    ChatModel model;
    model.http.always("POST", k_route, answer_to);
    const auto artefact = model.summarise(k_short);
    ASSERT_TRUE(artefact) << artefact.error().detail;
    EXPECT_EQ(artefact->stage, call::Stage::summary);
    EXPECT_EQ(artefact->text, "Topic: whole\nSentiment: neutral");
    EXPECT_EQ(Json::parse(artefact->document).at("topic"), "whole");
    EXPECT_EQ(artefact->provider_host, "api.openai.com");
    EXPECT_EQ(artefact->model, "some-model");
    EXPECT_EQ(artefact->language, "en");
    EXPECT_EQ(model.asked(), 1U);
    EXPECT_EQ(model.tokens, (summary::Tokens{100, 10}));
}

// The worker dies, or call_log refuses the text, before the artefact is stored.
TEST(SummariseJob, IsPaidForOnceWhateverBecomesOfItsAnswer) {
    ChatModel model;
    model.http.once("POST", k_route, chat_reply(answer_about("a call about thinking")));
    const auto first = model.summarise("[00:00] caller: Hello?");
    ASSERT_TRUE(first) << first.error().detail;
    ASSERT_EQ(model.shelf.kept().size(), 1U);
    const auto again = model.summarise("[00:00] caller: Hello?");
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(again->text, first->text);
    EXPECT_EQ(again->document, first->document);
    EXPECT_EQ(model.asked(), 1U);
}

TEST(SummariseJob, AsksNobodyAboutSilence) {
    ChatModel model;
    EXPECT_EQ(model.summarise("").error().reason, Reason::no_speech);
    EXPECT_EQ(model.summarise(" \n\t\n").error().reason, Reason::no_speech);
    EXPECT_EQ(model.asked(), 0U);
}

TEST(SummariseJob, AsksNobodyWhereOnlyTheAgentSpoke) {
    ChatModel model;
    const auto artefact = model.summarise("[00:00] agent: Hello?\n[00:09] agent: Goodbye.");
    ASSERT_TRUE(artefact);
    EXPECT_THAT(artefact->text, HasSubstr("nobody spoke on the other"));
    EXPECT_EQ(artefact->model, "");
    EXPECT_EQ(model.asked(), 0U);
}

TEST(SummariseJob, SummarisesAMessageThatACallerLeft) {
    ChatModel model;
    model.http.always("POST", k_route, answer_to);
    EXPECT_TRUE(model.summarise("[00:00] caller: Please call me back."));
    EXPECT_EQ(model.asked(), 1U);
}

TEST(SummariseJob, TakesTheRealtimeTranscriptWhereThereIsNoOther) {
    ChatModel model;
    model.http.always("POST", k_route, answer_to);
    call::Call call = call_with("");
    call.live_transcript = "caller: My fridge is warm.";
    EXPECT_TRUE(model.summarise(call));
    EXPECT_EQ(data_of(model.http.requests().at(0)).at("transcript").at(0),
              "caller: My fridge is warm.");
}

TEST(SummariseJob, TellsTheBusinessOfTheCallBeforeTheConfiguredOne) {
    ChatModel model;
    model.context = {.business_name = "Head office", .business_type = "holding"};
    model.http.always("POST", k_route, answer_to);
    call::Call call = call_with(k_short);
    call.facts.direction = call::Direction::inbound;
    call.business_name = "Dana's garage";
    EXPECT_TRUE(model.summarise(call));
    const std::string instructions = instructions_of(model.http.requests().at(0));
    EXPECT_THAT(instructions,
                HasSubstr(R"({"business_name":"Dana's garage",)"
                          R"("business_type":"holding","call_direction":"inbound"})"));
}

TEST(SummariseJob, WritesInTheConfiguredLanguage) {
    ChatModel model;
    model.context.language = "he";
    model.http.always("POST", k_route, chat_reply(answer_about("מקרר")));
    const auto artefact = model.summarise(k_short);
    ASSERT_TRUE(artefact);
    EXPECT_EQ(artefact->text, "נושא: מקרר\nאווירה: ניטרלית");
    EXPECT_EQ(artefact->language, "he");
    EXPECT_EQ(Json::parse(artefact->document).at("language"), "en") << "of the call";
}

TEST(SummariseJob, RepairsWithAComplaintThatQuotesNothing) {
    ChatModel model;
    model.http.once("POST", k_route, chat_reply(R"({"topic":"the fridge is warm"})"));
    model.http.once("POST", k_route, chat_reply(answer_about("fridge")));
    ASSERT_TRUE(model.summarise(k_short));
    ASSERT_EQ(model.asked(), 2U);
    const auto requests = model.http.requests();
    EXPECT_THAT(instructions_of(requests[1]), HasSubstr("`language` is missing"));
    EXPECT_THAT(instructions_of(requests[1]), Not(HasSubstr("fridge")));
    EXPECT_EQ(data_of(requests[1]), data_of(requests[0]));
    EXPECT_EQ(body_of(requests[1]).at("messages").size(), 2U);
    EXPECT_EQ(model.tokens, (summary::Tokens{200, 20})) << "both are paid for";
}

TEST(SummariseJob, GivesUpWithAReasonAndKeepsCountOfWhatItPaid) {
    ChatModel model;
    model.http.always("POST", k_route, chat_reply("I would rather not."));
    const auto artefact = model.summarise(k_short);
    ASSERT_FALSE(artefact);
    EXPECT_EQ(artefact.error().reason, Reason::bad_reply);
    EXPECT_EQ(model.asked(), 3U); // asked, repaired, in a simpler form
    EXPECT_EQ(model.tokens, (summary::Tokens{300, 30}));
}

TEST(SummariseJob, HandsOnWhatTheServerAndTheNetworkSay) {
    ChatModel model;
    model.http.once("POST", k_route,
                    chat_error(429, {{"message", "slow down"}, {"code", "rate_limit_exceeded"}}));
    EXPECT_EQ(model.summarise(k_short).error().reason, Reason::rate_limited);
    EXPECT_EQ(model.summarise(k_short).error().reason, Reason::unreachable);
    EXPECT_EQ(model.asked(), 2U);
}

TEST(SummariseJob, RemembersWhatTheServerRefusesAndLogsItOnce) {
    ChatModel model;
    model.http.always("POST", k_route, [](const base::HttpRequest& request) {
        const Json body = body_of(request);
        if (body.contains("max_completion_tokens")) {
            return fakes::ScriptedHttpClient::Answer{
                chat_error(400, {{"message", "Unsupported parameter"},
                                 {"param", "max_completion_tokens"},
                                 {"code", "unsupported_parameter"}})};
        }
        if (body.at("response_format").at("type") == "json_schema") {
            return fakes::ScriptedHttpClient::Answer{
                chat_error(400, {{"message", "Unsupported value"},
                                 {"param", "response_format"},
                                 {"code", "unsupported_value"}})};
        }
        return answer_to(request);
    });
    ASSERT_TRUE(model.summarise(k_short));
    EXPECT_EQ(model.asked(), 3U);
    EXPECT_EQ(model.tokens, (summary::Tokens{100, 10}));
    ASSERT_TRUE(model.summarise(k_short + " And loud."));
    EXPECT_EQ(model.asked(), 4U);
    const Json body = body_of(model.http.requests().back());
    EXPECT_EQ(body.at("max_tokens"), 2000);
    EXPECT_EQ(body.at("response_format").at("type"), "json_object");
    const std::string log = model.log.text();
    EXPECT_THAT(log, HasSubstr("degraded provider=summary host=api.openai.com "
                               "response_format=json_object max_tokens_field=max_tokens"));
    EXPECT_EQ(log.find("degraded"), log.rfind("degraded"));
}

TEST(SummariseJob, LeavesOutTheTemperatureAndTheEffortThatAreRefused) {
    summary::Server server = ChatModel::with_context(100'000);
    server.temperature = 0.0;
    server.reasoning_effort = "low";
    ChatModel model;
    SummaryServer picky{server, model.log.logger};
    for (const char* const parameter : {"temperature", "reasoning_effort"}) {
        model.http.once("POST", k_route,
                        chat_error(400, {{"message", fmt::format("Unsupported: '{}'", parameter)},
                                         {"type", "invalid_request_error"},
                                         {"param", parameter},
                                         {"code", "unsupported_value"}}));
    }
    model.http.once("POST", k_route, chat_reply(answer_about("fridge")));
    SummariseJob job{model.http, picky, model.shelf, {}};
    const call::Call call = call_with(k_short);
    ASSERT_TRUE(job.run(call));
    EXPECT_FALSE(picky.known().temperature);
    EXPECT_EQ(picky.known().reasoning_effort, "");
    EXPECT_EQ(picky.known().answer_form, summary::AnswerForm::json_schema);
}

TEST(SummariseJob, ForgetsARefusalThatDidNotHelp) {
    ChatModel model;
    model.http.once("POST", k_route,
                    chat_error(400, {{"message", "no"}, {"param", "response_format"}}));
    model.http.once("POST", k_route, chat_error(500, {{"message", "no"}}));
    EXPECT_EQ(model.summarise(k_short).error().reason, Reason::provider_error);
    EXPECT_EQ(model.server.known().answer_form, summary::AnswerForm::json_schema);
    EXPECT_EQ(model.log.text(), "");
}

// As OpenRouter has it.
TEST(SummariseJob, LearnsNothingFromAnErrorUnder200) {
    ChatModel model;
    model.http.once("POST", k_route,
                    chat_error(400, {{"message", "no"}, {"param", "response_format"}}));
    model.http.once("POST", k_route, chat_error(200, {{"message", "no"}, {"code", 502}}));
    EXPECT_FALSE(model.summarise(k_short));
    EXPECT_EQ(model.server.known().answer_form, summary::AnswerForm::json_schema);
}

TEST(SummariseJob, DoesNotRememberWhatOneCallMadeItTry) {
    ChatModel model;
    model.http.once("POST", k_route, chat_reply("?"));
    model.http.once("POST", k_route, chat_reply("?"));
    model.http.once("POST", k_route, chat_reply(answer_about("fridge")));
    ASSERT_TRUE(model.summarise(k_short));
    EXPECT_EQ(model.server.known().answer_form, summary::AnswerForm::json_schema);
}

} // namespace
} // namespace callctl::app
