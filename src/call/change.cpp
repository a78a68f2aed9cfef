#include "call/change.hpp"

namespace callctl::call {

Change heeding(Change change, const StageStatuses& shown) {
    for (const Stage stage : {Stage::transcript, Stage::summary}) {
        const auto index = static_cast<std::size_t>(stage);
        auto& next = change.statuses[index];
        if (next && *next != Status::pending && shown[index] && is_done(*shown[index])) {
            next.reset();
            std::erase_if(change.artefacts,
                          [stage](const Artefact& artefact) { return artefact.stage == stage; });
        }
    }
    return change;
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
