#include "summary/schema.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

namespace callctl::summary {
namespace {

using Json = nlohmann::json;

Json good() {
    return Json::parse(R"({"language":"he","topic":"תיקון מזגן","outcome":"נקבע ביקור",
        "agreed":["ביקור ביום ראשון"],"follow_ups":["הטכנאי יתקשר"],"sentiment":"positive",
        "customer_name":"דנה"})");
}

std::string problem(const Json& answer) {
    const auto summary = checked(answer.dump());
    return summary ? "fine" : summary.error();
}

// The answer with one member changed.
Json with(const char* key, const Json& value) {
    Json answer = good();
    answer[key] = value;
    return answer;
}

TEST(Schema, IsWithinTheStrictSubset) {
    const Json whole = Json::parse(schema());
    EXPECT_EQ(whole.at("type"), "object");
    EXPECT_EQ(whole.at("additionalProperties"), false);
    EXPECT_EQ(whole.at("required").size(), whole.at("properties").size());
    for (const Json& key : whole.at("required")) {
        EXPECT_TRUE(whole.at("properties").contains(key.get<std::string>()));
    }
    EXPECT_EQ(whole.at("properties").at("topic"), Json::parse(R"({"type":"string"})"));
    EXPECT_EQ(whole.at("properties").at("agreed"),
              Json::parse(R"({"type":"array","items":{"type":"string"}})"));
    EXPECT_EQ(
        whole.at("properties").at("sentiment"),
        Json::parse(
            R"({"type":"string","enum":["positive","neutral","negative","mixed","unknown"]})"));
    EXPECT_EQ(whole.at("properties").at("customer_name"),
              Json::parse(R"({"type":["string","null"]})"));
}

TEST(Schema, IsWhatTheCheckTakes) {
    const Json properties = Json::parse(schema()).at("properties");
    EXPECT_EQ(properties.size(), good().size());
    for (const auto& property : properties.items()) {
        EXPECT_TRUE(good().contains(property.key())) << property.key();
    }
    EXPECT_EQ(problem(good()), "fine");
}

TEST(Checked, ReadsEveryMember) {
    const auto summary = checked(good().dump());
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->language, "he");
    EXPECT_EQ(summary->topic, "תיקון מזגן");
    EXPECT_EQ(summary->outcome, "נקבע ביקור");
    EXPECT_EQ(summary->agreed, std::vector<std::string>{"ביקור ביום ראשון"});
    EXPECT_EQ(summary->follow_ups, std::vector<std::string>{"הטכנאי יתקשר"});
    EXPECT_EQ(summary->sentiment, "positive");
    EXPECT_EQ(summary->customer_name, "דנה");
    Json document = good();
    document["schema"] = 1;
    EXPECT_EQ(Json::parse(summary->document), document);
}

TEST(Checked, AnUnknownNameIsNullInTheDocument) {
    const auto summary = checked(with("customer_name", nullptr).dump());
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->customer_name, "");
    EXPECT_TRUE(Json::parse(summary->document).at("customer_name").is_null());
}

TEST(Checked, TakesACodeFence) {
    const std::string json = good().dump(2);
    for (const std::string& answer : {"```json\n" + json + "\n```", "```\n" + json + "\n```\n",
                                      "Here it is:\n```json\n" + json + "\n```\nAnything else?",
                                      "```json\n" + json, "\n\t " + json + "\n"}) {
        EXPECT_TRUE(checked(answer)) << answer;
    }
    EXPECT_EQ(checked(with("topic", "about ```code```").dump())->topic, "about ```code```");
}

TEST(Checked, TakesAnObjectAmongWordsAndBehindThoughts) {
    const std::string json = good().dump();
    for (const std::string& answer : {"Here it is: " + json, json + "\nAnything else?",
                                      "<think>The form is {\"topic\": ...}, so</think>\n" + json,
                                      "<think>{</think>```json\n" + json + "\n```"}) {
        EXPECT_TRUE(checked(answer)) << answer;
    }
}

TEST(Checked, RefusesWhatIsNoObject) {
    for (const char* const answer : {"", "A nice call.", "[]", "null", "\"words\"",
                                     "{\"topic\":", "```json\n```", "```", "{}}"}) {
        EXPECT_EQ(checked(answer).error(), "the answer is no JSON object") << answer;
    }
}

TEST(Checked, NamesTheMemberThatIsMissing) {
    const Json answer = good();
    for (const auto& property : answer.items()) {
        Json less = good();
        less.erase(property.key());
        EXPECT_EQ(problem(less), "`" + property.key() + "` is missing");
    }
    EXPECT_EQ(problem(Json::object()), "`language` is missing");
}

TEST(Checked, NamesTheMemberOfTheWrongType) {
    for (const Json& value : {Json(7), Json(true), Json::object(), Json::array({"a"})}) {
        for (const char* const key :
             {"language", "topic", "outcome", "sentiment", "customer_name"}) {
            EXPECT_EQ(problem(with(key, value)), "`" + std::string{key} + "` is no text");
        }
    }
    EXPECT_EQ(problem(with("topic", nullptr)), "`topic` is no text");
    for (const Json& value : {Json("a"), Json(nullptr), Json::object(), Json::array({"a", 7}),
                              Json::array({Json::array()})}) {
        EXPECT_EQ(problem(with("agreed", value)), "`agreed` is no list of texts");
        EXPECT_EQ(problem(with("follow_ups", value)), "`follow_ups` is no list of texts");
    }
}

TEST(Checked, RefusesASentimentBeyondItsWordsAndAnEmptyTopic) {
    EXPECT_EQ(problem(with("sentiment", "furious")), "`sentiment` is none of its words");
    EXPECT_EQ(problem(with("sentiment", "")), "`sentiment` is none of its words");
    EXPECT_EQ(checked(with("sentiment", "Neutral").dump())->sentiment, "neutral");
    EXPECT_EQ(problem(with("topic", " \n ")), "`topic` is empty");
}

TEST(Checked, IgnoresMembersBeyondTheSchema) {
    const auto summary = checked(with("mood_ring", "blue").dump());
    ASSERT_TRUE(summary);
    EXPECT_FALSE(Json::parse(summary->document).contains("mood_ring"));
}

TEST(Checked, NormalisesTheLanguage) {
    EXPECT_EQ(checked(with("language", "Hebrew").dump())->language, "he");
    EXPECT_EQ(checked(with("language", "en-US").dump())->language, "en");
    EXPECT_EQ(checked(with("language", "iw").dump())->language, "he");
    EXPECT_EQ(checked(with("language", "").dump())->language, "");
    EXPECT_EQ(checked(with("language", "gibberish").dump())->language, "");
}

TEST(Checked, CutsWhatIsTooLongByCharacters) {
    std::string hebrew;
    for (int i = 0; i < 1000; ++i) {
        hebrew += "ש";
    }
    const auto summary = checked(with("topic", hebrew).dump());
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->topic, hebrew.substr(0, 199 * 2) + "\u2026");
    EXPECT_EQ(checked(with("topic", std::string(200, 'x')).dump())->topic, std::string(200, 'x'));
    EXPECT_EQ(checked(with("outcome", std::string(501, 'x')).dump())->outcome,
              std::string(499, 'x') + "\u2026");
    EXPECT_EQ(checked(with("agreed", Json::array({std::string(301, 'x')})).dump())->agreed.at(0),
              std::string(299, 'x') + "\u2026");
    EXPECT_EQ(checked(with("customer_name", std::string(101, 'x')).dump())->customer_name,
              std::string(99, 'x') + "\u2026");
}

TEST(Checked, KeepsTwentyItemsThatSaySomething) {
    Json items = Json::array({"", " "});
    for (int i = 0; i < 30; ++i) {
        items.push_back(std::to_string(i));
    }
    const auto summary = checked(with("follow_ups", items).dump());
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->follow_ups.size(), 20U);
    EXPECT_EQ(summary->follow_ups.front(), "0");
}

TEST(Checked, TextsBecomeSinglePlainLines) {
    const auto summary = checked(with("outcome", "one\r\ntwo\u202E\u0007\u2066 three").dump());
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->outcome, "one two three");
    EXPECT_EQ(checked(with("outcome", "\u200Fone\u200E\u061C two\u200F").dump())->outcome,
              "one two");
    EXPECT_EQ(checked(R"({"language":"en","topic":"a\u0000b","outcome":"","agreed":[],
        "follow_ups":[],"sentiment":"mixed","customer_name":""})")
                  ->topic,
              "a\uFFFDb");
}

RC_GTEST_PROP(Checked, NeverThrowsOnRandomBytes, (const std::string& answer)) {
    (void)checked(answer);
    (void)checked("```json\n{" + answer + "}```");
    (void)checked(R"({"language":")" + answer + R"(","topic":"x"})");
}

RC_GTEST_PROP(Checked, EveryDocumentIsJsonWithinTheLimits, (const std::string& topic)) {
    Json answer = good();
    answer["topic"] = "x" + topic;
    const auto summary = checked(answer.dump(-1, ' ', false, Json::error_handler_t::replace));
    const bool sound = summary && Json::accept(summary->document) && summary->topic.size() < 900;
    RC_ASSERT(sound);
}

} // namespace
} // namespace callctl::summary
