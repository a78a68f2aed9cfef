#include "report_json.hpp"

#include "timeline.hpp"

#include "app/health.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <span>

namespace callctl::cmd {
namespace {

using nlohmann::ordered_json;

template <class T>
ordered_json or_null(const std::optional<T>& value) {
    return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json reason_json(const std::optional<call::Reason>& reason) {
    return reason ? ordered_json(call::to_string(*reason)) : ordered_json(nullptr);
}

ordered_json number_json(const std::string& number, Numbers numbers) {
    return text_or_null(shown_number(number, numbers));
}

template <class Duration>
ordered_json count_json(const std::optional<Duration>& duration) {
    return duration ? ordered_json(duration->count()) : ordered_json(nullptr);
}

ordered_json recording_json(const call::CallFacts& facts) {
    const call::RecordingFacts& recording = facts.recording;
    return {{"sid", recording.sid ? ordered_json(recording.sid->str()) : ordered_json(nullptr)},
            {"state", call::to_string(recording.state)},
            {"source", text_or_null(recording.source)},
            {"channels", or_null(recording.channels)},
            {"duration_s", count_json(recording.duration)},
            {"started_at", time_json(recording.started_at)},
            {"error_code", or_null(recording.error_code)},
            {"head_loss_ms", count_json(call::head_loss(facts))},
            {"count", facts.recording_count}};
}

ordered_json attempt_json(const port::AttemptLine& attempt) {
    return {{"number", attempt.number},
            {"stage", call::to_string(attempt.stage)},
            {"worker", attempt.worker},
            {"started_at", time_json(attempt.started_at)},
            {"finished_at", time_json(attempt.finished_at)},
            {"reason", reason_json(attempt.end.reason)},
            {"detail", text_or_null(attempt.end.detail)},
            {"request_id", text_or_null(attempt.end.request_id)},
            {"http_status", attempt.end.http_status > 0 ? ordered_json(attempt.end.http_status)
                                                        : ordered_json(nullptr)},
            {"requests", attempt.end.requests},
            {"audio_ms", attempt.end.audio_ms},
            {"cost_micros", attempt.end.cost_micros},
            {"burnt", attempt.end.burnt}};
}

template <class Lines, class ToJson>
ordered_json list_json(const Lines& lines, ToJson to_json_line) {
    ordered_json list = ordered_json::array();
    for (const auto& line : lines) {
        list.push_back(to_json_line(line));
    }
    return list;
}

} // namespace

ordered_json text_or_null(const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

ordered_json time_json(const std::optional<base::Time>& time) {
    return time ? ordered_json(base::format_iso8601(*time)) : ordered_json(nullptr);
}

ordered_json to_json(const call::Call& call, Numbers numbers) {
    ordered_json statuses;
    for (const call::Stage stage : call::k_stages) {
        const auto status = call.status(stage);
        statuses[std::string{call::to_string(stage)}] =
            status ? ordered_json(call::to_string(*status)) : ordered_json(nullptr);
    }
    return {{"call_sid", call.sid.str()},
            {"stage", call::to_string(call.stage)},
            {"status", call::to_string(present_status(call))},
            {"statuses", statuses},
            {"reason", reason_json(call.reason)},
            {"detail", text_or_null(call.detail)},
            {"attempts", call.attempts},
            {"crashes", call.crashes},
            {"due_at", time_json(call.due_at)},
            {"created_at", time_json(call.created_at)},
            {"call_state", call::to_string(call.facts.state)},
            {"direction", call::to_string(call.facts.direction)},
            {"from", number_json(call.facts.from, numbers)},
            {"to", number_json(call.facts.to, numbers)},
            {"answered_at", time_json(call.facts.answered_at)},
            {"ended_at", time_json(call.facts.ended_at)},
            {"duration_s", count_json(call.facts.duration)},
            {"recording", recording_json(call.facts)}};
}

namespace {

ordered_json to_json(const app::Verdict& verdict) {
    const auto finding = [](const app::Finding& found) -> ordered_json {
        return {{"level", app::to_string(found.level)}, {"text", found.text}};
    };
    return {{"level", app::to_string(verdict.level)},
            {"findings", list_json(verdict.findings, finding)}};
}

ordered_json event_json(const Event& event) {
    return {{"at", time_json(event.at)},
            {"kind", event.kind},
            {"what", event.what},
            {"detail", text_or_null(event.detail)}};
}

} // namespace

ordered_json to_json(const port::Overview& overview, Numbers numbers) {
    const auto count = [](const port::CountRow& row) -> ordered_json {
        return {{"stage", call::to_string(row.stage)},
                {"status", call::to_string(row.status)},
                {"calls", row.calls}};
    };
    const auto reason = [](const port::ReasonCount& row) -> ordered_json {
        return {
            {"stage", call::to_string(row.stage)},
            {"reason", call::to_string(row.reason)},
            {"gave_up", row.gave_up && call::class_of(row.reason) != call::ReasonClass::nothing},
            {"calls", row.calls}};
    };
    const auto provider = [](const port::ProviderLine& line) -> ordered_json {
        return {{"provider", call::to_string(line.provider)},
                {"closed_until", time_json(line.closed_until)},
                {"reason", reason_json(line.reason)},
                {"detail", text_or_null(line.detail)},
                {"failures", line.failures}};
    };
    const auto line = [numbers](const port::CallLine& call) {
        ordered_json object = to_json(call.call, numbers);
        object["worker"] = text_or_null(call.worker);
        return object;
    };
    return {{"schema", k_json_schema},
            {"now", time_json(overview.now)},
            {"window_s", std::chrono::duration_cast<std::chrono::seconds>(overview.window).count()},
            {"counts", list_json(overview.counts, count)},
            {"reasons", list_json(overview.reasons, reason)},
            {"due_now", overview.due_now},
            {"stuck", overview.stuck},
            {"leased", overview.leased},
            {"oldest_due", time_json(overview.oldest_due)},
            {"next_due", time_json(overview.next_due)},
            {"inbox_unapplied", overview.inbox_unapplied},
            {"swept_at", time_json(overview.swept_at)},
            {"health", to_json(app::verdict_on(overview))},
            {"providers", list_json(overview.providers, provider)},
            {"calls", list_json(overview.calls, line)}};
}

ordered_json to_json(const port::CallStory& story, const pipeline::Step& step, Numbers numbers) {
    const Next next = next_of(story, step);
    ordered_json row_statuses;
    for (const call::Stage stage : call::k_stages) {
        const auto& word = story.words.at(static_cast<std::size_t>(stage));
        row_statuses[std::string{call::to_string(stage)}] =
            word ? ordered_json(*word) : ordered_json(nullptr);
    }
    const auto delivery = [](const port::DeliveryLine& line) -> ordered_json {
        return {{"route", line.route},
                {"received_at", time_json(line.received_at)},
                {"deliveries", line.deliveries},
                {"applied", line.applied},
                {"detail", text_or_null(line.detail)}};
    };
    const auto artefact = [](const port::ArtefactLine& line) -> ordered_json {
        return {{"stage", call::to_string(line.stage)},     {"version", line.version},
                {"created_at", time_json(line.created_at)}, {"model", text_or_null(line.model)},
                {"language", text_or_null(line.language)},  {"characters", line.characters}};
    };
    return {{"schema", k_json_schema},
            {"now", time_json(story.now)},
            {"call", to_json(story.call, numbers)},
            {"row_statuses", row_statuses},
            {"next_step", pipeline::name_of(step)},
            {"next_at", time_json(next.at)},
            {"waits_for", next.closed == nullptr
                              ? ordered_json(nullptr)
                              : ordered_json(call::to_string(next.closed->provider))},
            {"command", text_or_null(next.command)},
            {"worker", text_or_null(story.worker)},
            {"lease_until", time_json(story.lease_until)},
            {"cost_micros", cost_of(story)},
            {"deliveries", list_json(story.deliveries, delivery)},
            {"attempts", list_json(story.attempts, attempt_json)},
            {"artefacts", list_json(story.artefacts, artefact)},
            {"timeline", list_json(timeline_of(story), event_json)}};
}

ordered_json to_json(const Lead& lead, int limit, Numbers numbers) {
    const LeadTotals totals = totals_of(lead);
    ordered_json statuses = ordered_json::object();
    for (const call::Status status : call::k_statuses) {
        statuses[std::string{call::to_string(status)}] =
            totals.statuses.at(static_cast<std::size_t>(status));
    }
    const auto shown = std::min(lead.calls.size(), static_cast<std::size_t>(std::max(limit, 0)));
    return {{"number", number_json(lead.number, numbers)},
            {"calls", lead.calls.size()},
            {"inbound", totals.inbound},
            {"outbound", totals.outbound},
            {"talked_s", totals.talked.count()},
            {"recorded_s", totals.recorded.count()},
            {"statuses", statuses},
            {"newest",
             list_json(std::span{lead.calls}.first(shown),
                       [numbers](const call::Call& call) { return to_json(call, numbers); })}};
}

namespace {

ordered_json to_json(const app::BackfillReport& backfill) {
    return {{"from", time_json(backfill.from)},
            {"until", time_json(backfill.until)},
            {"calls", backfill.calls},
            {"recordings", backfill.recordings},
            {"unknown", backfill.unknown},
            {"refused", backfill.refused},
            {"corrected", backfill.corrected},
            {"doubled", backfill.doubled},
            {"requests", backfill.requests},
            {"failure", backfill.failure ? ordered_json(backfill.failure->detail) : nullptr}};
}

} // namespace

ordered_json to_json(const app::ReconcileReport& report, bool dry_run) {
    const auto planned = [](const app::PlannedStep& plan) -> ordered_json {
        return {{"call_sid", plan.call.sid.str()},
                {"stage", call::to_string(plan.call.stage)},
                {"step", pipeline::name_of(plan.step)},
                {"reason", reason_json(plan.call.reason)},
                {"due_at", time_json(plan.call.due_at)},
                {"audio_ms", plan.forecast.audio.count()},
                {"cost_micros", plan.forecast.cost_micros},
                {"unpriced", plan.forecast.unpriced},
                {"unmeasured", plan.forecast.unmeasured > 0}};
    };
    const app::WorkReport& work = report.work;
    ordered_json object{{"schema", k_json_schema},
                        {"dry_run", dry_run},
                        {"from_spool", report.from_spool},
                        {"adopted", report.sweep.adopted},
                        {"reset", report.sweep.reset},
                        {"replayed", report.sweep.replayed},
                        {"expired_leases", report.sweep.expired_leases},
                        {"refused", report.sweep.refused},
                        {"gave_up_by_news", report.gave_up_by_news}};
    if (report.backfill) {
        object["backfill"] = to_json(*report.backfill);
    }
    if (dry_run) {
        const pipeline::Forecast total = app::total_of(report);
        object["audio_ms"] = total.audio.count();
        object["cost_micros"] = total.cost_micros;
        object["unpriced"] = total.unpriced;
        object["unmeasured"] = total.unmeasured;
        object["max_cost_reached"] = work.out_of_money;
        object["planned"] = list_json(report.planned, planned);
        return object;
    }
    object.update(ordered_json{{"driven", work.driven},
                               {"completed", work.completed},
                               {"skipped", work.skipped},
                               {"gave_up", work.gave_up},
                               {"waiting", work.waiting},
                               {"superseded", work.superseded},
                               {"handed_back", work.handed_back},
                               {"failed", work.failed},
                               {"requests", work.requests},
                               {"cost_micros", work.cost_micros},
                               {"out_of_time", work.out_of_time},
                               {"max_cost_reached", work.out_of_money}});
    return object;
}

} // namespace callctl::cmd
