// What was paid for before its stage was done.
#include "pg/call_store_pieces.hpp"

#include "base/text.hpp"
#include "pg/array_rows.hpp"
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
WITH held AS MATERIALIZED ({}),
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
  WHERE a.call_id = kept.call_id AND a.lease_token = ANY ($2::bigint[]) AND a.finished_at IS NULL)
SELECT count(*) FROM held)",
                                             k_lock_held);

constexpr const char* k_drop_pieces = R"(
DELETE FROM callctl.piece p
USING unnest($1::bigint[], $2::text[]) AS d(call_id, stage)
WHERE p.call_id = d.call_id AND p.stage = d.stage)";

} // namespace

std::optional<call::Piece> PgCallStore::find_piece(base::CallId call, call::Stage stage,
                                                   const std::string& key) {
    const Rows rows = statement(
        k_find_piece,
        {param(static_cast<std::int64_t>(call)), param(call::to_string(stage)), param(key)},
        Access::read_once);
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
    auto params = lease_params({&lease, 1});
    params.insert(params.end(),
                  {param(call::to_string(piece.stage)), param(piece.key),
                   param(base::storable_text(piece.document)), text_param(piece.request_id),
                   param(piece.audio_ms), param(piece.cost_micros)});
    const Rows rows = statement(k_keep_piece, params);
    return rows.one().at(0).integer() == 0 ? port::Written::superseded : port::Written::done;
}

void drop_pieces(Transaction& transaction, std::span<const StageOfCall> stages) {
    ArrayRows rows;
    for (const auto& [call, stage] : stages) {
        rows.add({param(static_cast<std::int64_t>(call)), param(call::to_string(stage))});
    }
    if (!rows.empty()) {
        transaction.exec_often(k_drop_pieces, rows.params());
    }
}

} // namespace callctl::pg
