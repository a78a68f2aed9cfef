// The columns of callctl.work that are read and written as one, so that neither side forgets one.
#pragma once

#include <array>
#include <cstddef>

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

} // namespace callctl::pg
