#include "call/reopening.hpp"

#include "call/progress.hpp"

namespace callctl::call {
namespace {

// A status alone does not tell a stage that was done from one that was done again meanwhile.
bool is_as_seen(const Call& call, Stage stage, const SeenStage& seen) {
    const bool done = seen.status && is_done(*seen.status);
    return call.status(stage) == seen.status && (!done || call.news == seen.news);
}

} // namespace

Reopened judged(const Call& call, bool held, const Reopening& reopening,
                const std::optional<SeenStage>& seen) {
    const auto undone = first_undone(call.statuses);
    if (undone && *undone < reopening.stage) {
        return Reopened::too_early;
    }
    if (held && !reopening.take_over) {
        return Reopened::busy;
    }
    if (seen && !is_as_seen(call, reopening.stage, *seen)) {
        return Reopened::changed;
    }
    const bool final = call.reason && (class_of(*call.reason) == ReasonClass::permanent ||
                                       class_of(*call.reason) == ReasonClass::nothing);
    return final && !reopening.force ? Reopened::permanent : Reopened::done;
}

void begin_again(Call& call, Stage stage, base::Time now) {
    open_skipped(call, stage);
    call.stage = stage;
    call.reason.reset();
    call.detail.clear();
    call.attempts = 0;
    call.crashes = 0;
    ++call.news;
    call.due_at = now;
    forget_verdicts(call.facts, stage);
}

void set_back(Call& call, Stage stage, base::Time now) {
    for (auto i = static_cast<std::size_t>(stage); i < call.statuses.size(); ++i) {
        call.statuses[i] = Status::pending;
    }
    begin_again(call, stage, now);
}

Heeded heed_statuses(Call& call, base::Time now) {
    const auto stage = first_undone(call.statuses);
    if (!stage) {
        return Heeded::nothing;
    }
    const bool failed = call.status(*stage) == Status::failed;
    if (failed && call.stage == *stage && end_of(call.reason) == Status::failed) {
        return Heeded::nothing;
    }
    const bool has_recording =
        *stage == Stage::recording && has_media_or_will(call.facts.recording.state);
    if (!failed || has_recording) {
        begin_again(call, *stage, now);
        return Heeded::begun_again;
    }
    call.stage = *stage;
    call.reason = Reason::rejected;
    call.detail = "the application has set it to failed";
    return Heeded::given_up;
}

} // namespace callctl::call
