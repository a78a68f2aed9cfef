#include "summary/piece.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"
#include "summary/schema.hpp"

namespace callctl::summary {

std::string piece_key(const Server& configured, const Question& question) {
    return base::to_hex(base::sha256(fingerprint(configured) + '\n' + question.instructions + '\n' +
                                     question.data));
}

call::Piece to_piece(std::string key, const Summary& summary) {
    return {.stage = call::Stage::summary,
            .key = std::move(key),
            .document = summary.document,
            .request_id = summary.request_id};
}

std::optional<Summary> from_piece(const call::Piece& piece) {
    auto summary = checked(piece.document);
    return summary ? std::optional{std::move(*summary)} : std::nullopt;
}

} // namespace callctl::summary
