#include "timeline.hpp"

#include "report_words.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace callctl::cmd {
namespace {

using std::chrono::milliseconds;

Event of(const port::DeliveryLine& delivery) {
    const auto slash = delivery.route.rfind('/');
    const std::string route =
        slash == std::string::npos ? delivery.route : delivery.route.substr(slash + 1);
    const std::string again =
        delivery.deliveries > 1 ? "came " + std::to_string(delivery.deliveries) + " times" : "";
    const std::string kept = delivery.applied ? "" : "kept, not applied: " + delivery.detail;
    return {delivery.received_at, "webhook", "webhook " + route, base::joined({again, kept}),
            delivery.applied ? Colour::none : Colour::red};
}

// Whoever began an attempt and holds the call no more has died over it.
Colour attempt_colour(const port::AttemptLine& attempt) {
    if (!attempt.finished_at) {
        return Colour::yellow;
    }
    if (!attempt.end.reason) {
        return Colour::green;
    }
    const auto reason_class = call::class_of(*attempt.end.reason);
    const bool harmless =
        reason_class == call::ReasonClass::wait || reason_class == call::ReasonClass::nothing;
    return harmless ? Colour::grey : Colour::red;
}

std::string result_of(const port::AttemptLine& attempt, const port::CallStory& story) {
    if (!attempt.finished_at) {
        const bool held = !story.worker.empty() && attempt.worker == story.worker;
        return held ? "under way" : "never finished: its worker died or lost the call";
    }
    const auto took =
        std::chrono::duration_cast<milliseconds>(*attempt.finished_at - attempt.started_at);
    const std::string verb =
        attempt.end.reason ? std::string{call::to_string(*attempt.end.reason)} : "done";
    return verb + " after " + base::format_duration(took);
}

Event of(const port::AttemptLine& attempt, int number, const port::CallStory& story) {
    const call::AttemptEnd& end = attempt.end;
    std::vector<std::string> facts{result_of(attempt, story)};
    facts.push_back(end.cost_micros > 0 ? "cost " + cost_text(end.cost_micros) : "");
    facts.push_back(end.http_status > 0 ? "HTTP " + std::to_string(end.http_status) : "");
    facts.push_back(end.requests > 0 ? base::counted(end.requests, "request", "requests") : "");
    facts.push_back(
        end.audio_ms > 0 ? base::format_duration(milliseconds{end.audio_ms}) + " of audio" : "");
    facts.emplace_back(attempt.finished_at && end.reason && !end.burnt ? "not counted" : "");
    facts.push_back(end.request_id.empty() ? "" : "id " + end.request_id);
    const std::string detail = base::joined(facts);
    const std::string stage{call::to_string(attempt.stage)};
    return {attempt.started_at, "attempt", stage + " attempt " + std::to_string(number),
            end.detail.empty() ? detail : detail + ": " + end.detail, attempt_colour(attempt)};
}

Event of(const port::ArtefactLine& artefact) {
    return {artefact.created_at, "artefact",
            std::string{call::to_string(artefact.stage)} + " stored",
            base::joined({"version " + std::to_string(artefact.version),
                          base::counted(static_cast<std::int64_t>(artefact.characters), "character",
                                        "characters"),
                          artefact.model, artefact.language}),
            Colour::green};
}

void add_attempts(std::vector<Event>& events, const port::CallStory& story) {
    std::array<int, call::k_stages.size()> numbers{};
    for (const port::AttemptLine& attempt : story.attempts) {
        events.push_back(of(attempt, ++numbers.at(static_cast<std::size_t>(attempt.stage)), story));
    }
}

void add_call(std::vector<Event>& events, const call::CallFacts& facts) {
    if (facts.answered_at) {
        events.push_back({*facts.answered_at, "call", "call answered", ""});
    }
    if (facts.ended_at) {
        const std::string lasted =
            facts.duration ? "it took " + base::format_duration(*facts.duration) : "";
        events.push_back({*facts.ended_at, "call", "call ended",
                          base::joined({std::string{call::to_string(facts.state)}, lasted})});
    }
}

std::string recording_detail(const call::CallFacts& facts) {
    const call::RecordingFacts& recording = facts.recording;
    const auto loss = call::head_loss(facts);
    return base::joined(
        {recording.sid ? recording.sid->str() : "", recording.source,
         recording.channels ? base::counted(*recording.channels, "channel", "channels") : "",
         loss ? "head loss " + std::to_string(loss->count()) + " ms" : "",
         facts.recording_count > 1
             ? std::to_string(facts.recording_count) + " at Twilio, each is billed"
             : ""});
}

void add_recording(std::vector<Event>& events, const call::CallFacts& facts) {
    const auto add = [&events](const std::optional<base::Time>& at, std::string what,
                               std::string detail, Colour colour = Colour::none) {
        if (at) {
            events.push_back({*at, "recording", std::move(what), std::move(detail), colour});
        }
    };
    add(facts.asked_by_twiml_at, "recording asked for", "by TwiML");
    add(facts.asked_by_rest_at, "recording asked for", "by REST");
    add(facts.start_refused_at, "recording refused",
        std::string{facts.unknown_to_twilio ? "error 20404: Twilio does not know the call; "
                                            : "error 21220: the call was not in progress; "} +
            base::counted(facts.start_refusals, "time", "times"),
        Colour::yellow);
    add(facts.recording.started_at, "recording began", recording_detail(facts));
    add(facts.observed_at, "Twilio asked",
        base::counted(facts.observations, "time", "times") + " in this stage, the last one here");
}

} // namespace

std::vector<Event> timeline_of(const port::CallStory& story) {
    std::vector<Event> events;
    for (const port::DeliveryLine& delivery : story.deliveries) {
        events.push_back(of(delivery));
    }
    add_call(events, story.call.facts);
    add_recording(events, story.call.facts);
    add_attempts(events, story);
    for (const port::ArtefactLine& artefact : story.artefacts) {
        events.push_back(of(artefact));
    }
    std::ranges::stable_sort(events, {}, &Event::at);
    return events;
}

} // namespace callctl::cmd
