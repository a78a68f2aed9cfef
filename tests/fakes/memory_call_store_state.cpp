#include "fakes/memory_call_store_state.hpp"

#include "call/progress.hpp"

#include <algorithm>
#include <utility>

namespace callctl::fakes {
namespace {

constexpr const char* k_row_deleted = "the host deleted the row";

call::Provider provider_of(call::Stage stage) {
    switch (stage) {
    case call::Stage::recording:
        return call::Provider::twilio;
    case call::Stage::transcript:
        return call::Provider::transcription;
    case call::Stage::summary:
        return call::Provider::summary;
    }
    return call::Provider::twilio;
}

std::string error_text(const call::Change& change, const HostRow& shown) {
    if (!change.reason) {
        return change.detail;
    }
    const auto reason_class = call::class_of(*change.reason);
    if (reason_class == call::ReasonClass::wait) {
        const bool failed = shown.statuses[static_cast<std::size_t>(change.stage)] == "failed";
        return failed ? shown.last_error : "";
    }
    if (reason_class == call::ReasonClass::nothing) {
        return "";
    }
    const std::string code{call::to_string(*change.reason)};
    return change.detail.empty() ? code : code + ": " + change.detail;
}

} // namespace

HostRow* MemoryState::host_of(const base::CallSid& sid) {
    for (auto& [id, row] : host) {
        if (row.call_sid == sid.str()) {
            return &row;
        }
    }
    return nullptr;
}

HostRow* MemoryState::host_of(const WorkRow& row) {
    const auto found = host.find(row.host_id);
    return found == host.end() ? nullptr : &found->second;
}

WorkRow* MemoryState::work_of(base::CallId id) {
    for (auto& [sid, row] : work) {
        if (row.id == id) {
            return &row;
        }
    }
    return nullptr;
}

WorkRow* MemoryState::fenced(const port::Lease& lease) {
    WorkRow* const row = work_of(lease.call);
    const bool ours =
        row != nullptr && row->lease_token == lease.token && !row->lease_owner.empty();
    return ours ? row : nullptr;
}

bool MemoryState::is_held(const WorkRow& row) const {
    return !row.lease_owner.empty() && row.lease_until && *row.lease_until > now;
}

std::optional<base::Time> MemoryState::closed_until(call::Stage stage) const {
    const auto& until = providers[static_cast<std::size_t>(provider_of(stage))].closed_until;
    return until && *until > now ? until : std::nullopt;
}

MemoryState::Room MemoryState::room(const Places& limits) {
    Room room;
    for (const call::Stage stage : call::k_stages) {
        const auto index = static_cast<std::size_t>(stage);
        const auto taken = std::ranges::count_if(places, [&](const PlaceRow& place) {
            const WorkRow* const holder = fenced(place.lease);
            return place.provider == provider_of(stage) && holder != nullptr && is_held(*holder);
        });
        if (limits.at(index) > 0) {
            room.at(index) = limits.at(index) - static_cast<int>(taken);
        }
    }
    return room;
}

call::Call MemoryState::view(const WorkRow& row) {
    call::Call call{.id = row.id, .sid = row.sid};
    call.stage = row.stage;
    call.reason = row.reason;
    call.detail = row.detail;
    call.attempts = row.attempts;
    call.crashes = row.crashes;
    call.news = row.news;
    call.due_at = row.due_at;
    call.created_at = row.created_at;
    call.facts = row.facts;
    if (const HostRow* const shown = host_of(row)) {
        call.statuses = known_statuses(*shown);
        call.transcript = shown->final_transcript;
        call.live_transcript = shown->transcription;
        call.summary = shown->summary;
        if (!call.facts.recording.sid) {
            const call::CallFacts told = facts_of(*shown);
            call.facts.recording = call::merged(call.facts.recording, told.recording);
            call.facts.recording_count = std::max(call.facts.recording_count, told.recording_count);
        }
    }
    return call;
}

WorkRow MemoryState::adopted(HostRow& row) const {
    infer_statuses(row);
    WorkRow made{.sid = base::CallSid::parse(row.call_sid.value()).value()};
    made.host_id = row.id;
    const auto stage = call::first_undone(known_statuses(row));
    made.stage = stage.value_or(call::Stage::summary);
    made.due_at = stage ? std::optional{now} : std::nullopt;
    made.created_at = std::min(row.created_at.value_or(now), now);
    made.facts = facts_of(row);
    return made;
}

WorkRow& MemoryState::insert(WorkRow row) {
    row.id = base::CallId{++last_call};
    const base::CallSid sid = row.sid;
    return work.insert_or_assign(sid, std::move(row)).first->second;
}

WorkRow* MemoryState::by_name(const base::CallSid& sid) {
    HostRow* const row = host_of(sid);
    if (const auto found = work.find(sid); found != work.end()) {
        if (row != nullptr && host_of(found->second) == nullptr) {
            found->second.host_id = row->id;
        }
        return &found->second;
    }
    return row == nullptr ? nullptr : &insert(adopted(*row));
}

std::optional<call::Call> MemoryState::shown(const base::CallSid& sid) {
    if (const auto found = work.find(sid); found != work.end()) {
        return view(found->second);
    }
    const HostRow* const row = host_of(sid);
    if (row == nullptr) {
        return std::nullopt;
    }
    HostRow copy = *row;
    WorkRow unscheduled = adopted(copy);
    unscheduled.due_at.reset();
    return view(unscheduled);
}

void MemoryState::relink(WorkRow& row, const HostRow& found) {
    row.host_id = found.id;
    if (row.detail == k_row_deleted) {
        row.reason.reset();
        row.detail.clear();
    }
}

void MemoryState::retire(WorkRow& row) const {
    row.due_at.reset();
    row.reason = call::Reason::not_eligible;
    row.detail = k_row_deleted;
    row.lease_owner.clear();
    row.lease_until.reset();
}

void MemoryState::close_open_attempts(base::CallId call, const std::string& detail) {
    for (auto& attempt : attempts) {
        if (attempt.call == call && !attempt.line.finished_at) {
            attempt.line.finished_at = now;
            attempt.line.end.reason = call::Reason::crashed;
            attempt.line.end.detail = detail;
            attempt.line.end.burnt = false;
        }
    }
}

void MemoryState::apply(WorkRow& row, HostRow& shown, const call::Change& change) const {
    row.stage = change.stage;
    row.reason = change.reason;
    row.detail = change.detail;
    row.attempts = change.attempts;
    row.crashes = change.crashes;
    row.due_at = change.due_at;
    const auto before = std::exchange(row.facts, call::merged(row.facts, change.facts));
    for (std::size_t i = 0; i < change.statuses.size(); ++i) {
        if (change.statuses[i]) {
            shown.statuses[i] = std::string{call::to_string(*change.statuses[i])};
        }
    }
    shown.last_error = error_text(change, shown);
    shown.retry_count = change.attempts;
    shown.updated_at = now;
    fill(shown, row.facts, account_sid, call::replaced_recording(before, row.facts));
}

port::ProviderLine MemoryState::line_of(const port::ProviderState& state) const {
    const bool closed = state.closed_until && *state.closed_until > now;
    return {state.provider, closed ? state.closed_until : std::nullopt,
            state.reason,   state.detail,
            state.failures, state.closed_until && !closed};
}

std::vector<port::DeliveryLine> MemoryState::deliveries_of(const base::CallSid& sid) const {
    std::vector<port::DeliveryLine> lines;
    for (const auto& row : inbox) {
        if (row.delivery.sid == sid) {
            lines.push_back(
                {row.delivery.route, row.received_at, row.deliveries, row.applied, row.error});
        }
    }
    return lines;
}

} // namespace callctl::fakes
