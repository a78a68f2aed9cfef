// The statuses of calls that are older than callctl: inferred once from what their rows hold, by
// the rules of the pipeline's document, in the columns that callctl has added. A status column that
// the host had before stays as it is, NULL as well: what NULL means there is the host's business,
// and a call of such a row is understood when it is taken up.
#pragma once

#include "pg/host_table.hpp"
#include "pg/transaction.hpp"

#include <chrono>
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

/// The record says so; false where there is none.
[[nodiscard]] bool inference_is_done(Transaction& transaction);

/// Notes how far the table goes now, on the first run; false when the inference is complete.
/// \pre the schema is complete
[[nodiscard]] bool begin_inference(Transaction& transaction, const HostTable& host);

/// The next `page` rows by key, in the transaction given: after a crash the next run goes on behind
/// the last batch that was committed. Waits for no row, so that it is never in a deadlock: one that
/// somebody has locked is a BusyError. base::SchemaError where a trigger would fire that cannot
/// rest. \pre begin_inference() was committed
[[nodiscard]] InferenceBatch infer_batch(Transaction& transaction, const HostTable& host, int page);

/// How many rows the next batch takes, after one of `rows` took so long: a write of the host's to
/// one of them waits for as long.
[[nodiscard]] int next_page(int rows, std::chrono::milliseconds took, int most);

/// The transaction's writes fire no ordinary trigger. SqlError without the right to.
void silence_triggers(Transaction& transaction);

} // namespace callctl::pg
