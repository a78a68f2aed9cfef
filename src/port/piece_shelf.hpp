// The pieces of the call that a worker has in hand. They outlive a worker that dies, and go when
// their stage is done.
#pragma once

#include "call/piece.hpp"

#include <optional>
#include <string>

namespace callctl::port {

class PieceShelf {
  public:
    PieceShelf() = default;
    PieceShelf(const PieceShelf&) = delete;
    PieceShelf& operator=(const PieceShelf&) = delete;
    virtual ~PieceShelf() = default;

    /// The piece that was kept under this key for the call and stage, whoever paid for it.
    [[nodiscard]] virtual std::optional<call::Piece> find(call::Stage stage,
                                                          const std::string& key) = 0;
    /// Durable when it returns true. False: the call is no longer ours, and the job should end,
    /// since another worker has it. The same one again changes nothing and is true; another one
    /// under the same key takes its place. Throws base::StoreError when the database cannot be
    /// reached for longer than is worth waiting.
    [[nodiscard]] virtual bool keep(const call::Piece& piece) = 0;
};

} // namespace callctl::port
