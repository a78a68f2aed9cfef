#include "call/stage.hpp"

namespace callctl::call {

std::string_view to_string(Stage stage) {
    switch (stage) {
    case Stage::recording:
        return "recording";
    case Stage::transcript:
        return "transcript";
    case Stage::summary:
        return "summary";
    }
    return "unknown";
}

std::string_view to_string(Status status) {
    switch (status) {
    case Status::pending:
        return "pending";
    case Status::recording:
        return "recording";
    case Status::processing:
        return "processing";
    case Status::completed:
        return "completed";
    case Status::failed:
        return "failed";
    case Status::skipped:
        return "skipped";
    }
    return "unknown";
}

std::optional<Stage> parse_stage(std::string_view text) {
    for (const Stage stage : k_stages) {
        if (text == to_string(stage)) {
            return stage;
        }
    }
    return std::nullopt;
}

std::optional<Status> parse_status(std::string_view text) {
    for (const Status status : k_statuses) {
        if (text == to_string(status)) {
            return status;
        }
    }
    return std::nullopt;
}

} // namespace callctl::call
