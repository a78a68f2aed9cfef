// What callctl reads of a row of the host's table, and what it may write to one. Pure.
#pragma once

#include "base/time.hpp"
#include "call/call.hpp"
#include "call/change.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace callctl::pg {

/// The host's words for the stages: NULL and words that are not ours happen.
using StatusWords = std::array<std::optional<std::string>, call::k_stages.size()>;

struct HostRow {
    std::int64_t id{0}; ///< 0: there is none, or the host has deleted it
    StatusWords statuses{};
    std::string parent{};
    std::string from{};
    std::string to{};
    std::string direction{};
    std::string call_status{};
    std::int64_t duration{0};
    std::string recording_sid{};
    std::string recording_url{};
    std::string last_error{};
    std::int64_t retry_count{0};
    std::optional<base::Time> created_at{};
    std::string live_transcript{};
    std::string transcript{};
    std::string summary{};
    std::string business_name{}; ///< columns of this name are the host's own; most have none
    std::string business_type{};
};

/// The columns of a row that change; nothing: stays as it is, whatever the host does meanwhile.
struct HostChange {
    StatusWords statuses{};
    /// Those of them that nobody had set: whoever sets one meanwhile is right.
    std::array<bool, call::k_stages.size()> unset{};
    std::optional<std::string> parent{};
    std::optional<std::string> from{};
    std::optional<std::string> to{};
    std::optional<std::string> direction{};
    std::optional<std::string> call_status{};
    std::optional<std::int64_t> duration{};
    std::optional<std::string> recording_sid{};
    std::optional<std::string> recording_url{};
    std::optional<std::string> last_error{}; ///< empty: becomes NULL
    std::optional<std::int64_t> retry_count{};
    std::optional<std::string> transcript{};
    std::optional<std::string> summary{};
    friend bool operator==(const HostChange&, const HostChange&) = default;
};

/// What this host's table wants of the values it gets.
struct HostRules {
    std::string account_sid{};
    /// Columns of limited length, in characters: a longer text is cut rather than the call lost.
    std::map<std::string, std::size_t> max_characters{};
    /// A row stays as it is inserted, and there is one of a call at the most.
    bool takes_whole_rows{false};
};

/// In call_status: Twilio's spelling, which hosts keep.
[[nodiscard]] std::string call_status_word(call::CallState state);

/// The statuses that are words of ours; the others are not set.
[[nodiscard]] call::StageStatuses known_statuses(const StatusWords& words);

/// What the row says of stages that nobody has set, by the rules of the pipeline's document.
[[nodiscard]] StatusWords inferred_statuses(const HostRow& row);

/// What the row tells of the call; `words` are its statuses after inference.
[[nodiscard]] call::CallFacts facts_of(const HostRow& row, const StatusWords& words);

/// What makes the row show `next`: statuses, error and attempts as they are there, call_status
/// moved on, and what is empty filled. Never empties a value; a status that `next` has not set
/// stays. A row that names the recording that was replaced names the one that took its place.
[[nodiscard]] HostChange
host_change(const HostRow& row, const call::Call& next, const HostRules& rules,
            const std::optional<base::RecordingSid>& replaced = std::nullopt);

/// The row as it is after the change.
[[nodiscard]] HostRow changed(HostRow row, const HostChange& change);

/// What adoption writes into the row: the statuses that nobody had set, and nothing else.
[[nodiscard]] HostChange adoption_change(const HostRow& row);

/// The texts of artefacts; an empty one replaces nothing.
void set_texts(HostChange& change, const std::vector<call::Artefact>& artefacts,
               const HostRules& rules);

} // namespace callctl::pg
