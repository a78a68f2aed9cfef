#include "sim/bench.hpp"
#include "sim/chat.hpp"
#include "sim/schema.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

Json call_schema() {
    return Json::parse(R"({"type":"object","additionalProperties":false,
      "required":["topic","outcome","agreed","follow_ups","sentiment","customer_name","language"],
      "properties":{"topic":{"type":"string"},"outcome":{"type":"string"},
        "agreed":{"type":"array","items":{"type":"string"}},
        "follow_ups":{"type":"array","items":{"type":"string"}},
        "sentiment":{"type":"string","enum":["positive","neutral","negative","mixed","unknown"]},
        "customer_name":{"type":["string","null"]},"language":{"type":"string"}}})");
}

std::string transcript_of(const char* dialogue) {
    std::string text;
    for (const Line& line : find_dialogue(dialogue)->lines) {
        text += (line.voice == Voice::caller ? "caller: " : "agent: ") + line.text + "\n";
    }
    return text;
}

Json chat(const char* dialogue = "he-appointment") {
    return {
        {"model", "gpt-6-luna"},
        {"messages",
         {{{"role", "system"}, {"content", "Summarise the call."}},
          {{"role", "user"}, {"content", Json{{"transcript", transcript_of(dialogue)}}.dump()}}}},
        {"max_completion_tokens", 1500},
        {"response_format",
         {{"type", "json_schema"},
          {"json_schema",
           {{"name", "call_summary"}, {"strict", true}, {"schema", call_schema()}}}}}};
}

Answer ask(Bench& bench, const std::string& body, const std::string& key = "sk-sim-0123456789") {
    return bench.request("POST", "/v1/chat/completions",
                         {{"Authorization", "Bearer " + key}, {"Content-Type", "application/json"}},
                         body);
}

Json message_of(const Answer& answer) {
    return json_of(answer)["choices"][0]["message"];
}

TEST(Chat, SummarisesTheCallInTheShapeOfTheSchema) {
    Bench bench;
    const Answer answer = ask(bench, chat().dump());
    ASSERT_EQ(answer.response.status, 200) << answer.response.body;
    const Json body = json_of(answer);
    EXPECT_EQ(body["object"], "chat.completion");
    EXPECT_EQ(body["choices"][0]["finish_reason"], "stop");
    EXPECT_TRUE(message_of(answer)["refusal"].is_null());
    const Json summary = Json::parse(message_of(answer)["content"].get<std::string>());
    const Gist& gist = find_dialogue("he-appointment")->gist;
    EXPECT_EQ(summary["topic"], gist.topic);
    EXPECT_EQ(summary["outcome"], gist.outcome);
    EXPECT_EQ(summary["agreed"], Json(gist.agreed));
    EXPECT_EQ(summary["follow_ups"], Json(gist.follow_ups));
    EXPECT_EQ(summary["sentiment"], "positive");
    EXPECT_EQ(summary["customer_name"], gist.customer_name);
    EXPECT_EQ(summary["language"], "he");
    EXPECT_EQ(bench.state()["bills"]["summaries"], 1);
}

TEST(Chat, KnowsEveryDialogueByItsWords) {
    for (const Dialogue& dialogue : all_dialogues()) {
        if (!dialogue.lines.empty()) {
            EXPECT_EQ(dialogue_in(transcript_of(dialogue.id.c_str())), &dialogue) << dialogue.id;
        }
    }
    EXPECT_EQ(dialogue_in("something else altogether"), nullptr);
}

TEST(Chat, LeavesUnknownWhatItDoesNotKnow) {
    Bench bench;
    Json request = chat();
    request["messages"][1]["content"] = "caller: abracadabra";
    const Json summary =
        Json::parse(message_of(ask(bench, request.dump()))["content"].get<std::string>());
    EXPECT_TRUE(summary["customer_name"].is_null());
    EXPECT_EQ(summary["sentiment"], "unknown");
    EXPECT_TRUE(summary["agreed"].empty());
}

struct Change {
    const char* name;
    const char* patch; ///< JSON merge patch
    int status;
    const char* code;
    const char* words;
};

class ChatRefusal : public testing::TestWithParam<Change> {};

TEST_P(ChatRefusal, IsInOpenAisWords) {
    Bench bench;
    Json request = chat();
    request.merge_patch(Json::parse(GetParam().patch));
    const Answer answer = ask(bench, request.dump());
    EXPECT_EQ(answer.response.status, GetParam().status) << answer.response.body;
    const Json error = json_of(answer)["error"];
    EXPECT_EQ(error["code"].is_null() ? "" : error["code"].get<std::string>(), GetParam().code);
    EXPECT_NE(error["message"].get<std::string>().find(GetParam().words), std::string::npos)
        << error["message"];
}

INSTANTIATE_TEST_SUITE_P(
    All, ChatRefusal,
    testing::Values(
        Change{"NoModel", R"({"model":null})", 400, "", "you must provide a model parameter"},
        Change{"UnknownModel", R"({"model":"gpt-9"})", 404, "model_not_found",
               "`gpt-9` does not exist"},
        Change{"TranscriptionModel", R"({"model":"whisper-1"})", 404, "model_not_found",
               "does not exist"},
        Change{"NoMessages", R"({"messages":[]})", 400, "missing_required_parameter", "'messages'"},
        Change{"BadRole", R"({"messages":[{"role":"boss","content":"x"}]})", 400, "invalid_value",
               "boss"},
        Change{"NoContent", R"({"messages":[{"role":"user"}]})", 400, "invalid_type", "content"},
        Change{"MaxTokens", R"({"max_completion_tokens":null,"max_tokens":100})", 400,
               "unsupported_parameter", "Use 'max_completion_tokens' instead."},
        Change{"Temperature", R"({"temperature":0.0})", 400, "unsupported_value",
               "'temperature' does not support 0.0"},
        Change{"UnknownArgument", R"({"temperatur":1})", 400, "",
               "Unrecognized request argument supplied: temperatur"},
        Change{"NoTokens", R"({"max_completion_tokens":0})", 400, "integer_below_min_value",
               ">= 1"},
        Change{"SchemaName", R"({"response_format":{"json_schema":{"name":"call summary"}}})", 400,
               "invalid_value", "string does not match pattern"},
        Change{"FormatType", R"({"response_format":{"type":"yaml"}})", 400, "invalid_value",
               "yaml"},
        Change{"NoSchema", R"({"response_format":{"json_schema":null}})", 400,
               "missing_required_parameter", "json_schema"}),
    [](const auto& row) { return row.param.name; });

TEST(ChatRefusal, OfNoJsonAndNoKey) {
    Bench bench;
    EXPECT_EQ(ask(bench, "not json").response.status, 400);
    EXPECT_EQ(ask(bench, "[]").response.status, 400);
    const Answer wrong = ask(bench, chat().dump(), "sk-wrong");
    EXPECT_EQ(wrong.response.status, 401);
    EXPECT_EQ(wrong.response.content_type, "text/plain");
    EXPECT_EQ(bench.request("GET", "/v1/chat/completions").response.status, 405);
}

TEST(ChatRefusal, OfTooLongATranscript) {
    Bench bench;
    Json request = chat();
    request["messages"][1]["content"] = std::string(900'000, 'x');
    EXPECT_EQ(json_of(ask(bench, request.dump()))["error"]["code"], "context_length_exceeded");
}

TEST(Chat, TakesOldParametersForOldModels) {
    Bench bench;
    Json request = chat();
    request["model"] = "gpt-4o-mini";
    request["max_tokens"] = 1000;
    request["temperature"] = 0.2;
    request.erase("max_completion_tokens");
    EXPECT_EQ(ask(bench, request.dump()).response.status, 200);
}

TEST(Chat, RunsOutOfItsTokenBudget) {
    Bench bench;
    Json request = chat();
    request["max_completion_tokens"] = 10;
    const Answer answer = ask(bench, request.dump());
    EXPECT_EQ(json_of(answer)["choices"][0]["finish_reason"], "length");
    const Json content = message_of(answer)["content"];
    EXPECT_TRUE(Json::parse(content.get<std::string>(), nullptr, false).is_discarded());
}

struct FaultCase {
    const char* kind;
    const char* finish;
};

class ChatFault : public testing::TestWithParam<FaultCase> {};

TEST_P(ChatFault, ChangesWhatIsSaidUnder200) {
    Bench bench;
    bench.fault({{"where", "summary"}, {"kind", GetParam().kind}});
    const Answer answer = ask(bench, chat().dump());
    EXPECT_EQ(answer.response.status, 200);
    EXPECT_EQ(json_of(answer)["choices"][0]["finish_reason"], GetParam().finish);
    const Json message = message_of(answer);
    const std::string content =
        message["content"].is_null() ? "" : message["content"].get<std::string>();
    EXPECT_TRUE(Json::parse(content, nullptr, false).is_discarded());
    EXPECT_EQ(message["refusal"].is_null(), std::string{GetParam().kind} != "refusal");
}

INSTANTIATE_TEST_SUITE_P(All, ChatFault,
                         testing::Values(FaultCase{"refusal", "stop"},
                                         FaultCase{"length", "length"},
                                         FaultCase{"content_filter", "content_filter"},
                                         FaultCase{"invalid_json", "stop"},
                                         FaultCase{"fenced", "stop"}),
                         [](const auto& row) { return row.param.kind; });

TEST(ChatFault, OfOpenRoutersKindIsAnErrorUnder200) {
    Bench bench;
    bench.fault({{"where", "summary"}, {"kind", "error_in_200"}, {"status", 502}});
    const Answer answer = ask(bench, chat().dump());
    EXPECT_EQ(answer.response.status, 200);
    EXPECT_TRUE(json_of(answer).contains("error"));
}

struct SchemaCase {
    const char* name;
    const char* patch; ///< JSON merge patch on a sound schema
    const char* words; ///< empty: sound
};

class StrictSchema : public testing::TestWithParam<SchemaCase> {};

TEST_P(StrictSchema, IsJudgedByTheStrictSubset) {
    Json schema = call_schema();
    schema.merge_patch(Json::parse(GetParam().patch));
    const auto violation = strict_violation(schema);
    if (GetParam().words[0] == '\0') {
        EXPECT_EQ(violation, std::nullopt);
    } else {
        ASSERT_TRUE(violation);
        EXPECT_NE(violation->find(GetParam().words), std::string::npos) << *violation;
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, StrictSchema,
    testing::Values(
        SchemaCase{"Sound", "{}", ""},
        SchemaCase{"NoAdditional", R"({"additionalProperties":null})",
                   "'additionalProperties' is required"},
        SchemaCase{"AdditionalTrue", R"({"additionalProperties":true})", "to be false"},
        SchemaCase{"NotRequired", R"({"required":["topic"]})", "Missing 'outcome'"},
        SchemaCase{"RequiredTooMuch", R"({"properties":{"language":null}})", "Extra required key"},
        SchemaCase{"RootArray", R"({"type":"array"})", "got 'type: \"array\"'"},
        SchemaCase{"MaxLength", R"({"properties":{"topic":{"maxLength":80}}})",
                   "'maxLength' is not permitted"},
        SchemaCase{"NoType", R"({"properties":{"topic":{"type":null}}})", "must have a 'type' key"},
        SchemaCase{"UnknownType", R"({"properties":{"topic":{"type":"text"}}})",
                   "not a valid type"},
        SchemaCase{"NoItems", R"({"properties":{"agreed":{"items":null}}})", "missing items"},
        SchemaCase{"EmptyEnum", R"({"properties":{"sentiment":{"enum":[]}}})", "enum"},
        SchemaCase{"InnerObject",
                   R"({"properties":{"agreed":{"items":{"type":"object","properties":{}}}}})",
                   "'properties', 'agreed', 'items'"},
        SchemaCase{
            "AnyOf",
            R"({"properties":{"topic":{"type":null,"anyOf":[{"type":"string"},{"type":"null"}]}}})",
            ""},
        SchemaCase{"AllOf", R"({"properties":{"topic":{"allOf":[]}}})",
                   "'allOf' is not permitted"}),
    [](const auto& row) { return row.param.name; });

TEST(StrictSchema, IsRefusedByTheServerToo) {
    Bench bench;
    Json request = chat();
    request["response_format"]["json_schema"]["schema"].erase("additionalProperties");
    const Answer answer = ask(bench, request.dump());
    EXPECT_EQ(answer.response.status, 400);
    EXPECT_EQ(json_of(answer)["error"]["message"],
              "Invalid schema for response_format 'call_summary': In context=(), "
              "'additionalProperties' is required to be supplied and to be false.");
    EXPECT_EQ(json_of(answer)["error"]["param"], "response_format");
}

TEST(FilledSchema, CopesWithReferencesObjectsAndNumbers) {
    const Json schema = Json::parse(R"({"type":"object","properties":{
        "action_items":{"type":"array","items":{"$ref":"#/$defs/item"}},
        "score":{"type":"integer"},"follow_up_required":{"type":"boolean"},
        "nothing":{"type":"null"},"fixed":{"const":7}},
        "$defs":{"item":{"type":"object","properties":{"text":{"type":"string"},
            "owner":{"type":"string","enum":["agent","unknown"]}}}}})");
    const Json value = filled(schema, find_dialogue("he-appointment")->gist, "he");
    ASSERT_EQ(value["action_items"].size(), 1U);
    EXPECT_EQ(value["action_items"][0]["owner"], "unknown");
    EXPECT_TRUE(value["score"].is_number());
    EXPECT_EQ(value["follow_up_required"], true);
    EXPECT_EQ(value["fixed"], 7);
}

TEST(Models, AreListedWithTheirEnd) {
    Bench bench;
    const std::vector<base::HttpHeader> key{{"Authorization", "Bearer sk-sim-0123456789"}};
    const Json list = json_of(bench.request("GET", "/v1/models", key));
    EXPECT_EQ(list["data"][0]["id"], "whisper-1");
    EXPECT_GE(list["data"][0]["shutdown_date"], "2027-02-26");
    EXPECT_TRUE(
        json_of(bench.request("GET", "/v1/models/gpt-6-luna", key))["shutdown_date"].is_null());
    EXPECT_EQ(bench.request("GET", "/v1/models/gpt-9", key).response.status, 404);
    EXPECT_EQ(bench.request("GET", "/v1/models").response.status, 401);
}

} // namespace
} // namespace callctl::sim
