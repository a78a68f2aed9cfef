// What one transition writes, and what is kept beside it: attempts and artefacts.
#pragma once

#include "call/call.hpp"
#include "call/provider.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace callctl::call {

/// A transcript or a summary with where it came from; versions of one call and stage count from 1.
struct Artefact {
    Stage stage{Stage::transcript}; ///< transcript or summary
    std::string text{};             ///< as written to the host's column
    std::string document{}; ///< JSON: segments with speaker, start, end; or the structured summary
    std::string provider_host{}; ///< the server, without path and credentials
    std::string model{};
    std::string language{}; ///< ISO 639-1 where known
    int channels{0};        ///< of the audio behind a transcript; 0 for a summary
    std::optional<base::RecordingSid> recording{};
};

/// What is known of an attempt when it ends. Money is in millionths of the price's unit.
struct AttemptEnd {
    std::optional<Reason> reason{}; ///< nothing: it succeeded
    std::string detail{};           ///< in words; no secret, no transcript
    std::string request_id{};       ///< the provider's
    int http_status{0};             ///< of the request that decided; 0 without an answer
    int requests{0};                ///< sent to the provider
    std::int64_t audio_ms{0};       ///< audio sent for transcription
    std::int64_t cost_micros{0};
    bool burnt{true}; ///< counts against the maximum of attempts
};

/// The new state of a call after a step or after news. `facts` is what was learnt: the store joins
/// it to what it holds by call::merged, so nothing that came meanwhile is lost.
struct Change {
    Stage stage{Stage::recording};
    StageStatuses statuses{}; ///< only those that change
    std::optional<Reason> reason{};
    std::string detail{}; ///< for `last_error`; empty clears it
    int attempts{0};
    int crashes{0};
    std::optional<base::Time> due_at{}; ///< nothing: an end state
    CallFacts facts{};
    std::int64_t seen_news{
        0}; ///< Call::news as read; when the store has more, the call is due at once
    std::optional<AttemptEnd> attempt{}; ///< closes the attempt that was begun
    std::vector<Artefact> artefacts{};
};

/// `change`, where it ends an attempt, without what the host, whose row has these statuses, has
/// ended itself meanwhile: a text that it calls done, or skips, stays so, whatever came of the
/// work, and the call is due for what is left. But what was skipped for want of a recording is
/// opened, and of the recording itself Twilio's word counts.
[[nodiscard]] Change heeding(Change change, const StageStatuses& shown, base::Time now);

/// The stage that shows the failure where the host's table refuses what `change` would write: the
/// one whose text was to be stored, else the one that was to be completed.
[[nodiscard]] Stage refused_stage(const Change& change);

/// `before` as the database will have it once `change` is written. \pre same call
[[nodiscard]] Call applied(Call before, const Change& change);

} // namespace callctl::call
