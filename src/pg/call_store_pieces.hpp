// Where pieces go.
#pragma once

#include "base/ids.hpp"
#include "call/stage.hpp"
#include "pg/transaction.hpp"

namespace callctl::pg {

/// The stage is done, or is to be paid for anew.
void drop_pieces(Transaction& transaction, base::CallId call, call::Stage stage);

} // namespace callctl::pg
