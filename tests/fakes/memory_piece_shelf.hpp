// A shelf in memory. A lost lease and a crash between two pieces are played by `limit`: what no
// longer finds room is refused as from a worker who does not hold the call.
#pragma once

#include "port/piece_shelf.hpp"

#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace callctl::fakes {

class MemoryPieceShelf : public port::PieceShelf {
  public:
    [[nodiscard]] std::optional<call::Piece> find(call::Stage stage,
                                                  const std::string& key) override {
        ++m_lookups;
        const auto found = m_pieces.find({stage, key});
        return found == m_pieces.end() ? std::nullopt : std::optional{found->second};
    }

    [[nodiscard]] bool keep(const call::Piece& piece) override {
        const std::pair key{piece.stage, piece.key};
        if (const auto known = m_pieces.find(key); known != m_pieces.end()) {
            known->second = piece;
            return true;
        }
        if (m_pieces.size() >= m_room) {
            return false;
        }
        m_pieces.emplace(key, piece);
        m_kept.push_back(piece);
        return true;
    }

    /// The call is lost once this many pieces are kept.
    void limit(std::size_t room) { m_room = room; }
    /// In the order in which they were kept first.
    [[nodiscard]] const std::vector<call::Piece>& kept() const { return m_kept; }
    [[nodiscard]] std::size_t lookups() const { return m_lookups; }

  private:
    std::map<std::pair<call::Stage, std::string>, call::Piece> m_pieces;
    std::vector<call::Piece> m_kept;
    std::size_t m_room{std::numeric_limits<std::size_t>::max()};
    std::size_t m_lookups{0};
};

/// Reads any document, for PaidOnce.
[[nodiscard]] inline std::optional<std::string> as_it_is(const std::string& document) {
    return document;
}

} // namespace callctl::fakes
