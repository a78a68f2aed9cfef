// The answer of a voice webhook, judged as Twilio judges it.
#pragma once

#include "sim/xml.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace callctl::sim {

/// What goes into the account's debugger (https://www.twilio.com/docs/api/errors).
struct TwimlProblem {
    int code{0};
    bool error{true}; ///< else a warning: the call goes on
    std::string message{};
};

struct Twiml {
    bool usable{false}; ///< else the call ends with an application error
    std::vector<Element> verbs{};
    std::vector<TwimlProblem> problems{};
};

inline constexpr std::size_t k_most_twiml_bytes = 64UL << 10U;

[[nodiscard]] Twiml read_twiml(std::string_view content_type, std::string_view body);

} // namespace callctl::sim
