// A transcript against a model's context: how much it is, and where it is cut.
#pragma once

#include "summary/exchange.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace callctl::summary {

/// Tokens that a text is certainly not much more than: two characters a token, as for Hebrew; one
/// for a digit, since some vocabularies have no longer numbers, and for a character of East Asia;
/// two for an emoji.
[[nodiscard]] std::size_t estimated_tokens(std::string_view text);

/// Room for data in one question, in tokens.
struct Room {
    std::size_t whole{0}; ///< beside the instructions and the answer
    std::size_t part{0};  ///< of a call that is cut: at most 60 % of the context
};
/// \pre question has its instructions. Zero where the server's limits leave none.
[[nodiscard]] Room room_of(const Server& server, const Question& question);

/// Fewest tokens of a part that are worth a request.
inline constexpr std::size_t k_smallest_part = 200;

enum class Overlap : std::uint8_t { none, turns };

/// Consecutive lines in parts of at most `limit` tokens each, at least one. With `turns` each part
/// begins with the last two lines of the one before, as long as these are no more than a quarter of
/// it. A line that is more than the limit by itself is cut, where there are any at spaces, and each
/// piece has the line's `[mm:ss] speaker: ` again.
/// \pre limit >= k_smallest_part
[[nodiscard]] std::vector<std::vector<std::string>> in_parts(std::span<const std::string> lines,
                                                             std::size_t limit, Overlap overlap);

/// The context that a server's refusal of a question names (`maximum context length is 8192
/// tokens`, `the available context size (8192 tokens)`); nothing where it names none that is worth
/// believing.
[[nodiscard]] std::optional<std::size_t> stated_context(std::string_view detail);

/// The server with the context that it seems to have after it refused `asked` as too much: what its
/// failure names, or what leaves room for half of the data.
[[nodiscard]] Server narrowed(Server server, const Question& asked, const call::Failure& failure);

} // namespace callctl::summary
