// Faults: what goes wrong where, how often, for whom.
#pragma once

#include "base/http.hpp"
#include "base/result.hpp"
#include "sim/state.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace callctl::sim {

enum class FaultKind {
    // of requests to us
    status,    ///< refused with a status and the provider's own words
    html,      ///< a page of some proxy instead of an answer
    empty,     ///< a status without a body
    truncated, ///< the body ends before its Content-Length
    cut,       ///< the connection is reset in the middle of the body
    reset,     ///< the connection is reset before a word is said
    timeout,   ///< no answer ever
    slow,      ///< answered late
    not_ready, ///< media: 404 right after `completed`, or 21501 with `code`
    redirect,  ///< media: 302 to `body`
    stale,     ///< call and recording reads show the status before the present one
    // of what AI servers say under 200
    invalid_json,
    wrong_types,    ///< numbers as strings, null where a list is expected
    error_in_200,   ///< an error object with status 200
    empty_segments, ///< verbose_json without segments
    hallucination,  ///< a sentence nobody said, where nobody spoke
    repetition,     ///< the last sentence again and again
    prompt_echo,    ///< nothing but the prompt
    signs,          ///< vowel signs and marks of direction in the text
    fenced,         ///< JSON inside a Markdown fence
    blank,          ///< no content at all
    refusal,
    length, ///< cut off by its token budget
    content_filter,
    // of webhooks
    drop,
    duplicate,
    reorder, ///< held back until the call's next webhook has been answered
    delay,
    bad_signature,
    connect_failure ///< the first attempt does not connect
};

struct Fault {
    int id{0};
    std::string where{}; ///< a place of Faults::places(), or the beginning of one up to a dot
    FaultKind kind{FaultKind::status};
    int status{0};
    std::string code{};
    std::string message{};
    std::string type{};
    std::string body{};
    std::string retry_after{};
    std::vector<base::HttpHeader> headers{};
    milliseconds delay{0};      ///< wall clock
    int skip{0};                ///< lets so many pass first
    std::optional<int> times{}; ///< nothing: until removed
    double probability{1.0};
    std::string call_sid{};
    std::string match{};      ///< only requests whose target or body contain this
    bool after_effect{false}; ///< what was asked for is done all the same; only the answer is lost
    int seen{0};
    int hits{0};
};

/// Whom a request or webhook is about.
struct Subject {
    std::string call_sid{};
    std::uint32_t ordinal{0};
    std::string_view target{};
    std::string_view body{};
};

class Faults {
  public:
    explicit Faults(std::uint64_t seed) : m_seed{seed} {}

    /// Errors (invalid_input): no such place, or a kind that cannot happen there.
    base::Result<int> add(Fault fault);
    bool remove(int id);
    void clear();
    [[nodiscard]] const std::vector<Fault>& all() const { return m_faults; }

    /// The fault that strikes here and now, if any; of several the one added first.
    [[nodiscard]] std::optional<Fault> strike(std::string_view where, const Subject& subject);

    [[nodiscard]] static const std::vector<std::string_view>& places();

  private:
    [[nodiscard]] bool strikes(Fault& fault, std::string_view where, const Subject& subject);

    std::uint64_t m_seed;
    int m_last_id{0};
    std::vector<Fault> m_faults;
    std::map<std::pair<int, std::uint32_t>, std::uint64_t> m_rolls;
};

[[nodiscard]] std::string_view to_string(FaultKind kind);
[[nodiscard]] std::optional<FaultKind> parse_fault_kind(std::string_view text);

} // namespace callctl::sim
