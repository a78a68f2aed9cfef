// A part of a long transcript that is summarised, as it is kept until the whole is.
#pragma once

#include "call/piece.hpp"
#include "summary/exchange.hpp"
#include "summary/summary.hpp"

#include <optional>
#include <string>

namespace callctl::summary {

/// The key under which the answer is kept: SHA-256 of the server as it is configured, not as it has
/// turned out to be, of the instructions and of the part.
[[nodiscard]] std::string piece_key(const Server& configured, const Question& question);

/// What it cost is left to be filled in.
[[nodiscard]] call::Piece to_piece(std::string key, const Summary& summary);

/// Nothing for what to_piece() did not write.
[[nodiscard]] std::optional<Summary> from_piece(const call::Piece& piece);

} // namespace callctl::summary
