#include "call/change.hpp"

namespace callctl::call {
namespace {

void drop_skipped_behind(Change& change, Stage stage) {
    for (const Stage later : k_stages) {
        auto& status = change.statuses[static_cast<std::size_t>(later)];
        if (later > stage && status == Status::skipped) {
            status.reset();
        }
    }
}

} // namespace

Change heeding(Change change, const StageStatuses& shown, base::Time now) {
    if (!change.attempt) {
        return change;
    }
    for (const Stage stage : {Stage::transcript, Stage::summary}) {
        const auto index = static_cast<std::size_t>(stage);
        auto& next = change.statuses[index];
        const bool is_opened = next == Status::pending && change.stage != stage;
        if (!next || is_opened || !shown[index] || !is_done(*shown[index])) {
            continue;
        }
        next.reset();
        if (change.stage == stage) { // what is left is decided anew
            change.reason.reset();
            change.detail.clear();
            change.attempts = 0;
            change.crashes = 0;
            change.due_at = now;
            drop_skipped_behind(change, stage);
        }
        std::erase_if(change.artefacts,
                      [stage](const Artefact& artefact) { return artefact.stage == stage; });
    }
    return change;
}

Stage refused_stage(const Change& change) {
    if (!change.artefacts.empty()) {
        return change.artefacts.back().stage;
    }
    for (const Stage stage : k_stages) {
        if (change.statuses[static_cast<std::size_t>(stage)] == Status::completed) {
            return stage;
        }
    }
    return change.stage;
}

Call applied(Call before, const Change& change) {
    for (const Stage stage : k_stages) {
        const auto index = static_cast<std::size_t>(stage);
        if (change.statuses[index]) {
            before.statuses[index] = change.statuses[index];
        }
    }
    before.stage = change.stage;
    before.reason = change.reason;
    before.detail = change.detail;
    before.attempts = change.attempts;
    before.crashes = change.crashes;
    before.due_at = change.due_at;
    before.facts = merged(before.facts, change.facts);
    for (const Artefact& artefact : change.artefacts) {
        (artefact.stage == Stage::summary ? before.summary : before.transcript) = artefact.text;
    }
    return before;
}

} // namespace callctl::call
