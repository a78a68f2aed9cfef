// One question, asked until it is answered or there is no sense in asking again.
#pragma once

#include "base/http.hpp"
#include "call/failure.hpp"
#include "summary/exchange.hpp"
#include "summary/summary.hpp"

#include <cstdint>
#include <variant>

namespace callctl::summary {

/// What a question is asked again with.
enum class Change : std::uint8_t {
    none,
    degraded,   ///< without a parameter that the server refused; costs nothing
    enlarged,   ///< with more room for the answer, which was cut off
    repaired,   ///< with a complaint about the answer
    simplified, ///< in a simpler form, after a repaired answer did not hold either
};

struct Trial {
    Server server;
    Question question;
    Change last{Change::none};
    bool enlarged{false};
    bool repaired{false};
    bool simplified{false};
};

using Verdict = std::variant<Summary, Trial, call::Failure>;

/// The checked answer, the trial to make next, or why there is none. Whatever the server promised,
/// the answer is checked against our own schema. Each change is made once, and `degraded` as long
/// as there is something to leave out, so that at most four answers are paid for.
[[nodiscard]] Verdict judged(const Trial& trial, const base::HttpResponse& response);

} // namespace callctl::summary
