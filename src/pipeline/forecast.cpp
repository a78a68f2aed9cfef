#include "pipeline/forecast.hpp"

namespace callctl::pipeline {
namespace {

using call::Stage;
using call::Status;
using std::chrono::milliseconds;

// Telephone speech is some 150 words a minute (both together), a word some 6 characters with its
// space, and two characters are counted as a token, as for the context of a model.
constexpr std::int64_t k_tokens_a_minute = 450;
constexpr std::int64_t k_tokens_around = 1'000; // instructions and schema
constexpr std::int64_t k_tokens_back = 1'000;

bool goes_on(const Step& step) {
    const auto* const settled = std::get_if<Settle>(&step);
    return settled != nullptr
               ? settled->status == Status::completed
               : !std::holds_alternative<Rest>(step) && !std::holds_alternative<Wait>(step);
}

bool is_to_be_done(const call::Call& call, Stage stage, std::optional<Stage> only) {
    const auto status = call.status(stage);
    const bool done = status == Status::completed || status == Status::skipped;
    return !done && stage >= call.stage && (!only || *only == stage);
}

std::optional<milliseconds> length_of(const call::Call& call) {
    return call.facts.recording.duration ? call.facts.recording.duration : call.facts.duration;
}

bool has_transcript(const call::Call& call) {
    return call.status(Stage::transcript) == Status::completed;
}

std::int64_t summary_tokens(const call::Call& call, milliseconds length) {
    const std::int64_t words =
        has_transcript(call)
            ? static_cast<std::int64_t>(call.transcript.size()) / 2
            : std::chrono::ceil<std::chrono::minutes>(length).count() * k_tokens_a_minute;
    return words + k_tokens_around;
}

} // namespace

Forecast added(const Forecast& left, const Forecast& right) {
    return {.audio = left.audio + right.audio,
            .cost_micros = added(left.cost_micros, right.cost_micros),
            .unpriced = left.unpriced || right.unpriced,
            .unmeasured = left.unmeasured + right.unmeasured};
}

Forecast forecast(const call::Call& call, const Step& step, const Prices& prices,
                  std::optional<Stage> only) {
    Forecast forecast;
    if (!goes_on(step)) {
        return forecast;
    }
    const auto known = length_of(call);
    const milliseconds length = known.value_or(milliseconds{0});
    const bool transcribes = is_to_be_done(call, Stage::transcript, only);
    const bool summarises = is_to_be_done(call, Stage::summary, only);
    if (!known && (transcribes || (summarises && !has_transcript(call)))) {
        forecast.unmeasured = 1;
    }
    if (transcribes) {
        constexpr int k_dual = 2;
        const int channels = call.facts.recording.channels.value_or(k_dual);
        forecast.audio = length * channels;
        forecast.cost_micros = audio_cost(prices.transcript.value_or(Price{}), forecast.audio);
        forecast.unpriced = !prices.transcript;
    }
    if (summarises) {
        forecast.cost_micros =
            added(forecast.cost_micros, token_cost(prices.summary.value_or(Price{}),
                                                   summary_tokens(call, length), k_tokens_back));
        forecast.unpriced = forecast.unpriced || !prices.summary;
    }
    return forecast;
}

} // namespace callctl::pipeline
