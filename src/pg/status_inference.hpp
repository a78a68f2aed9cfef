// The statuses of calls that are older than callctl: inferred once from what their rows hold, by
// the rules of the pipeline's document, and never over a status that somebody has set.
#pragma once

#include "pg/host_table.hpp"
#include "pg/transaction.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace callctl::pg {

struct InferredCount {
    std::string column{}; ///< `recording_status`
    std::string status{}; ///< `completed`
    std::int64_t rows{0};
};

struct InferencePreview {
    bool done{false};     ///< it has been made: nothing is left to do
    std::int64_t rows{0}; ///< that would change
    std::vector<InferredCount> counts{};
};

/// What is left to infer, counted. \pre the table can be adopted, or does not exist
[[nodiscard]] InferencePreview preview_inference(Transaction& transaction, const HostTable& host);

struct InferenceBatch {
    std::int64_t rows{0};   ///< changed by this batch
    std::int64_t cursor{0}; ///< call_log.id up to which it is done
    std::int64_t upto{0};
    bool done{false};
};

/// Notes how far the table goes now, on the first run; false when the inference is complete.
/// \pre the schema is complete
[[nodiscard]] bool begin_inference(Transaction& transaction);

/// The next `page` rows by key, in the transaction given: after a crash the next run goes on behind
/// the last batch that was committed. \pre begin_inference() was committed
[[nodiscard]] InferenceBatch infer_batch(Transaction& transaction, int page);

} // namespace callctl::pg
