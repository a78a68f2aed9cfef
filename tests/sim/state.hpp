// What the simulated Twilio knows of calls and recordings.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

using std::chrono::milliseconds;

enum class CallStatus {
    queued,
    initiated, ///< only webhooks say so; REST still says `queued`
    ringing,
    in_progress,
    completed,
    busy,
    failed,
    no_answer,
    canceled,
};

enum class RecordingStatus { in_progress, paused, processing, completed, absent, failed, deleted };

[[nodiscard]] std::string_view to_string(CallStatus status);
[[nodiscard]] std::string_view to_string(RecordingStatus status);
[[nodiscard]] std::optional<CallStatus> parse_call_status(std::string_view text);
[[nodiscard]] constexpr bool is_over(CallStatus status) {
    return status >= CallStatus::completed;
}

/// Where news of one kind are sent.
struct Subscription {
    std::string url{};
    std::string method{"POST"};
    std::vector<std::string> events{};
};

enum class HangUp { agent, caller };
enum class Fate { completed, too_short, silent, system_error, encryption_failed };

/// What the people and the line of one call do. Lengths are those of the call's own time.
struct Plan {
    CallStatus outcome{CallStatus::completed}; ///< or busy, failed, no_answer, canceled
    std::string dialogue{};
    std::optional<milliseconds>
        duration{}; ///< of the conversation; nothing: as long as the dialogue
    milliseconds queued{200};
    milliseconds ringing{1500};
    milliseconds processing{1500}; ///< from the end of a recording to `completed`
    HangUp hang_up{HangUp::agent};
    Fate fate{Fate::completed};
    bool stream_fails{false}; ///< the agent's WebSocket cannot be reached
};

/// How somebody wants a call to be recorded.
struct RecordingOrder {
    std::string source{};
    std::string name{};
    int channels{1};
    std::string track{"both"};
    bool trim{false};
    Subscription callback{};
};

struct Call {
    std::string sid{};
    std::uint32_t ordinal{0}; ///< the how-manieth call this is, also the watermark of its audio
    std::string direction{};
    std::string from{};
    std::string to{};
    std::string parent{};
    CallStatus status{CallStatus::queued};
    CallStatus status_before{CallStatus::queued}; ///< what a stale read shows
    base::Time created{};
    base::Time updated{};
    std::optional<base::Time> dialled{};
    std::optional<base::Time> answered{};
    std::optional<base::Time> began{}; ///< TwiML runs and people talk: where the dialogue starts
    std::optional<base::Time> ended{};
    milliseconds talked{0};
    Subscription voice{};
    Subscription fallback{};
    Subscription status_callback{};
    Plan plan{};
    int sequence{0};       ///< of the next status callback
    std::uint64_t step{0}; ///< grows with every turn of the flow: what was planned before is void
    std::string twiml{};   ///< as received last
    bool in_stream{false};
    bool in_relay{false};                       ///< <ConversationRelay>: REST may not record
    std::optional<RecordingOrder> record_all{}; ///< POST Calls with Record=true
    std::vector<std::string> recordings{};
};

struct Recording {
    std::string sid{};
    std::string call_sid{};
    std::string source{};
    std::string name{};
    int channels{1};
    std::string track{"both"};
    bool trim{false};
    Subscription callback{};
    RecordingStatus status{RecordingStatus::in_progress};
    base::Time created{};
    base::Time updated{};
    base::Time started{};
    milliseconds from{0};  ///< position in the call at which it starts ...
    milliseconds until{0}; ///< ... and ends; valid once ended
    milliseconds processing{0};
    Fate fate{Fate::completed};
    int error_code{0};
};

/// An entry of the account's debugger.
struct DebuggerEntry {
    base::Time time{};
    int code{0};
    bool error{true}; ///< else a warning
    std::string call_sid{};
    std::string message{};
    std::string url{};
};

/// One webhook and what became of it.
struct DeliveryEntry {
    std::string kind{};
    std::string call_sid{};
    std::string recording_sid{};
    std::string url{};
    std::string token{};
    std::string fault{};                ///< kind of the fault that was applied
    std::vector<std::string> results{}; ///< of each attempt: a status, or what went wrong
};

} // namespace callctl::sim
