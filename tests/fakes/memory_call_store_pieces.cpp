#include "fakes/memory_call_store.hpp"

#include <algorithm>

namespace callctl::fakes {

void MemoryState::drop_pieces(base::CallId call, call::Stage stage) {
    std::erase_if(
        pieces, [&](const PieceRow& row) { return row.call == call && row.piece.stage == stage; });
}

std::optional<call::Piece> MemoryCallStore::find_piece(base::CallId call, call::Stage stage,
                                                       const std::string& key) {
    const auto lock = entered();
    const auto found = std::ranges::find_if(m_state.pieces, [&](const PieceRow& row) {
        return row.call == call && row.piece.stage == stage && row.piece.key == key;
    });
    return found == m_state.pieces.end() ? std::nullopt : std::optional{found->piece};
}

bool MemoryState::is_overdue(base::CallId call, const call::StageDeadlines& deadlines) const {
    return std::ranges::any_of(attempts, [&](const AttemptRow& attempt) {
        if (attempt.call != call || attempt.line.finished_at) {
            return false;
        }
        base::Time last = attempt.line.started_at;
        for (const PieceRow& row : pieces) {
            if (row.call == call && row.piece.stage == attempt.line.stage) {
                last = std::max(last, row.kept_at);
            }
        }
        return last < now - deadlines.at(static_cast<std::size_t>(attempt.line.stage));
    });
}

port::Written MemoryCallStore::keep_piece(const port::Lease& lease, const call::Piece& piece) {
    const auto lock = entered();
    WorkRow* const work = m_state.fenced(lease);
    if (work == nullptr) {
        return port::Written::superseded;
    }
    const auto known = std::ranges::find_if(m_state.pieces, [&](const PieceRow& row) {
        return row.call == work->id && row.piece.stage == piece.stage && row.piece.key == piece.key;
    });
    if (known != m_state.pieces.end()) {
        if (known->piece.document == piece.document) {
            return port::Written::done;
        }
        m_state.pieces.erase(known);
    }
    m_state.pieces.push_back({work->id, piece, m_state.now});
    work->crashes = 0;
    for (AttemptRow& row : m_state.attempts) {
        if (row.call == work->id && row.token == work->lease_token && !row.line.finished_at) {
            row.line.end.audio_ms += piece.audio_ms;
            row.line.end.cost_micros += piece.cost_micros;
        }
    }
    return port::Written::done;
}

} // namespace callctl::fakes
