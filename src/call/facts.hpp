// What is known of a call and its recording from Twilio, and how new knowledge joins old.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace callctl::call {

/// Twilio's CallStatus (Twilio, Call resource: "Call status values"), in the order in which a call
/// passes through them; `unknown` when nobody has told us yet.
enum class CallState : std::uint8_t {
    unknown,
    queued,
    initiated,
    ringing,
    in_progress,
    completed,
    busy,
    failed,
    no_answer,
    canceled,
};

/// All but `unknown`.
inline constexpr std::array k_told_call_states{
    CallState::queued,      CallState::initiated, CallState::ringing,
    CallState::in_progress, CallState::completed, CallState::busy,
    CallState::failed,      CallState::no_answer, CallState::canceled};

/// The state of the call's recording (Twilio, Recording resource and recordingStatusCallback).
enum class RecordingState : std::uint8_t {
    none,        ///< nobody has told us of one
    in_progress, ///< being recorded
    processing,  ///< ended, or still going on: a plain GET says `processing` for both
    completed,   ///< can be downloaded
    absent,      ///< recorded nothing: too short, silent or a system error (16101, 16102)
    failed,      ///< recording failed, as encryption does (16104 to 16106)
    deleted,     ///< was there and is gone
};

enum class Direction : std::uint8_t { unknown, inbound, outbound };

[[nodiscard]] std::string_view to_string(CallState state);
[[nodiscard]] std::string_view to_string(RecordingState state);
[[nodiscard]] std::string_view to_string(Direction direction);
/// Twilio's spelling (`in-progress`, `no-answer`), and ours with underscores; anything else:
/// unknown.
[[nodiscard]] CallState parse_call_state(std::string_view text);
/// Twilio's spelling, and ours with underscores; `paused` and `stopped` count as in_progress and
/// processing. Nothing when new to us.
[[nodiscard]] std::optional<RecordingState> parse_recording_state(std::string_view text);
/// `outbound-api`, `outbound-dial` and all that begins with `outbound` are outbound; neither that
/// nor `inbound`: unknown.
[[nodiscard]] Direction parse_direction(std::string_view text);

/// The call is over.
[[nodiscard]] constexpr bool is_terminal(CallState state) {
    return state >= CallState::completed;
}
/// Over without anybody having answered.
[[nodiscard]] constexpr bool is_unanswered(CallState state) {
    return state > CallState::completed;
}
/// Nothing more will be heard of the recording by itself.
[[nodiscard]] constexpr bool is_final(RecordingState state) {
    return state >= RecordingState::completed;
}

/// There is a file, or there may be one.
[[nodiscard]] constexpr bool has_media_or_will(RecordingState state) {
    return state == RecordingState::in_progress || state == RecordingState::processing ||
           state == RecordingState::completed;
}

struct RecordingFacts {
    std::optional<base::RecordingSid> sid{};
    RecordingState state{RecordingState::none};
    std::string source{}; ///< Twilio's RecordingSource, as received
    std::optional<int> channels{};
    std::optional<std::chrono::seconds> duration{};
    std::optional<base::Time> started_at{};
    std::optional<int> error_code{}; ///< Twilio's ErrorCode when not 0
    /// Of news alone: Twilio, asked for its list, has no file of the one that is known, and will
    /// have none.
    bool replaces_known{false};
    friend bool operator==(const RecordingFacts&, const RecordingFacts&) = default;
};

struct CallFacts {
    CallState state{CallState::unknown};
    Direction direction{Direction::unknown};
    std::string twilio_direction{}; ///< raw: `outbound-api`, `outbound-dial`
    std::string from{};
    std::string to{};
    std::optional<base::CallSid> parent{};
    std::optional<base::Time> heard_at{};    ///< when we first heard of the call
    std::optional<base::Time> answered_at{}; ///< when the call became in-progress
    std::optional<base::Time> ended_at{};
    std::optional<std::chrono::seconds> duration{};
    /// Our own TwiML told Twilio to record, at this time.
    std::optional<base::Time> asked_by_twiml_at{};
    /// A REST start was about to be sent, at this time; nobody knows yet what came of it.
    std::optional<base::Time> asked_by_rest_at{};
    /// When last asked (observed_at), Twilio said that it does not know this SID (20404).
    bool unknown_to_twilio{false};
    RecordingFacts recording{};
    /// Recordings that Twilio has of this call, as far as we know; above 1 is a doubled bill.
    int recording_count{0};
    /// When Twilio was last asked about the call and its recordings, and how often in this stage.
    std::optional<base::Time> observed_at{};
    int observations{0};
    /// When a REST start was last known to have started nothing, and how often Twilio refused one
    /// with 21220.
    std::optional<base::Time> start_refused_at{};
    int start_refusals{0};
    friend bool operator==(const CallFacts&, const CallFacts&) = default;
};

/// `old` with what `news` adds. Monotone: states never go back, known values are never emptied,
/// so that duplicated and reordered news change nothing (Twilio promises neither order nor
/// exactly-once: Call resource, "Call status callbacks"). Where news contradict each other:
/// - of the ends of a call `completed` wins, it was answered; of one recording `deleted` wins over
///   all, `completed` over `absent` and `failed`;
/// - the earliest start, answer and end count, and the longest duration;
/// - what does not change in a call's life (numbers, direction, parent, source, channels, error) is
///   kept as first told.
/// A second recording SID is counted, and one of the two is kept: one that has or may get a file
/// before one that has none, then the one that started first. What was told of the other is
/// forgotten, so that here later news of the one that is kept may leave a call without a file
/// although the other has one: with a recording_count above 1 only Twilio knows, whose list may say
/// that another one replaces it.
[[nodiscard]] CallFacts merged(const CallFacts& old, const CallFacts& news);
[[nodiscard]] RecordingFacts merged(const RecordingFacts& old, const RecordingFacts& news);

/// The recording that is not the call's any more: Twilio had told of it, and now another one
/// counts. What somebody else's word alone had named is not meant.
[[nodiscard]] std::optional<base::RecordingSid> replaced_recording(const CallFacts& before,
                                                                   const CallFacts& after);

/// Recording start minus answer: how much of the call's beginning is missing. The answer is
/// answered_at or, for a call that our own TwiML answered, the time of that TwiML. Negative values
/// are 0 (a recording may start while it rings). Twilio gives these times in whole seconds, so for
/// a recording that TwiML put before every other verb a difference of up to one second is 0 too.
/// Nothing while either time is unknown.
[[nodiscard]] std::optional<std::chrono::milliseconds> head_loss(const CallFacts& facts);

} // namespace callctl::call
