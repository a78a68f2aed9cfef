// A call as it stands in the database: what every decision starts from.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "call/facts.hpp"
#include "call/reason.hpp"
#include "call/stage.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace callctl::call {

/// What the host's row says of one stage. No status means that nobody has set one (SQL NULL).
using StageStatuses = std::array<std::optional<Status>, k_stages.size()>;

struct Call {
    base::CallId id{};
    base::CallSid sid;
    StageStatuses statuses{};
    Stage stage{Stage::recording};  ///< where scheduling thinks the call is
    std::optional<Reason> reason{}; ///< why it is there
    std::string detail{};           ///< the last error in words, no secret, no transcript
    int attempts{0};                ///< of the present stage
    int crashes{0};
    /// Grows with everything that others than a worker write: webhooks, sweep, retry. A worker that
    /// writes hands back the value it has read, so that news that came meanwhile are looked at.
    std::int64_t news{0};
    std::optional<base::Time> due_at{};
    base::Time created_at{}; ///< of the host's row, or of ours where it has none
    CallFacts facts{};
    std::string transcript{};      ///< final_transcript
    std::string live_transcript{}; ///< the host's realtime `transcription`
    std::string summary{};
    /// What the host's row says of the business that the call is for; empty where it has no such
    /// column.
    std::string business_name{};
    std::string business_type{};

    [[nodiscard]] std::optional<Status> status(Stage of) const {
        return statuses[static_cast<std::size_t>(of)];
    }
};

} // namespace callctl::call
