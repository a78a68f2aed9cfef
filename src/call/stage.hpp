// The three stages of a call and the status each can have.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace callctl::call {

/// A call is in exactly one stage at a time, in this order.
enum class Stage : std::uint8_t { recording, transcript, summary };
inline constexpr std::array k_stages{Stage::recording, Stage::transcript, Stage::summary};

/// By stage.
using StageDeadlines = std::array<std::chrono::milliseconds, k_stages.size()>;

/// `recording` belongs to the recording stage, `processing` to the other two.
enum class Status : std::uint8_t { pending, recording, processing, completed, failed, skipped };
inline constexpr std::array k_statuses{Status::pending,   Status::recording, Status::processing,
                                       Status::completed, Status::failed,    Status::skipped};

[[nodiscard]] std::string_view to_string(Stage stage);
[[nodiscard]] std::string_view to_string(Status status);
[[nodiscard]] std::optional<Stage> parse_stage(std::string_view text);
[[nodiscard]] std::optional<Status> parse_status(std::string_view text);

/// True for `completed` and `skipped`: the call moves on to the next stage.
[[nodiscard]] constexpr bool is_done(Status status) {
    return status == Status::completed || status == Status::skipped;
}

/// The status that says that work on `stage` is going on.
[[nodiscard]] constexpr Status working_status(Stage stage) {
    return stage == Stage::recording ? Status::recording : Status::processing;
}

} // namespace callctl::call
