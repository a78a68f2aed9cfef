// The columns of callctl.work that are read and written as one, so that neither side forgets one.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace callctl::pg {

struct Column {
    const char* name;
    const char* type;
};
// Of callctl.work, in the order of read_call() and work_params().
inline constexpr std::array k_work_columns{
    Column{"call_id", "bigint"},
    Column{"call_log_id", "bigint"},
    Column{"stage", "text"},
    Column{"reason", "text"},
    Column{"detail", "text"},
    Column{"attempts", "integer"},
    Column{"crashes", "integer"},
    Column{"news", "bigint"},
    Column{"due_at", "timestamptz"},
    Column{"call_created_at", "timestamptz"},
    Column{"call_state", "text"},
    Column{"direction", "text"},
    Column{"twilio_direction", "text"},
    Column{"from_number", "text"},
    Column{"to_number", "text"},
    Column{"parent_call_sid", "text"},
    Column{"heard_at", "timestamptz"},
    Column{"answered_at", "timestamptz"},
    Column{"ended_at", "timestamptz"},
    Column{"duration_s", "integer"},
    Column{"asked_by_twiml_at", "timestamptz"},
    Column{"asked_by_rest_at", "timestamptz"},
    Column{"unknown_to_twilio", "boolean"},
    Column{"recording_sid", "text"},
    Column{"recording_state", "text"},
    Column{"recording_source", "text"},
    Column{"recording_channels", "integer"},
    Column{"recording_duration_s", "integer"},
    Column{"recording_started_at", "timestamptz"},
    Column{"recording_error_code", "integer"},
    Column{"recording_count", "integer"},
    Column{"observed_at", "timestamptz"},
    Column{"observations", "integer"},
    Column{"start_refused_at", "timestamptz"},
    Column{"start_refusals", "integer"},
    Column{"head_loss_ms", "bigint"},
};

/// So many of them are not facts: who knows a call's facts and learns none writes these alone.
inline constexpr std::size_t k_schedule_columns = 10;

// Of call_log, in the order of host_params().
inline constexpr std::array k_host_changes{
    Column{"recording_status", "text"}, Column{"transcript_status", "text"},
    Column{"summary_status", "text"},   Column{"parent_call_sid", "text"},
    Column{"from_number", "text"},      Column{"to_number", "text"},
    Column{"direction", "text"},        Column{"call_status", "text"},
    Column{"duration", "integer"},      Column{"recording_sid", "text"},
    Column{"recording_url", "text"},    Column{"retry_count", "integer"},
    Column{"final_transcript", "text"}, Column{"summary", "text"},
    Column{"last_error", "text"},
};
/// So many of them are statuses.
inline constexpr std::size_t k_host_statuses = 3;

/// `unnest($1::bigint[], $2::text[], ..)`, from parameter `first` on.
[[nodiscard]] std::string unnest_of(std::span<const Column> columns, std::size_t first = 1);
/// `call_id, stage, ..`
[[nodiscard]] std::string names_of(std::span<const Column> columns);
/// The assignments of an UPDATE of call_log as `l` by rows of `source`, whose columns have `prefix`
/// before their names. NULL leaves a value as it is; an empty last_error becomes NULL. A status
/// stays where `source` has a column of its name behind `unset`, which is true, and somebody has
/// set it meanwhile.
[[nodiscard]] std::string host_assignments(std::string_view source, std::string_view prefix = "",
                                           std::string_view unset = "");

} // namespace callctl::pg
