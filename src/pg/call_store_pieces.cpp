// What was paid for before its stage was done.
#include "pg/call_store_pieces.hpp"

#include "base/text.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/fence.hpp"

#include <fmt/format.h>

namespace callctl::pg {
namespace {

constexpr const char* k_find_piece = R"(
SELECT document, request_id, audio_ms, cost_micros
FROM callctl.piece
WHERE call_id = $1::bigint AND stage = $2 AND key = $3)";

// Repeated when its commit is in doubt, it finds the piece there and counts nothing twice. Another
// answer under the same key was paid for because the first could not be read.
const std::string k_keep_piece = fmt::format(R"(
WITH held AS MATERIALIZED (
  SELECT call_id, lease_token
  FROM callctl.work
  WHERE {}
  FOR NO KEY UPDATE),
kept AS (
  INSERT INTO callctl.piece AS p (call_id, stage, key, document, request_id, audio_ms, cost_micros,
                              created_at)
  SELECT call_id, $3::text, $4::text, $5::text, $6::text, $7::bigint, $8::bigint, now()
  FROM held
  ON CONFLICT (call_id, stage, key) DO UPDATE
  SET document = excluded.document, request_id = excluded.request_id,
      audio_ms = excluded.audio_ms, cost_micros = excluded.cost_micros, created_at = now()
  WHERE p.document <> excluded.document
  RETURNING call_id, audio_ms, cost_micros),
survived AS (
  UPDATE callctl.work w
  SET crashes = 0
  FROM kept
  WHERE w.call_id = kept.call_id AND w.crashes > 0),
counted AS (
  UPDATE callctl.attempt a
  SET audio_ms = coalesce(a.audio_ms, 0) + kept.audio_ms,
      cost_micros = coalesce(a.cost_micros, 0) + kept.cost_micros
  FROM kept
  WHERE a.call_id = kept.call_id AND a.lease_token = $2::bigint AND a.finished_at IS NULL)
SELECT count(*) FROM held)",
                                             k_held_under_token);

constexpr const char* k_drop_pieces = R"(
DELETE FROM callctl.piece WHERE call_id = $1::bigint AND stage = $2)";

} // namespace

std::optional<call::Piece> PgCallStore::find_piece(base::CallId call, call::Stage stage,
                                                   const std::string& key) {
    const Rows rows = statement(
        k_find_piece,
        {param(static_cast<std::int64_t>(call)), param(call::to_string(stage)), param(key)},
        Access::read_only);
    if (rows.empty()) {
        return std::nullopt;
    }
    const Row row = rows.one();
    return call::Piece{.stage = stage,
                       .key = key,
                       .document = row.at(0).text(),
                       .request_id = row.at(1).text(),
                       .audio_ms = row.at(2).integer(),
                       .cost_micros = row.at(3).integer()};
}

port::Written PgCallStore::keep_piece(const port::Lease& lease, const call::Piece& piece) {
    const Rows rows = statement(
        k_keep_piece, {param(static_cast<std::int64_t>(lease.call)), param(lease.token),
                       param(call::to_string(piece.stage)), param(piece.key),
                       param(base::storable_text(piece.document)), text_param(piece.request_id),
                       param(piece.audio_ms), param(piece.cost_micros)});
    return rows.one().at(0).integer() == 0 ? port::Written::superseded : port::Written::done;
}

void drop_pieces(Transaction& transaction, base::CallId call, call::Stage stage) {
    transaction.exec(k_drop_pieces,
                     {param(static_cast<std::int64_t>(call)), param(call::to_string(stage))});
}

} // namespace callctl::pg
