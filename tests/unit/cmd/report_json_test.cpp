#include "report_json.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace callctl::cmd {
namespace {

using namespace std::chrono_literals;

constexpr base::Time k_then{std::chrono::microseconds{1'767'268'800'000'000}};

call::Call some_call() {
    call::Call call{.sid = *base::CallSid::parse("CA" + std::string(32, 'b'))};
    call.facts.from = "+972501234567";
    call.transcript = "what was said";
    call.summary = "what it was about";
    return call;
}

TEST(CallJson, MasksNumbersUnlessAskedNotTo) {
    EXPECT_EQ(to_json(some_call(), Numbers::shown)["from"], "+972501234567");
    const std::string masked = to_json(some_call(), Numbers::masked)["from"];
    EXPECT_NE(masked, "+972501234567");
    EXPECT_TRUE(masked.ends_with("567")) << masked;
}

TEST(CallJson, HoldsNoWordOfTheConversation) {
    const std::string text = to_json(some_call(), Numbers::shown).dump();
    EXPECT_EQ(text.find("what was said"), std::string::npos);
    EXPECT_EQ(text.find("what it was about"), std::string::npos);
}

TEST(CallJson, HasNullForWhatIsNotKnown) {
    const auto object = to_json(some_call(), Numbers::masked);
    EXPECT_TRUE(object["due_at"].is_null());
    EXPECT_TRUE(object["reason"].is_null());
    EXPECT_TRUE(object["recording"]["head_loss_ms"].is_null());
}

TEST(OverviewJson, NamesItsWindow) {
    const port::Overview overview{.now = k_then, .window = 24h};
    const auto object = to_json(overview, Numbers::masked);
    EXPECT_EQ(object["window_s"], 86'400);
    EXPECT_EQ(object["schema"], k_json_schema);
    EXPECT_EQ(object["calls"].size(), 0U);
}

} // namespace
} // namespace callctl::cmd
