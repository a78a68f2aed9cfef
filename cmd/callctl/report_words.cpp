#include "report_words.hpp"

#include "base/text.hpp"
#include "call/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

namespace callctl::cmd {
namespace {

using std::chrono::milliseconds;

// NOT_READY of a call that Twilio has not heard of so far: nothing is being finished there.
std::string_view meaning(const call::Call& call, call::Reason reason) {
    const bool unknown = reason == call::Reason::not_ready && call.facts.unknown_to_twilio;
    return unknown ? "Twilio does not know the call so far" : call::info(reason).meaning;
}

struct Doing {
    const call::Call& call;

    std::string operator()(const pipeline::Rest& /*step*/) const { return "nothing"; }
    std::string operator()(const pipeline::Wait& step) const {
        return "look again (" + std::string{meaning(call, step.reason)} + ")";
    }
    std::string operator()(const pipeline::Settle& step) const {
        return "set " + std::string{call::to_string(step.stage)} + " to " +
               std::string{call::to_string(step.status)};
    }
    std::string operator()(const pipeline::Observe& /*step*/) const {
        return "ask Twilio about the call and its recordings";
    }
    std::string operator()(const pipeline::StartRecording& /*step*/) const {
        return "start the recording unless there is one";
    }
    std::string operator()(const pipeline::Transcribe& /*step*/) const {
        return "download and transcribe the recording";
    }
    std::string operator()(const pipeline::Summarise& /*step*/) const {
        return "summarise the transcript";
    }
};

// As CallStore::reopen() takes it.
std::string retry_command(const port::CallStory& story, const port::ProviderLine* closed) {
    const call::Call& call = story.call;
    const bool guarded =
        !story.worker.empty() || closed != nullptr ||
        (call.reason && (call::class_of(*call.reason) == call::ReasonClass::permanent ||
                         call::class_of(*call.reason) == call::ReasonClass::nothing));
    const auto undone = call::first_undone(call.statuses).value_or(call.stage);
    return "callctl retry --stage " + std::string{call::to_string(std::min(undone, call.stage))} +
           (guarded ? " --force " : " ") + call.sid.str();
}

std::string command_for(const port::CallStory& story, const port::ProviderLine* closed) {
    const call::Call& call = story.call;
    const bool ours = closed != nullptr && closed->reason &&
                      call::class_of(*closed->reason) == call::ReasonClass::account;
    if (ours) {
        return "callctl doctor";
    }
    const bool live = call.stage == call::Stage::recording && !is_terminal(call.facts.state);
    if (!live || call.facts.unknown_to_twilio) {
        return retry_command(story, closed);
    }
    return call.facts.recording.sid ? "" : "callctl start-recording " + call.sid.str();
}

/// Of the providers that the step, or what comes behind a pause, is to ask.
const port::ProviderLine* closed_for(const pipeline::Step& step, const port::CallStory& story) {
    const bool waits = std::holds_alternative<pipeline::Wait>(step);
    for (const call::Provider provider :
         waits ? pipeline::providers_of(story.call.stage) : pipeline::providers_of(step)) {
        const auto line =
            std::ranges::find(story.providers, provider, &port::ProviderLine::provider);
        if (line != story.providers.end() && line->is_closed(story.now)) {
            return &*line;
        }
    }
    return nullptr;
}

} // namespace

Colour colour_of(call::Status status) {
    switch (status) {
    case call::Status::completed:
        return Colour::green;
    case call::Status::recording:
    case call::Status::processing:
        return Colour::yellow;
    case call::Status::failed:
        return Colour::red;
    case call::Status::pending:
    case call::Status::skipped:
        return Colour::grey;
    }
    return Colour::none;
}

call::Status present_status(const call::Call& call) {
    return call.status(call.stage).value_or(call::Status::pending);
}

std::string why(const call::Call& call) {
    if (!call.reason) {
        return "-";
    }
    return std::string{call::to_string(*call.reason)} + ": " +
           std::string{meaning(call, *call.reason)};
}

std::string relative(base::Time time, base::Time now) {
    const auto distance = std::chrono::duration_cast<milliseconds>(time - now);
    if (distance > milliseconds{-1'000} && distance < milliseconds{1'000}) {
        return "now";
    }
    return distance > milliseconds{0} ? "in " + base::format_duration(distance)
                                      : base::format_duration(-distance) + " ago";
}

Next next_of(const port::CallStory& story, const pipeline::Step& step) {
    const call::Call& call = story.call;
    if (!call.due_at && story.row_deleted) {
        return {.what = "nothing: the application has deleted the row of this call",
                .at = {},
                .command = {},
                .closed = nullptr};
    }
    if (!call.due_at) {
        const bool is_open = call::open_stage(call) && call.reason != call::Reason::deleted;
        const bool failed = present_status(call) == call::Status::failed;
        const bool refused = call.reason == call::Reason::rejected;
        return {.what = failed ? "nothing by itself: it waits for an operator"
                        : is_open && refused
                            ? "the next callctl reconcile takes it up if call_log takes its row"
                        : is_open ? "the next callctl reconcile takes it up, if it is not too old"
                                  : "nothing: the call is in an end state",
                .at = {},
                .command = retry_command(story, nullptr),
                .closed = nullptr};
    }
    const auto* const wait = std::get_if<pipeline::Wait>(&step);
    const port::ProviderLine* const closed = closed_for(step, story);
    base::Time at = std::max(wait != nullptr ? wait->until : *call.due_at, story.now);
    if (closed != nullptr) {
        at = std::max(at, *closed->closed_until);
    }
    return {.what = std::visit(Doing{call}, step),
            .at = at,
            .command = command_for(story, closed),
            .closed = closed};
}

std::string shown_number(const std::string& number, Numbers numbers) {
    return numbers == Numbers::shown ? number : base::mask_phone(number);
}

std::int64_t cost_of(const port::CallStory& story) {
    return std::accumulate(story.attempts.begin(), story.attempts.end(), std::int64_t{0},
                           [](std::int64_t sum, const port::AttemptLine& attempt) {
                               return sum + attempt.end.cost_micros;
                           });
}

std::string cost_text(std::int64_t micros) {
    constexpr std::int64_t k_unit = 1'000'000;
    constexpr std::size_t k_spare_digits = 2;
    std::string text = fmt::format("{}.{:06}", micros / k_unit, micros % k_unit);
    for (std::size_t i = 0; i < k_spare_digits && text.ends_with('0'); ++i) {
        text.pop_back();
    }
    return text;
}

std::string forecast_text(const pipeline::Forecast& forecast) {
    std::string text = fmt::format("at most {:.1f} minutes of audio",
                                   static_cast<double>(forecast.audio.count()) / 60'000.0);
    if (forecast.unmeasured > 0) {
        text +=
            " and " + base::counted(forecast.unmeasured, "call", "calls") + " of unknown length";
    }
    if (forecast.unpriced && forecast.cost_micros == 0) {
        return text + ", at what price is not configured";
    }
    text += ", about " + cost_text(forecast.cost_micros);
    return forecast.unpriced ? text + " and what a model without a price costs" : text;
}

} // namespace callctl::cmd
