#include "pipeline/forecast.hpp"

#include <gtest/gtest.h>

namespace callctl::pipeline {
namespace {

using call::Reason;
using call::Stage;
using call::Status;
using namespace std::chrono_literals;

const auto k_its_recording = *base::RecordingSid::parse("RE" + std::string(32, 'b'));

constexpr Prices k_prices{
    .transcript = Price{.audio_minute_micros = 6'000},
    .summary = Price{.input_million_micros = 1'000'000, .output_million_micros = 2'000'000}};

call::Call ten_minutes() {
    call::Call call{.sid = *base::CallSid::parse("CA" + std::string(32, 'a'))};
    call.statuses = {Status::completed, Status::pending, Status::pending};
    call.stage = Stage::transcript;
    call.facts.recording = {.sid = k_its_recording, .channels = 2, .duration = 10min};
    return call;
}

Forecast priced(std::int64_t cost_micros) {
    return {.cost_micros = cost_micros};
}

TEST(Forecast, IsAllChannelsOfTheRecordingAndASummaryOfItsWords) {
    const auto both = forecast(ten_minutes(), Transcribe{k_its_recording}, k_prices, std::nullopt);
    EXPECT_EQ(both.audio, 20min);
    EXPECT_EQ(both.cost_micros, 20 * 6'000 + (10 * 450 + 1'000) + 2 * 1'000);
}

TEST(Forecast, IsOfOneStageWhereOnlyThatIsDriven) {
    const auto only =
        forecast(ten_minutes(), Transcribe{k_its_recording}, k_prices, Stage::transcript);
    EXPECT_EQ(only.cost_micros, 20 * 6'000);
}

TEST(Forecast, CountsTheTranscriptThatIsThere) {
    auto call = ten_minutes();
    call.statuses[1] = Status::completed;
    call.stage = Stage::summary;
    call.transcript = std::string(8'000, 'w');
    const auto rest = forecast(call, Summarise{}, k_prices, std::nullopt);
    EXPECT_EQ(rest.audio, 0min);
    EXPECT_EQ(rest.cost_micros, 4'000 + 1'000 + 2'000);
}

TEST(Forecast, TakesTheLengthOfTheCallWhereNoRecordingIsKnown) {
    auto call = ten_minutes();
    call.statuses[0] = Status::pending;
    call.stage = Stage::recording;
    call.facts.recording = {};
    call.facts.duration = 90s;
    EXPECT_EQ(forecast(call, Observe{}, k_prices, std::nullopt).audio, 3min);
    call.facts.duration.reset();
    EXPECT_EQ(forecast(call, Observe{}, k_prices, std::nullopt).audio, 0min);
}

TEST(Forecast, TellsOfACallWhoseLengthNobodyKnows) {
    auto call = ten_minutes();
    const Step step = Transcribe{k_its_recording};
    const auto known = forecast(call, step, k_prices, std::nullopt);
    EXPECT_EQ(known.unmeasured, 0);
    call.facts.recording.duration.reset();
    const auto unknown = forecast(call, step, k_prices, std::nullopt);
    EXPECT_EQ(unknown.unmeasured, 1);
    EXPECT_EQ(added(known, added(unknown, unknown)).unmeasured, 2);
    EXPECT_EQ(forecast(call, step, k_prices, Stage::summary).unmeasured, 1)
        << "the transcript that it is made of is not there";
    call.statuses[1] = Status::completed;
    call.stage = Stage::summary;
    EXPECT_EQ(forecast(call, Summarise{}, k_prices, std::nullopt).unmeasured, 0)
        << "the transcript tells what a summary costs";
}

TEST(Forecast, IsNothingWhereNothingIsAskedFor) {
    const auto call = ten_minutes();
    const std::array<Step, 3> steps{Rest{},
                                    Wait{.until = base::Time{}, .reason = Reason::not_ready},
                                    Settle{Stage::recording, Status::skipped, Reason::no_answer}};
    const Forecast nothing = priced(0);
    for (const Step& step : steps) {
        const Forecast found = forecast(call, step, k_prices, std::nullopt);
        EXPECT_EQ(found.audio, nothing.audio);
        EXPECT_EQ(found.cost_micros, nothing.cost_micros);
    }
    EXPECT_GT(
        forecast(call, Settle{Stage::recording, Status::completed, {}}, k_prices, {}).cost_micros,
        0)
        << "what follows is to be paid";
}

TEST(Forecast, OfSeveralCallsIsTheirSumAndKnowsThatAModelHasNoPrice) {
    const Step step = Transcribe{k_its_recording};
    const auto priced = forecast(ten_minutes(), step, k_prices, std::nullopt);
    EXPECT_FALSE(priced.unpriced);
    const Prices half{.transcript = k_prices.transcript};
    const auto unpriced = forecast(ten_minutes(), step, half, std::nullopt);
    EXPECT_TRUE(unpriced.unpriced);
    EXPECT_FALSE(forecast(ten_minutes(), step, half, call::Stage::transcript).unpriced);
    const Forecast both = added(priced, unpriced);
    EXPECT_EQ(both.audio, priced.audio + unpriced.audio);
    EXPECT_EQ(both.cost_micros, priced.cost_micros + unpriced.cost_micros);
    EXPECT_TRUE(both.unpriced);
}

TEST(Forecast, OfEndlessCallsAtEndlessPricesIsTheMost) {
    auto call = ten_minutes();
    call.facts.recording.duration = std::chrono::hours{24 * 365};
    constexpr std::int64_t k_int64_most = std::numeric_limits<std::int64_t>::max();
    const Prices dear{.transcript = Price{.audio_minute_micros = k_int64_most},
                      .summary = Price{.input_million_micros = k_int64_most}};
    EXPECT_EQ(forecast(call, Transcribe{k_its_recording}, dear, std::nullopt).cost_micros,
              k_int64_most);
}

} // namespace
} // namespace callctl::pipeline
