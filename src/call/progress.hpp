// Where a call stands, from its statuses and facts. Pure, and one answer for every store.
#pragma once

#include "call/call.hpp"

#include <optional>
#include <vector>

namespace callctl::call {

/// The first stage that is neither completed nor skipped; nothing when all are.
[[nodiscard]] std::optional<Stage> first_undone(const StageStatuses& statuses);

/// The stages from `first` on that are completed or skipped.
[[nodiscard]] std::vector<Stage> done_from(Stage first, const StageStatuses& statuses);

/// The first stage that is not done; nothing when all are. A recording that turned up after its
/// stage was skipped or failed makes the recording stage the first again.
[[nodiscard]] std::optional<Stage> open_stage(const Call& call);

/// What was skipped because there seemed to be nothing, as the reason tells, from the stage on
/// where that stands, is open again where it comes after `done`. What the host has skipped stays
/// so.
void open_skipped(Call& call, Stage done);

/// How a stage at rest ended, as its reason tells: for calls of which the host has no row any more.
[[nodiscard]] Status end_of(const std::optional<Reason>& reason);

/// Drops what made the driver give up, so that it asks again from `stage` on; what is known
/// otherwise stays.
void forget_verdicts(CallFacts& facts, Stage stage);

/// Somebody records the call, or a REST start is under way that was not refused: TwiML that told
/// Twilio to record would make a second, billed recording.
[[nodiscard]] bool is_taken(const CallFacts& facts);

/// Whether a decision that was made on `before.facts` has to be made again when they have become
/// `merged`: anything counts while the recording is open, later only what is new of the recording,
/// and that there is another one.
[[nodiscard]] bool matters(const Call& before, const CallFacts& merged);

} // namespace callctl::call
