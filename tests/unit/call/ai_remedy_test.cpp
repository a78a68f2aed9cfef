// What may be tried at once after each refusal that has a remedy.
#include "call/ai_failure.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace callctl::call {
namespace {

struct Row {
    const char* name;
    int status;
    const char* body;
    Remedy remedy;
    const char* parameter{""};
};

std::ostream& operator<<(std::ostream& out, const Row& row) {
    return out << row.name;
}

class AiRemedy : public testing::TestWithParam<Row> {};

TEST_P(AiRemedy, IsNamedByTheFailure) {
    const auto failure = ai_failure({.status = GetParam().status, .body = GetParam().body}, "x");
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->remedy, GetParam().remedy) << failure->detail;
    EXPECT_EQ(failure->parameter, GetParam().parameter);
}

const std::vector<Row> k_rows{
    {"body_too_large", 413,
     R"j({"error":{"message":"413: Maximum content size limit (26214400) exceeded (26214850 bytes read)",
         "type":"server_error","param":null,"code":null},"usage":{"type":"duration","seconds":0}})j",
     Remedy::split_smaller},
    {"body_too_large_from_an_edge", 413, "<html>413</html>", Remedy::split_smaller},
    {"too_many_seconds", 400,
     R"({"error":{"message":"audio duration 1500.0 seconds is longer than 1400 seconds which is the maximum for this model",
         "type":"invalid_request_error","param":null,"code":"invalid_value"}})",
     Remedy::split_smaller},
    {"too_many_audio_tokens", 400,
     R"({"error":{"message":"Total number of tokens in instructions + audio is too large for this model",
         "type":"invalid_request_error","param":null,"code":"input_too_large"}})",
     Remedy::split_smaller},
    {"vllm_file_size", 400,
     R"j({"error":{"message":"Maximum file size exceeded (parameter=audio_filesize_mb, value=28.6)","code":400}})j",
     Remedy::split_smaller},
    {"context", 400,
     R"({"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
         "type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}})",
     Remedy::summarise_in_parts},
    {"context_of_llamacpp", 400,
     R"({"error":{"code":400,"type":"exceed_context_size_error","message":"request (9412 tokens) exceeds the available context size (8192 tokens), try increasing it"}})",
     Remedy::summarise_in_parts},
    {"context_of_vllm", 400,
     R"({"object":"error","message":"This model's maximum context length is 4096 tokens.","code":400})",
     Remedy::summarise_in_parts},
    {"context_of_anthropic", 400,
     R"({"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 250000 tokens > 200000 maximum"}})",
     Remedy::summarise_in_parts},
    {"alone_above_the_rate", 429,
     R"({"error":{"message":"Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 34307.",
         "type":"tokens","param":null,"code":"rate_limit_exceeded"}})",
     Remedy::summarise_in_parts},
    {"context_under_200", 200, R"({"error":{"code":"context_length_exceeded","message":"x"}})",
     Remedy::summarise_in_parts},
    {"format_that_the_model_lacks", 400,
     R"({"error":{"message":"response_format 'verbose_json' is not compatible with model 'gpt-transcribe-api-ev3'. Use 'json' or 'text' instead.",
         "type":"invalid_request_error","param":"response_format","code":"unsupported_value"}})",
     Remedy::degrade, "response_format"},
    {"format_in_words_alone", 400,
     R"({"object":"error","message":"Currently only support response_format `text` or `json`","code":400})",
     Remedy::degrade, "response_format"},
    {"format_of_fastapi", 422,
     R"({"detail":[{"type":"enum","loc":["body","response_format"],"msg":"Input should be 'json'"}]})",
     Remedy::degrade, "response_format"},
    {"granularities", 400,
     R"({"error":{"message":"no","param":"timestamp_granularities[]","code":"unsupported_value"}})",
     Remedy::degrade, "timestamp_granularities"},
    {"max_tokens", 400,
     R"({"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
         "type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}})",
     Remedy::degrade, "max_tokens"},
    {"temperature", 400,
     R"({"error":{"message":"Unsupported value: 'temperature' does not support 0.0 with this model. Only the default (1) value is supported.",
         "type":"invalid_request_error","param":"temperature","code":"unsupported_value"}})",
     Remedy::degrade, "temperature"},
    {"schema", 400,
     R"({"error":{"message":"Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
         "type":"invalid_request_error","param":null,"code":null}})",
     Remedy::degrade, "json_schema"},
    {"other_value", 400,
     R"({"error":{"message":"Unsupported file format bin","param":null,"code":"unsupported_value"}})",
     Remedy::none},
    {"other_parameter", 400,
     R"({"error":{"message":"Language code 'pa' is not recognized.","param":"languages","code":"invalid_value"}})",
     Remedy::none},
    {"key", 401, R"({"error":{"message":"wrong key, temperature rising"}})", Remedy::none},
    {"rate", 429, R"({"error":{"message":"max_tokens per minute","code":"rate_limit_exceeded"}})",
     Remedy::none},
    {"server_error", 500, R"({"error":{"message":"response_format"}})", Remedy::none},
};
INSTANTIATE_TEST_SUITE_P(Table, AiRemedy, testing::ValuesIn(k_rows),
                         [](const auto& row) { return row.param.name; });

} // namespace
} // namespace callctl::call
