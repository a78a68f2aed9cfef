#include "sim/state.hpp"

#include <array>
#include <utility>

namespace callctl::sim {
namespace {

constexpr std::array<std::pair<CallStatus, std::string_view>, 9> k_call_statuses{{
    {CallStatus::queued, "queued"},
    {CallStatus::initiated, "initiated"},
    {CallStatus::ringing, "ringing"},
    {CallStatus::in_progress, "in-progress"},
    {CallStatus::completed, "completed"},
    {CallStatus::busy, "busy"},
    {CallStatus::failed, "failed"},
    {CallStatus::no_answer, "no-answer"},
    {CallStatus::canceled, "canceled"},
}};

} // namespace

std::string_view to_string(CallStatus status) {
    return k_call_statuses.at(static_cast<std::size_t>(status)).second;
}

std::string_view to_string(RecordingStatus status) {
    switch (status) {
    case RecordingStatus::in_progress:
        return "in-progress";
    case RecordingStatus::paused:
        return "paused";
    case RecordingStatus::processing:
        return "processing";
    case RecordingStatus::completed:
        return "completed";
    case RecordingStatus::absent:
        return "absent";
    case RecordingStatus::failed:
        return "failed";
    case RecordingStatus::deleted:
        return "deleted";
    }
    return "";
}

std::optional<CallStatus> parse_call_status(std::string_view text) {
    for (const auto& [status, name] : k_call_statuses) {
        if (name == text) {
            return status;
        }
    }
    return std::nullopt;
}

} // namespace callctl::sim
