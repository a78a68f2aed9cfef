#include "call/progress.hpp"

namespace callctl::call {
std::optional<Stage> first_undone(const StageStatuses& statuses) {
    for (const Stage stage : k_stages) {
        const auto status = statuses[static_cast<std::size_t>(stage)];
        if (!status || !is_done(*status)) {
            return stage;
        }
    }
    return std::nullopt;
}

std::vector<Stage> done_from(Stage first, const StageStatuses& statuses) {
    std::vector<Stage> done;
    for (const Stage stage : k_stages) {
        const auto status = statuses[static_cast<std::size_t>(stage)];
        if (stage >= first && status && is_done(*status)) {
            done.push_back(stage);
        }
    }
    return done;
}

std::optional<Stage> open_stage(const Call& call) {
    const auto recording = call.status(Stage::recording);
    if (recording && *recording != Status::completed &&
        has_media_or_will(call.facts.recording.state)) {
        return Stage::recording;
    }
    return first_undone(call.statuses);
}

void open_skipped(Call& call, Stage done) {
    if (!call.reason || class_of(*call.reason) != ReasonClass::nothing) {
        return;
    }
    for (const Stage stage : k_stages) {
        auto& status = call.statuses[static_cast<std::size_t>(stage)];
        if (stage > done && stage >= call.stage && status == Status::skipped) {
            status = Status::pending;
        }
    }
}

Status end_of(const std::optional<Reason>& reason) {
    if (!reason) {
        return Status::completed;
    }
    return class_of(*reason) == ReasonClass::nothing ? Status::skipped : Status::failed;
}

void forget_verdicts(CallFacts& facts, Stage stage) {
    facts.observations = 0;
    facts.observed_at.reset();
    facts.start_refusals = 0;
    facts.start_refused_at.reset();
    facts.unknown_to_twilio = false;
    // Whether a leg has a recording of its own Twilio alone knows, and it names the parent again.
    // One that is live is left alone: asked, we would begin a second recording of the same words.
    if (stage == Stage::recording && is_terminal(facts.state)) {
        facts.parent.reset();
    }
    RecordingState& state = facts.recording.state;
    if (stage == Stage::recording && is_final(state) && state != RecordingState::completed) {
        state = RecordingState::none;
        facts.recording.error_code.reset();
    } else if (state == RecordingState::deleted) {
        state = RecordingState::completed;
    }
}

bool is_taken(const CallFacts& facts) {
    const bool refused = facts.start_refused_at && facts.asked_by_rest_at &&
                         *facts.start_refused_at >= *facts.asked_by_rest_at;
    return facts.recording.state != RecordingState::none || facts.recording.sid ||
           (facts.asked_by_rest_at && !refused);
}

bool matters(const Call& before, const CallFacts& merged) {
    if (open_stage(before) == Stage::recording) {
        return merged != before.facts;
    }
    const bool first_other = before.facts.recording_count <= 1 && merged.recording_count > 1;
    return first_other || merged.recording.state != before.facts.recording.state ||
           merged.recording.sid != before.facts.recording.sid;
}

} // namespace callctl::call
