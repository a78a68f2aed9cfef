// What can be done next with a call.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "call/provider.hpp"
#include "call/reason.hpp"
#include "call/stage.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <variant>

namespace callctl::pipeline {

/// Nothing: the call is in an end state.
struct Rest {
    friend bool operator==(const Rest&, const Rest&) = default;
};

/// Nothing yet: look again at `until`. `status` is what the stage shows meanwhile.
struct Wait {
    base::Time until{};
    call::Reason reason{call::Reason::not_ready};
    call::Status status{call::Status::pending};
    friend bool operator==(const Wait&, const Wait&) = default;
};

/// The facts decide the stage; nothing has to be asked.
struct Settle {
    call::Stage stage{call::Stage::recording};
    call::Status status{call::Status::completed}; ///< completed, failed or skipped
    std::optional<call::Reason> reason{};         ///< none when completed
    friend bool operator==(const Settle&, const Settle&) = default;
};

/// Ask Twilio about the call and its recordings.
struct Observe {
    friend bool operator==(const Observe&, const Observe&) = default;
};

/// List the call's recordings; when there is none, start one.
struct StartRecording {
    friend bool operator==(const StartRecording&, const StartRecording&) = default;
};

struct Transcribe {
    base::RecordingSid recording;
    friend bool operator==(const Transcribe&, const Transcribe&) = default;
};

struct Summarise {
    friend bool operator==(const Summarise&, const Summarise&) = default;
};

using Step = std::variant<Rest, Wait, Settle, Observe, StartRecording, Transcribe, Summarise>;

/// A word for logs and for `status`: `start_recording`.
[[nodiscard]] std::string_view name_of(const Step& step);

/// Who is asked for a stage, first the one that it is about.
[[nodiscard]] std::span<const call::Provider> providers_of(call::Stage stage);
/// Who is asked in this step; nobody when it is decided here.
[[nodiscard]] std::span<const call::Provider> providers_of(const Step& step);

} // namespace callctl::pipeline
