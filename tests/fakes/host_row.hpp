// A row of the host's call_log as the tests see it, and what callctl may do to such a row.
#pragma once

#include "base/time.hpp"
#include "call/call.hpp"
#include "call/change.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace callctl::fakes {

/// Statuses are the host's words: NULL and foreign words happen.
struct HostRow {
    std::int64_t id{0};
    std::optional<std::string> call_sid{};
    std::array<std::optional<std::string>, call::k_stages.size()> statuses{"pending", "pending",
                                                                           "pending"};
    std::string parent_call_sid{};
    std::string from_number{};
    std::string to_number{};
    std::string direction{};
    std::string call_status{};
    std::optional<int> duration{};
    std::string recording_sid{};
    std::string recording_url{};
    std::string transcription{};
    std::string final_transcript{};
    std::string summary{};
    std::string last_error{};
    int retry_count{0};
    std::optional<base::Time> created_at{};
    std::optional<base::Time> updated_at{};
};

/// As PostgreSQL's length(): characters, not bytes.
[[nodiscard]] std::size_t characters(const std::string& text);
/// The statuses that are words of ours; the others are not set.
[[nodiscard]] call::StageStatuses known_statuses(const HostRow& row);
/// Sets the NULL ones by the adoption rules of the pipeline's document.
void infer_statuses(HostRow& row);
/// What the row tells of the call.
[[nodiscard]] call::CallFacts facts_of(const HostRow& row);
/// Fills what is empty, moves call_status on, never empties anything; names another recording
/// than the one that was replaced.
void fill(HostRow& row, const call::CallFacts& facts, const std::string& account_sid,
          const std::optional<base::RecordingSid>& replaced);

} // namespace callctl::fakes
