// Each transcription server, as strict and as odd as it is.
#include "sim/posted_form.hpp"

#include <gtest/gtest.h>

namespace callctl::sim {
namespace {

using Headers = std::vector<base::HttpHeader>;

/// A server, its path, a model that it has and what it answers a wrong key with.
struct Server {
    const char* name;
    std::string target;
    std::string model;
    int wrong_key;
    const char* words; ///< in the answer to a wrong key
    const char* key_header{"Authorization"};
    const char* key_prefix{"Bearer "};
};

const std::string k_rest = "/audio/transcriptions";

const std::vector<Server> k_servers{
    {"openai", "/openai/v1" + k_rest, "gpt-transcribe", 401, "Incorrect API key"},
    {"azure", "/azure/openai/deployments/whisper-1" + k_rest + "?api-version=2024-10-21", "", 401,
     "\"code\":\"401\"", "api-key", ""},
    {"azure_v1", "/azure/openai/v1" + k_rest + "?api-version=preview", "whisper-1", 401,
     "Access denied due to invalid subscription key"},
    {"groq", "/groq/openai/v1" + k_rest, "whisper-large-v3", 401, "Invalid API Key"},
    {"openrouter", "/openrouter/api/v1" + k_rest, "openai/gpt-transcribe", 401, "\"code\":401"},
    {"speaches", "/speaches/v1" + k_rest, "Systran/faster-whisper-large-v3", 403,
     "{\"detail\":\"Invalid API key"},
    {"vllm", "/vllm/v1" + k_rest, "openai/whisper-large-v3", 401, "{\"error\":\"Unauthorized\"}"},
    {"localai", "/localai/v1" + k_rest, "whisper-1", 401, "\"code\":401"},
    {"localai_bare", "/localai" + k_rest, "whisper-1", 401, "An authentication key is required"},
    {"whispercpp", "/whispercpp/inference", "", 200, ""},
    {"whispercpp_v1", "/whispercpp/v1" + k_rest, "", 200, ""},
    {"ollama", "/ollama/v1" + k_rest, "gemma3n", 200, ""}};

FormParts form_of(const Server& server, FormParts more = {}) {
    FormParts parts{file_part(wav_of("he-appointment", Track::caller))};
    if (!server.model.empty()) {
        parts.push_back(field("model", server.model));
    }
    parts.insert(parts.end(), more.begin(), more.end());
    return parts;
}

Answer ask_server(Bench& bench, const Server& server, const FormParts& parts,
                  const std::string& key = k_ai_key) {
    return post_form(bench, server.target, parts, {{server.key_header, server.key_prefix + key}});
}

const Server& server_named(std::string_view name) {
    return *std::ranges::find(k_servers, name, &Server::name);
}

class EveryServer : public testing::TestWithParam<Server> {};

TEST_P(EveryServer, SaysWhatIsSaid) {
    Bench bench;
    const Answer answer = ask_server(bench, GetParam(), form_of(GetParam()));
    ASSERT_EQ(answer.response.status, 200) << answer.response.body;
    std::string text = json_of(answer)["text"];
    std::erase(text, '\n');
    EXPECT_NE(text.find(find_dialogue("he-appointment")->lines[1].text), std::string::npos) << text;
    EXPECT_EQ(json_of(bench.control("GET", "/bills")).size(), 1U);
}

TEST_P(EveryServer, JudgesTheKeyInItsOwnWords) {
    Bench bench;
    const Answer answer = ask_server(bench, GetParam(), form_of(GetParam()), "sk-wrong-key-0000");
    EXPECT_EQ(answer.response.status, GetParam().wrong_key);
    EXPECT_NE(answer.response.body.find(GetParam().words), std::string::npos)
        << answer.response.body;
}

TEST_P(EveryServer, IgnoresFieldsItDoesNotKnow) {
    Bench bench;
    EXPECT_EQ(
        ask_server(bench, GetParam(), form_of(GetParam(), {field("bogus", "1")})).response.status,
        200);
}

INSTANTIATE_TEST_SUITE_P(All, EveryServer, testing::ValuesIn(k_servers),
                         [](const auto& row) { return std::string{row.param.name}; });

Json verbose_of(const char* name, FormParts more = {}) {
    Bench bench;
    more.push_back(field("response_format", "verbose_json"));
    const Server& server = server_named(name);
    return json_of(ask_server(bench, server, form_of(server, std::move(more))));
}

TEST(OwnServer, SpeachesNamesTheLanguageByCodeAndLeavesNulls) {
    const Json body = verbose_of("speaches", {field("language", "he")});
    EXPECT_EQ(body["language"], "he");
    EXPECT_FALSE(body.contains("task"));
    EXPECT_TRUE(body["words"].is_null());
    EXPECT_TRUE(body["usage"].is_null());
    EXPECT_TRUE(body["segments"][0].contains("compression_ratio"));
}

TEST(OwnServer, VllmWritesTheLengthAsAString) {
    const Json body = verbose_of("vllm");
    EXPECT_TRUE(body["duration"].is_string());
    EXPECT_TRUE(body["segments"][0]["no_speech_prob"].is_null());
    EXPECT_FALSE(body.contains("usage"));
}

TEST(OwnServer, LocalAiCallsAWordATextAndIsVerboseUnlessTold) {
    Bench bench;
    const Server& server = server_named("localai");
    const Json body = json_of(
        ask_server(bench, server, form_of(server, {field("timestamp_granularities[]", "word")})));
    ASSERT_EQ(body["segments"].size(), 3U);
    EXPECT_TRUE(body["segments"][0]["words"][0].contains("text"));
    EXPECT_FALSE(body["segments"][0].contains("no_speech_prob"));
}

TEST(OwnServer, WhisperCppHasItsOwnShapeAndThinksInEnglish) {
    const Json body = verbose_of("whispercpp");
    EXPECT_EQ(body["language"], "english");
    EXPECT_EQ(body["detected_language"], "hebrew");
    EXPECT_TRUE(body["text"].get<std::string>().ends_with("\n"));
    EXPECT_FALSE(body["segments"][0].contains("compression_ratio"));
    EXPECT_EQ(verbose_of("whispercpp", {field("language", "he")})["language"], "hebrew");
    EXPECT_FALSE(verbose_of("whispercpp", {field("no_language_probabilities", "true")})
                     .contains("detected_language"));
}

TEST(OwnServer, NeedsNoKeyWhenItIsRunWithoutOne) {
    Bench bench;
    bench.control("POST", "/settings", {{"own_servers_have_keys", false}});
    const Server& server = server_named("vllm");
    EXPECT_EQ(ask_server(bench, server, form_of(server), "").response.status, 200);
    const Server& hosted = server_named("groq");
    EXPECT_EQ(ask_server(bench, hosted, form_of(hosted), "").response.status, 401);
}

TEST(Groq, BillsTenSecondsAtLeast) {
    Bench bench;
    const Server& server = server_named("groq");
    const Answer answer = ask_server(
        bench, server,
        {field("model", server.model), file_part(wav_of("he-appointment", Track::caller, 16'000))});
    EXPECT_TRUE(json_of(answer).contains("x_groq"));
    EXPECT_EQ(json_of(bench.control("GET", "/bills"))[0]["seconds"], 10);
}

TEST(OpenRouter, DropsTheLanguages) {
    Bench bench;
    const Server& server = server_named("openrouter");
    const Json body = json_of(ask_server(bench, server, form_of(server)));
    EXPECT_FALSE(body.contains("languages"));
    EXPECT_TRUE(body["usage"].contains("cost"));
}

struct RefusedByServer {
    const char* name;
    const char* server;
    FormParts (*parts)(); ///< instead of a sound request's; made when wanted, some are 30 MB
    int status;
    std::string words;
};

class ServerRefusal : public testing::TestWithParam<RefusedByServer> {};

TEST_P(ServerRefusal, IsInItsOwnWords) {
    Bench bench;
    const Answer answer = ask_server(bench, server_named(GetParam().server), GetParam().parts());
    EXPECT_EQ(answer.response.status, GetParam().status);
    EXPECT_NE(answer.response.body.find(GetParam().words), std::string::npos)
        << answer.response.body;
    EXPECT_TRUE(json_of(bench.control("GET", "/bills")).empty());
}

FormParts form_with(const char* server, const char* name, const char* value) {
    return form_of(server_named(server), {field(name, value)});
}

FormParts form_of_file(const char* server, std::string content) {
    return {field("model", server_named(server).model), file_part(std::move(content))};
}

INSTANTIATE_TEST_SUITE_P(
    All, ServerRefusal,
    testing::Values(
        RefusedByServer{"SpeachesModel", "speaches",
                        [] {
                            return FormParts{field("model", "x"),
                                             file_part(wav_of("he-appointment", Track::caller))};
                        },
                        404, R"({"detail":"Model 'x' is not installed locally.)"},
        RefusedByServer{
            "SpeachesField", "speaches", [] { return FormParts{field("model", "x")}; }, 422,
            R"({"detail":[{"loc":["body","file"],"msg":"Field required","type":"missing"}]})"},
        RefusedByServer{"SpeachesAudio", "speaches",
                        [] { return form_of_file("speaches", "<xml/>"); }, 415,
                        "Failed to decode audio."},
        RefusedByServer{"SpeachesNothing", "speaches", [] { return form_of_file("speaches", ""); },
                        400, "detail"},
        RefusedByServer{"SpeachesFormat", "speaches",
                        [] { return form_with("speaches", "response_format", "yaml"); }, 422,
                        "response_format"},
        RefusedByServer{"WhisperCppFile", "whispercpp",
                        [] { return FormParts{field("language", "he")}; }, 400, "Invalid request"},
        RefusedByServer{"WhisperCppAudio", "whispercpp",
                        [] { return form_of_file("whispercpp", "<xml/>"); }, 400,
                        "Invalid request"},
        RefusedByServer{"WhisperCppNumber", "whispercpp",
                        [] { return form_with("whispercpp", "temperature", "hot"); }, 500,
                        "500 Internal Server Error\nstof"},
        RefusedByServer{"VllmModel", "vllm",
                        [] {
                            return FormParts{field("model", "x"),
                                             file_part(wav_of("he-appointment", Track::caller))};
                        },
                        404, R"("code":404)"},
        RefusedByServer{"VllmSize", "vllm",
                        [] { return form_of_file("vllm", std::string(30'000'000, 'x')); }, 400,
                        "Maximum file size exceeded (parameter=audio_filesize_mb, value=28.6)"},
        RefusedByServer{"LocalAiSize", "localai",
                        [] { return form_of_file("localai", std::string(16'000'000, 'x')); }, 413,
                        R"({"error":{"code":413,"message":"Request Entity Too Large","type":""}})"},
        RefusedByServer{"LocalAiFormat", "localai",
                        [] { return form_with("localai", "response_format", "yaml"); }, 500,
                        R"("code":500)"},
        RefusedByServer{"GroqFormat", "groq",
                        [] { return form_with("groq", "response_format", "srt"); }, 400,
                        "response_format 'srt'"},
        RefusedByServer{"GroqModel", "groq",
                        [] {
                            return FormParts{field("model", "whisper-1"),
                                             file_part(wav_of("he-appointment", Track::caller))};
                        },
                        404, "`whisper-1` does not exist"},
        RefusedByServer{"OllamaFormat", "ollama",
                        [] { return form_with("ollama", "response_format", "verbose_json"); }, 400,
                        R"("code":null)"}),
    [](const auto& row) { return row.param.name; });

TEST(Azure, KnowsOnlyItsDeploymentsAndWantsAVersion) {
    Bench bench;
    Server server = server_named("azure");
    server.target = "/azure/openai/deployments/whisper-1" + k_rest;
    EXPECT_EQ(ask_server(bench, server, form_of(server)).response.status, 404);
    server.target = "/azure/openai/deployments/mine" + k_rest + "?api-version=2024-10-21";
    const Answer answer = ask_server(bench, server, form_of(server));
    EXPECT_EQ(answer.response.status, 404);
    EXPECT_EQ(json_of(answer)["error"]["code"], "DeploymentNotFound");
}

TEST(WhisperCpp, DoesNotTellWhyItFails) {
    Bench bench;
    bench.fault({{"where", "transcription"}, {"kind", "status"}, {"status", 503}, {"times", 1}});
    const Server& server = server_named("whispercpp");
    const Answer answer = ask_server(bench, server, form_of(server));
    EXPECT_EQ(answer.response.status, 404);
    EXPECT_EQ(answer.response.body, "File Not Found (/inference)");
    EXPECT_EQ(bench.request("GET", "/whispercpp/elsewhere").response.body,
              "File Not Found (/elsewhere)");
    EXPECT_EQ(bench.request("GET", "/whispercpp/health").response.status, 200);
}

TEST(Models, AreListedByWhomeverHasAList) {
    Bench bench;
    const Headers key{{"Authorization", std::string{"Bearer "} + k_ai_key}};
    for (const char* const base :
         {"/v1", "/openai/v1", "/groq/openai/v1", "/openrouter/api/v1", "/speaches/v1", "/vllm/v1",
          "/localai/v1", "/ollama/v1", "/llamacpp/v1"}) {
        const Answer answer = bench.request("GET", std::string{base} + "/models", key);
        ASSERT_EQ(answer.response.status, 200) << base;
        const Json first = json_of(answer)["data"][0];
        const Answer one = bench.request(
            "GET", std::string{base} + "/models/" + first["id"].get<std::string>(), key);
        EXPECT_EQ(json_of(one)["id"], first["id"]) << base;
    }
    const Json list = json_of(bench.request("GET", "/v1/models", key))["data"];
    EXPECT_GE(list[0]["shutdown_date"], "2027-02-26");
    EXPECT_TRUE(list[1]["shutdown_date"].is_null());
    const Json claude =
        json_of(bench.request("GET", "/anthropic/v1/models", {{"x-api-key", k_ai_key}}));
    EXPECT_EQ(claude["data"][0]["type"], "model");
    EXPECT_EQ(bench.request("GET", "/deepgram/v1/models", key).response.status, 404);
}

} // namespace
} // namespace callctl::sim
