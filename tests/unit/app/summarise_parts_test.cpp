// Calls that are longer than what a model reads at once.
#include "unit/app/chat_model.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace callctl::app {
namespace {

using call::Reason;
using testing::HasSubstr;

std::string long_transcript(int turns) {
    std::string text;
    for (int i = 0; i < turns; ++i) {
        text += fmt::format("[{:02}:{:02}] {}: this is turn number {} of a call that goes on\n",
                            i / 60, i % 60, i % 2 == 0 ? "agent" : "caller", i);
    }
    return text;
}

constexpr int k_small_context = 6000;

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
    EXPECT_EQ(model.shelf.kept().size(), parts + 1) << "and the whole";
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

TEST(SummariseInParts, AnAnswerThatCannotBeReadIsAskedForAgainOnce) {
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
    EXPECT_TRUE(job.run(call));
    EXPECT_EQ(http.requests().size(), model.asked()) << "all are kept now";
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

TEST(SummariseInParts, IsTriedInEverSmallerPartsAFewTimes) {
    ChatModel model;
    model.http.always("POST", k_route,
                      chat_error(429, {{"message", "Request too large for m: Limit 30000"},
                                       {"code", "rate_limit_exceeded"}}));
    EXPECT_EQ(model.summarise(long_transcript(300)).error().reason, Reason::too_large);
    ASSERT_EQ(model.asked(), 5U); // the whole, and four times the first part
    for (std::size_t i = 1; i < 5; ++i) {
        EXPECT_TRUE(data_of(model.http.requests().at(i)).contains("part"));
        EXPECT_LT(std::get<std::string>(model.http.requests().at(i).body).size(),
                  std::get<std::string>(model.http.requests().at(i - 1).body).size());
    }
}

// A model whose tokens are shorter than we estimate, or a limit of tokens a minute.
TEST(SummariseInParts, APartThatIsStillTooMuchIsCutAgain) {
    ChatModel model;
    model.http.always("POST", k_route, [](const base::HttpRequest& request) {
        return std::get<std::string>(request.body).size() > 8'000
                   ? fakes::ScriptedHttpClient::Answer{chat_error(
                         429,
                         {{"message", "Request too large for m"}, {"code", "rate_limit_exceeded"}})}
                   : answer_to(request);
    });
    const auto artefact = model.summarise(long_transcript(300));
    ASSERT_TRUE(artefact) << artefact.error().detail;
    EXPECT_EQ(Json::parse(artefact->document).at("topic"), "all parts");
}

// What the server has turned out to take is forgotten with the process.
TEST(SummariseInParts, IsCutAlikeWhateverFormTheServerTakes) {
    ChatModel strict{k_small_context};
    strict.http.always("POST", k_route, answer_to);
    ASSERT_TRUE(strict.summarise(long_transcript(300)));
    ChatModel plain{k_small_context};
    summary::Server taught = plain.server.configured();
    taught.answer_form = summary::AnswerForm::none;
    plain.server.learn(taught);
    plain.http.always("POST", k_route, answer_to);
    ASSERT_TRUE(plain.summarise(long_transcript(300)));
    ASSERT_EQ(plain.shelf.kept().size(), strict.shelf.kept().size());
    for (std::size_t i = 0; i < strict.shelf.kept().size(); ++i) {
        EXPECT_EQ(plain.shelf.kept()[i].key, strict.shelf.kept()[i].key);
    }
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
    EXPECT_EQ(model.shelf.kept().size(), model.asked());
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
    const auto artefact = model.summarise(long_transcript(2));
    ASSERT_FALSE(artefact);
    EXPECT_EQ(artefact.error().reason, Reason::too_large);
    EXPECT_THAT(artefact.error().detail, HasSubstr("a context of 2500 tokens"));
    EXPECT_EQ(model.asked(), 0U);
}

} // namespace
} // namespace callctl::app
