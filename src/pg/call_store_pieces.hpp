// Where pieces go.
#pragma once

#include "base/ids.hpp"
#include "call/stage.hpp"
#include "pg/transaction.hpp"

#include <span>

namespace callctl::pg {

struct StageOfCall {
    base::CallId call{};
    call::Stage stage{};
};

/// The stages are done, or are to be paid for anew.
void drop_pieces(Transaction& transaction, std::span<const StageOfCall> stages);

} // namespace callctl::pg
