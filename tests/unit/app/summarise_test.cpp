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

std::string long_transcript(int turns) {
    std::string text;
    for (int i = 0; i < turns; ++i) {
        text += fmt::format("[{:02}:{:02}] {}: this is turn number {} of a call that goes on\n",
                            i / 60, i % 60, i % 2 == 0 ? "agent" : "caller", i);
    }
    return text;
}

constexpr int k_small_context = 6000;

call::Call call_with(const std::string& transcript) {
    call::Call call{.sid = base::CallSid::parse("CA0123456789abcdef0123456789abcdef").value()};
    call.transcript = transcript;
    return call;
}

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
    EXPECT_TRUE(model.shelf.kept().empty()) << "the artefact is stored right after";
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
    ASSERT_TRUE(model.summarise(k_short));
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

TEST(SummariseJob, DoesNotRememberWhatOneCallMadeItTry) {
    ChatModel model;
    model.http.once("POST", k_route, chat_reply("?"));
    model.http.once("POST", k_route, chat_reply("?"));
    model.http.once("POST", k_route, chat_reply(answer_about("fridge")));
    ASSERT_TRUE(model.summarise(k_short));
    EXPECT_EQ(model.server.known().answer_form, summary::AnswerForm::json_schema);
}

TEST(SummariseInParts, ReadsTheWholeCallPartByPartAndThenTogether) {
    ChatModel model{k_small_context};
    model.http.always("POST", k_route, answer_to);
    const auto artefact = model.summarise(long_transcript(300));
    ASSERT_TRUE(artefact) << artefact.error().detail;
    EXPECT_EQ(Json::parse(artefact->document).at("topic"), "all parts");
    const auto requests = model.http.requests();
    ASSERT_GT(requests.size(), 3U);
    const std::size_t parts = requests.size() - 1;
    std::string heard;
    for (std::size_t i = 0; i < parts; ++i) {
        const Json data = data_of(requests[i]);
        EXPECT_EQ(data.at("part"), i + 1);
        EXPECT_EQ(data.at("of"), parts);
        heard += data.at("transcript").dump();
    }
    for (int turn = 0; turn < 300; ++turn) {
        EXPECT_THAT(heard, HasSubstr(fmt::format("turn number {} of", turn)));
    }
    const Json merged = data_of(requests.back()).at("parts");
    ASSERT_EQ(merged.size(), parts);
    EXPECT_EQ(merged.at(1).at("topic"), "part 2");
    EXPECT_EQ(model.shelf.kept().size(), parts) << "the whole is no piece";
}

TEST(SummariseInParts, APartCarriesItsOwnCostAndTheJobAllThatItPaid) {
    ChatModel model{k_small_context};
    model.price = {.input_million_micros = 200'000, .output_million_micros = 1'200'000};
    model.http.once("POST", k_route, chat_reply("?")); // the first part is asked about twice
    model.http.always("POST", k_route, answer_to);
    ASSERT_TRUE(model.summarise(long_transcript(300)));
    const auto& kept = model.shelf.kept();
    EXPECT_EQ(kept.at(0).cost_micros, 64);
    EXPECT_EQ(kept.at(1).cost_micros, 32); // 100 tokens in at 0.2, 10 out at 1.2 a million
    EXPECT_EQ(model.cost_micros, static_cast<std::int64_t>(32 * model.asked()));
}

TEST(SummariseInParts, AFailedMergeIsDrivenAgainWithoutPayingForTheParts) {
    ChatModel model{k_small_context};
    model.http.always("POST", k_route, [](const base::HttpRequest& request) {
        return data_of(request).contains("parts")
                   ? fakes::ScriptedHttpClient::Answer{chat_error(500, {{"message", "no"}})}
                   : answer_to(request);
    });
    EXPECT_EQ(model.summarise(long_transcript(300)).error().reason, Reason::provider_error);
    const std::size_t first = model.asked();
    fakes::ScriptedHttpClient healthy;
    healthy.always("POST", k_route, answer_to);
    SummariseJob again{healthy, model.server, model.shelf, model.context};
    const call::Call call = call_with(long_transcript(300));
    ASSERT_TRUE(again.run(call));
    EXPECT_GT(first, 3U);
    EXPECT_EQ(healthy.requests().size(), 1U);
    EXPECT_TRUE(data_of(healthy.requests().at(0)).contains("parts"));
    EXPECT_EQ(again.tokens(), (summary::Tokens{100, 10}));
}

// A worker that dies after each piece in turn; the next one goes on where it was.
TEST(SummariseInParts, EachPartIsPaidForOnceWhereverTheWorkerDies) {
    ChatModel whole{k_small_context};
    whole.http.always("POST", k_route, answer_to);
    ASSERT_TRUE(whole.summarise(long_transcript(300)));
    const std::size_t needed = whole.asked();

    ChatModel model{k_small_context};
    std::size_t answered = 0;
    for (std::size_t death = 1; death < needed; ++death) {
        fakes::ScriptedHttpClient dying;
        dying.once("POST", k_route,
                   fakes::ScriptedHttpClient::Answer{chat_reply(answer_about("x"))});
        SummariseJob job{dying, model.server, model.shelf, model.context};
        const call::Call call = call_with(long_transcript(300));
        EXPECT_FALSE(job.run(call)); // one answer, and then the network is gone
        answered += 1 - dying.unused();
        EXPECT_EQ(model.shelf.kept().size(), death);
    }
    model.http.always("POST", k_route, answer_to);
    ASSERT_TRUE(model.summarise(long_transcript(300)));
    EXPECT_EQ(answered + model.asked(), needed);
}

TEST(SummariseInParts, EndsAtOnceWhenTheCallIsLost) {
    ChatModel model{k_small_context};
    model.shelf.limit(1);
    model.http.always("POST", k_route, answer_to);
    EXPECT_EQ(model.summarise(long_transcript(300)).error().reason, Reason::interrupted);
    EXPECT_EQ(model.asked(), 2U);
}

TEST(SummariseInParts, AnAnswerThatCannotBeReadIsAskedForAgain) {
    ChatModel model{k_small_context};
    model.http.always("POST", k_route, answer_to);
    ASSERT_TRUE(model.summarise(long_transcript(300)));
    fakes::MemoryPieceShelf spoilt;
    for (call::Piece piece : model.shelf.kept()) {
        piece.document = "{}";
        ASSERT_TRUE(spoilt.keep(piece));
    }
    fakes::ScriptedHttpClient http;
    http.always("POST", k_route, answer_to);
    SummariseJob job{http, model.server, spoilt, model.context};
    const call::Call call = call_with(long_transcript(300));
    EXPECT_TRUE(job.run(call));
    EXPECT_EQ(http.requests().size(), model.asked());
}

TEST(SummariseInParts, AServerThatTurnsOutSmallerIsAskedInParts) {
    ChatModel model; // thinks that it has 100k
    model.http.always("POST", k_route, [](const base::HttpRequest& request) {
        return data_of(request).contains("transcript") && !data_of(request).contains("part")
                   ? fakes::ScriptedHttpClient::Answer{chat_error(
                         400, {{"message", "This model's maximum context length is 6000 tokens. "
                                           "However, your messages resulted in 9000 tokens."},
                               {"code", "context_length_exceeded"}})}
                   : answer_to(request);
    });
    const auto artefact = model.summarise(long_transcript(300));
    ASSERT_TRUE(artefact) << artefact.error().detail;
    EXPECT_EQ(Json::parse(artefact->document).at("topic"), "all parts");
    for (const base::HttpRequest& request : model.http.requests()) {
        if (data_of(request).contains("part")) {
            EXPECT_LT(std::get<std::string>(request.body).size(), 12'000U);
        }
    }
}

TEST(SummariseInParts, ABodyThatIsTooLargeIsSentInParts) {
    ChatModel model;
    model.http.once("POST", k_route, fakes::http_response(413, "<html>too large</html>"));
    model.http.always("POST", k_route, answer_to);
    const auto artefact = model.summarise(long_transcript(300));
    ASSERT_TRUE(artefact) << artefact.error().detail;
    EXPECT_EQ(Json::parse(artefact->document).at("topic"), "all parts");
}

TEST(SummariseInParts, IsTriedOnce) {
    ChatModel model;
    model.http.always("POST", k_route,
                      chat_error(429, {{"message", "Request too large for m: Limit 30000"},
                                       {"code", "rate_limit_exceeded"}}));
    EXPECT_EQ(model.summarise(long_transcript(300)).error().reason, Reason::too_large);
    EXPECT_EQ(model.asked(), 2U); // the whole, and the first part
    EXPECT_TRUE(data_of(model.http.requests().back()).contains("part"));
}

TEST(SummariseInParts, SummariesOfPartsThatAreTooManyAreSummarisedInTheirTurn) {
    ChatModel model{4500};
    model.http.always("POST", k_route, [](const base::HttpRequest& request) {
        const Json data = data_of(request);
        const std::string topic = data.contains("parts") ? "all" : data.at("part").dump();
        return fakes::ScriptedHttpClient::Answer{
            chat_reply(answer_about(topic + std::string(180, 'x')))};
    });
    const auto artefact = model.summarise(long_transcript(2000));
    ASSERT_TRUE(artefact) << artefact.error().detail;
    std::size_t merged_parts = 0;
    for (const base::HttpRequest& request : model.http.requests()) {
        const Json data = data_of(request);
        const bool second_level = data.contains("part") &&
                                  data.at("transcript").at(0).get<std::string>().starts_with("{");
        merged_parts += second_level ? 1U : 0U;
    }
    EXPECT_GT(merged_parts, 1U);
    EXPECT_EQ(model.shelf.kept().size() + 1, model.asked());
}

TEST(SummariseInParts, PartsThatDoNotGetShorterEndInAReason) {
    ChatModel model{4500};
    Json wordy = Json::parse(answer_about(std::string(180, 'x')));
    for (int i = 0; i < 20; ++i) {
        wordy["agreed"].push_back(std::string(290, 'y'));
        wordy["follow_ups"].push_back(std::string(290, 'z'));
    }
    model.http.always("POST", k_route, chat_reply(wordy.dump()));
    const auto artefact = model.summarise(long_transcript(300));
    ASSERT_FALSE(artefact);
    EXPECT_EQ(artefact.error().reason, Reason::too_large);
    EXPECT_LT(model.asked(), 20U);
}

TEST(SummariseInParts, AContextWithoutRoomIsAReason) {
    ChatModel model{2500};
    const auto artefact = model.summarise(k_short);
    ASSERT_FALSE(artefact);
    EXPECT_EQ(artefact.error().reason, Reason::too_large);
    EXPECT_THAT(artefact.error().detail, HasSubstr("a context of 2500 tokens"));
    EXPECT_EQ(model.asked(), 0U);
}

} // namespace
} // namespace callctl::app
