#include "summary/preset.hpp"
#include "summary/server.hpp"

#include <gtest/gtest.h>

namespace callctl::summary {
namespace {

call::Failure refusal(const std::string& parameter, const std::string& detail = {}) {
    return {.reason = call::Reason::provider_config,
            .detail = "summary: HTTP 400: " + detail,
            .remedy = call::Remedy::degrade,
            .parameter = parameter};
}

Server openai() {
    Server server = *preset("openai");
    server.model = "m";
    return server;
}

TEST(Degraded, GoesFromTheSchemaToAnObjectToNothing) {
    const auto object = degraded(openai(), refusal("response_format"));
    ASSERT_TRUE(object);
    EXPECT_EQ(object->answer_form, AnswerForm::json_object);
    const auto nothing = degraded(*object, refusal("response_format"));
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->answer_form, AnswerForm::none);
    EXPECT_FALSE(degraded(*nothing, refusal("response_format")));
}

TEST(Degraded, HasNoObjectBetweenForAnthropic) {
    const auto nothing = degraded(*preset("anthropic"), refusal("output_config"));
    ASSERT_TRUE(nothing);
    EXPECT_EQ(nothing->answer_form, AnswerForm::none);
}

TEST(Degraded, UsesTheOtherNameOfTheLimitAndThenNone) {
    const auto old = degraded(openai(), refusal("max_completion_tokens"));
    ASSERT_TRUE(old);
    EXPECT_EQ(old->max_tokens_field, "max_tokens");
    EXPECT_EQ(old->answer_form, AnswerForm::json_schema);
    const auto none = degraded(*old, refusal("max_tokens"));
    ASSERT_TRUE(none);
    EXPECT_EQ(none->max_tokens_field, "");
    EXPECT_FALSE(degraded(*none, refusal("max_tokens")));
    Server older = openai();
    older.max_tokens_field = "max_tokens";
    EXPECT_EQ(degraded(older, refusal("max_tokens"))->max_tokens_field, "max_completion_tokens");
    EXPECT_FALSE(degraded(*preset("anthropic"), refusal("max_tokens"))) << "it is required";
}

TEST(Degraded, LeavesOutWhatIsOptional) {
    Server server = openai();
    EXPECT_FALSE(degraded(server, refusal("temperature")));
    EXPECT_FALSE(degraded(server, refusal("reasoning_effort")));
    server.temperature = 0.0;
    server.reasoning_effort = "low";
    EXPECT_FALSE(degraded(server, refusal("temperature"))->temperature);
    EXPECT_EQ(degraded(server, refusal("reasoning_effort"))->reasoning_effort, "");
}

TEST(Degraded, ReadsTheRefusalWhereNoParameterIsNamed) {
    const auto limit = degraded(
        openai(), refusal("", "Unsupported parameter: 'max_tokens' is not supported with this "
                              "model. Use 'max_completion_tokens' instead"));
    EXPECT_EQ(limit->max_tokens_field, "max_tokens");
    const auto form = degraded(openai(), refusal("", "json_schema is not supported"));
    EXPECT_EQ(form->answer_form, AnswerForm::json_object);
    const auto unknown = degraded(openai(), refusal("", "not supported"));
    EXPECT_EQ(unknown->answer_form, AnswerForm::json_object);
}

TEST(Degraded, EndsWhateverIsRefused) {
    for (const char* const parameter :
         {"response_format", "max_tokens", "temperature", "reasoning_effort", ""}) {
        Server server = openai();
        server.temperature = 1.0;
        server.reasoning_effort = "low";
        int steps = 0;
        for (auto next = degraded(server, refusal(parameter)); next;
             next = degraded(*next, refusal(parameter))) {
            ASSERT_LT(++steps, 4) << parameter;
        }
    }
}

TEST(WithoutRefused, TakesOverWhatWasLostAndNothingElse) {
    Server known = openai();
    known.temperature = 0.5;
    known.reasoning_effort = "low";
    Server taught = known;
    taught.answer_form = AnswerForm::json_object;
    taught.max_tokens_field = "max_tokens";
    taught.limit_renamed = true;
    taught.temperature.reset();
    taught.max_tokens = 8000;
    const Server lower = without_refused(known, taught);
    EXPECT_EQ(lower.answer_form, AnswerForm::json_object);
    EXPECT_EQ(lower.max_tokens_field, "max_tokens");
    EXPECT_FALSE(lower.temperature);
    EXPECT_EQ(lower.reasoning_effort, "low");
    EXPECT_EQ(lower.max_tokens, 2000);
    EXPECT_EQ(without_refused(lower, known).answer_form, AnswerForm::json_object)
        << "what was lost does not come back";
}

TEST(Fingerprint, ChangesWithAllThatChangesTheAnswerAndHoldsNoKey) {
    Server server = openai();
    server.api_key = base::Secret{"k-1"};
    const std::string before = fingerprint(server);
    EXPECT_EQ(before.find("k-1"), std::string::npos);
    const auto changed = [&server, &before](auto change) {
        Server other = server;
        change(other);
        return fingerprint(other) != before;
    };
    EXPECT_TRUE(changed([](Server& s) { s.base_url = "https://other.example"; }));
    EXPECT_TRUE(changed([](Server& s) { s.path = "/other"; }));
    EXPECT_TRUE(changed([](Server& s) { s.query = "a=b"; }));
    EXPECT_TRUE(changed([](Server& s) { s.model = "n"; }));
    EXPECT_TRUE(changed([](Server& s) { s.answer_form = AnswerForm::none; }));
    EXPECT_TRUE(changed([](Server& s) { s.temperature = 0.0; }));
    EXPECT_TRUE(changed([](Server& s) { s.reasoning_effort = "low"; }));
    EXPECT_FALSE(changed([](Server& s) { s.api_key = base::Secret{"k-2"}; }));
    EXPECT_FALSE(changed([](Server& s) { s.timeout = std::chrono::hours{1}; }));
}

} // namespace
} // namespace callctl::summary
