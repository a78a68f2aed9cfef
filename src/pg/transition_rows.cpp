#include "pg/transition_rows.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"
#include "pg/call_columns.hpp"
#include "pg/fence.hpp"
#include "pg/open_attempts.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

namespace callctl::pg {
namespace {

// Behind those of callctl.work that are no facts and, under names of their own, those of call_log;
// in the order of add().
constexpr std::array k_transition_columns{
    Column{"token", "bigint"},       Column{"checked", "boolean"},    Column{"work_version", "xid"},
    Column{"host_version", "xid"},   Column{"gives_back", "boolean"}, Column{"shows", "boolean"},
    Column{"begins_next", "boolean"}};

// Of callctl.attempt; all NULL where no attempt ends.
constexpr std::array k_attempt_columns{
    Column{"ended_stage", "text"}, Column{"ended_reason", "text"},   Column{"ended_detail", "text"},
    Column{"request_id", "text"},  Column{"http_status", "integer"}, Column{"requests", "integer"},
    Column{"audio_ms", "bigint"},  Column{"cost_micros", "bigint"},  Column{"burnt", "boolean"}};

constexpr std::array k_artefact_columns{
    Column{"call_id", "bigint"}, Column{"stage", "text"},         Column{"text", "text"},
    Column{"document", "text"},  Column{"provider_host", "text"}, Column{"model", "text"},
    Column{"language", "text"},  Column{"channels", "integer"},   Column{"recording_sid", "text"},
    Column{"is_done", "boolean"}};

// call_log has names that callctl.work has too.
constexpr std::string_view k_shown_prefix = "shown_";

constexpr std::span k_schedule{k_work_columns.data(), k_schedule_columns};
constexpr std::span k_facts{k_work_columns.data() + k_schedule_columns,
                            k_work_columns.size() - k_schedule_columns};

std::string work_assignments(bool learns) {
    std::string sets = work_end_of("held");
    for (const Column& column : k_schedule.subspan(1)) {
        sets += fmt::format(", {0} = held.{0}", column.name);
    }
    if (learns) {
        for (const Column& column : k_facts) {
            sets += fmt::format(", {0} = CASE WHEN held.learnt THEN held.{0} ELSE w.{0} END",
                                column.name);
        }
    }
    return sets;
}

// All leases are locked first, in the order of the SIDs, as everywhere. Everything is looked up
// call by call, for the sake of plans that are kept. An attempt that was never begun, or that
// somebody closed since, is added as ended.
constexpr const char* k_write = R"(
WITH locked AS MATERIALIZED (
  SELECT w.call_id, d.token, w.call_log_id, w.lease_owner, w.xmin AS version
  FROM unnest({leases}) AS d(call_id, token)
  JOIN callctl.work w ON {is_held}
  ORDER BY w.call_sid
  FOR NO KEY UPDATE OF w),
held AS MATERIALIZED (
  SELECT d.*, locked.lease_owner
  FROM {rows} AS d({names})
  JOIN locked USING (call_id, token)
  LEFT JOIN call_log l ON l.id = locked.call_log_id
  WHERE NOT d.checked OR (locked.version = d.work_version AND l.xmin = d.host_version)),
texts AS MATERIALIZED (
  SELECT d.*
  FROM {artefacts} WITH ORDINALITY AS d({artefact_names}, place)
  WHERE d.call_id IN (SELECT call_id FROM held)),
ended AS (
  UPDATE callctl.attempt a
  SET finished_at = now(), reason = held.ended_reason, detail = held.ended_detail,
      request_id = held.request_id, http_status = held.http_status, requests = held.requests,
      audio_ms = held.audio_ms, cost_micros = held.cost_micros, burnt = held.burnt
  FROM held, {open_attempts}
  WHERE held.ended_stage IS NOT NULL AND a.attempt_id = open.attempt_id AND a.finished_at IS NULL
    AND open.lease_token = held.token
  RETURNING a.call_id),
attempts AS (
  INSERT INTO callctl.attempt (call_id, lease_token, stage, reason, detail, request_id, http_status,
                               requests, audio_ms, cost_micros, burnt, worker, started_at,
                               finished_at)
  SELECT call_id, token, ended_stage, ended_reason, ended_detail, request_id, http_status,
         requests, audio_ms, cost_micros, burnt, lease_owner, now(), now()
  FROM held
  WHERE ended_stage IS NOT NULL AND call_id NOT IN (SELECT call_id FROM ended)
  UNION ALL
  SELECT call_id, token, stage, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, lease_owner, now(),
         NULL
  FROM held
  WHERE begins_next),
written AS (
  UPDATE callctl.work w
  SET {work}
  FROM held
  WHERE w.call_id = held.call_id),
shown AS ({shown}),
kept AS (
  INSERT INTO callctl.artefact (call_id, stage, version, text, document, provider_host, model,
                                language, channels, recording_sid, created_at)
  SELECT d.call_id, d.stage,
         coalesce((SELECT max(a.version) FROM callctl.artefact a
                   WHERE a.call_id = d.call_id AND a.stage = d.stage), 0)
           + row_number() OVER (PARTITION BY d.call_id, d.stage ORDER BY d.place),
         d.text, d.document::jsonb, d.provider_host, d.model, d.language, d.channels,
         d.recording_sid, now()
  FROM texts d
  ORDER BY d.place),
dropped AS (
  DELETE FROM callctl.piece p
  USING texts
  WHERE p.call_id = texts.call_id AND p.stage = texts.stage AND texts.is_done)
SELECT held.call_id, NOT held.shows OR held.call_log_id IN (SELECT id FROM shown),
       held.shows AND EXISTS (SELECT FROM pg_trigger t
                              WHERE t.tgrelid = 'call_log'::regclass AND NOT t.tgisinternal)
FROM held)";

// Not over a version of the row that nobody here has seen.
constexpr const char* k_show = R"(
  UPDATE call_log l
  SET {}
  FROM held
  WHERE l.id = held.call_log_id AND held.shows AND l.xmin = held.host_version
  RETURNING l.id)";
// This does not need the right to update call_log.
constexpr const char* k_show_nothing = "SELECT NULL::bigint AS id WHERE false";

/// What a statement is for: not all have all of it to do.
struct Scope {
    bool shows;  ///< in the host's rows too
    bool learns; ///< facts
};

std::string write_sql(Scope scope) {
    std::array<std::string, k_host_changes.size()> shown_names;
    std::vector<Column> columns{k_schedule.begin(), k_schedule.end()};
    columns.reserve(k_schedule.size() + k_host_changes.size() + k_transition_columns.size() +
                    k_attempt_columns.size());
    for (std::size_t i = 0; i < k_host_changes.size(); ++i) {
        shown_names.at(i) = fmt::format("{}{}", k_shown_prefix, k_host_changes.at(i).name);
        columns.push_back({shown_names.at(i).c_str(), k_host_changes.at(i).type});
    }
    columns.insert(columns.end(), k_transition_columns.begin(), k_transition_columns.end());
    columns.insert(columns.end(), k_attempt_columns.begin(), k_attempt_columns.end());
    if (scope.learns) {
        columns.push_back({"learnt", "boolean"});
        columns.insert(columns.end(), k_facts.begin(), k_facts.end());
    }
    const std::size_t artefacts = columns.size() + 1;
    const std::size_t leases = artefacts + k_artefact_columns.size();
    return fmt::format(
        k_write,
        fmt::arg("leases", fmt::format("${}::bigint[], ${}::bigint[]", leases, leases + 1)),
        fmt::arg("is_held", k_held_under_token), fmt::arg("rows", unnest_of(columns)),
        fmt::arg("names", names_of(columns)),
        fmt::arg("artefacts", unnest_of(k_artefact_columns, artefacts)),
        fmt::arg("artefact_names", names_of(k_artefact_columns)),
        fmt::arg("open_attempts", open_attempts_of("held")),
        fmt::arg("work", work_assignments(scope.learns)),
        fmt::arg("shown", scope.shows
                              ? fmt::format(k_show, host_assignments("held", k_shown_prefix))
                              : k_show_nothing));
}

const std::string& statement_of(Scope scope) {
    static const std::array k_statements{
        write_sql({.shows = false, .learns = false}), write_sql({.shows = false, .learns = true}),
        write_sql({.shows = true, .learns = false}), write_sql({.shows = true, .learns = true})};
    return k_statements.at((scope.shows ? 2U : 0U) + (scope.learns ? 1U : 0U));
}

/// jsonb takes no NUL, not even escaped, and PostgreSQL no invalid UTF-8; both can come out of an
/// answer of a provider.
void clean(nlohmann::json& json) {
    if (json.is_string()) {
        json = base::storable_text(json.get_ref<const std::string&>());
    } else if (json.is_structured()) {
        for (auto& member : json) {
            clean(member);
        }
    }
}

Param document_param(const std::string& document) {
    if (document.empty()) {
        return std::nullopt;
    }
    auto json = nlohmann::json::parse(document, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) {
        throw base::BugError{"an artefact's document is no JSON"};
    }
    clean(json);
    return json.dump();
}

// Its pieces go with the stage that is done: where call_log refused that, they are needed again.
std::vector<Param> params_of(base::CallId id, const call::Artefact& artefact,
                             const call::Change& change) {
    const auto status = change.statuses.at(static_cast<std::size_t>(artefact.stage));
    return {param(static_cast<std::int64_t>(id)),
            param(call::to_string(artefact.stage)),
            param(base::storable_text(artefact.text)),
            document_param(artefact.document),
            text_param(artefact.provider_host),
            text_param(artefact.model),
            text_param(artefact.language),
            artefact.channels == 0 ? Param{} : param(artefact.channels),
            artefact.recording ? param(artefact.recording->str()) : Param{},
            param(status && call::is_done(*status))};
}

std::vector<Param> params_of(const call::Change& change) {
    if (!change.attempt) {
        return std::vector<Param>(k_attempt_columns.size());
    }
    const call::AttemptEnd& end = *change.attempt;
    return {param(call::to_string(change.stage)),
            end.reason ? param(call::to_string(*end.reason)) : Param{},
            text_param(end.detail),
            text_param(end.request_id),
            param(end.http_status),
            param(end.requests),
            param(end.audio_ms),
            param(end.cost_micros),
            param(end.burnt)};
}

} // namespace

void TransitionRows::add(const TransitionRow& row) {
    const CallUpdate& update = row.update;
    Params values = work_params(update);
    const auto first_fact = values.begin() + k_schedule_columns;
    Params facts{std::make_move_iterator(first_fact), std::make_move_iterator(values.end())};
    values.erase(first_fact, values.end());
    const auto append = [&values](Params more) {
        std::ranges::move(more, std::back_inserter(values));
    };
    append(host_params(update));
    add_params(values, param(row.lease.token), param(row.checked), text_param(row.decided_on.work),
               text_param(row.decided_on.host), param(update.gives_back),
               param(update.changes_host()), param(row.begins_next));
    append(params_of(row.change));
    if (update.learnt) {
        add_params(values, param(true));
        append(std::move(facts));
    }
    (update.learnt ? m_learnt : m_others).push_back(std::move(values));
    m_shows = m_shows || update.changes_host();
    for (const call::Artefact& artefact : row.change.artefacts) {
        m_artefacts.add(params_of(row.lease.call, artefact, row.change));
    }
}

std::map<base::CallId, WrittenRow>
TransitionRows::write(Transaction& transaction, std::span<const port::Lease> leases) const {
    ArrayRows all;
    for (const auto& values : m_learnt) { // first, so that the facts of the others take no room
        all.add(values);
    }
    for (const auto& values : m_others) {
        all.add(values);
    }
    Params params = all.params();
    const auto append = [&params](Params more) {
        std::ranges::move(more, std::back_inserter(params));
    };
    append(m_artefacts.empty() ? Params(k_artefact_columns.size(), "{}") : m_artefacts.params());
    append(lease_params(leases));
    std::map<base::CallId, WrittenRow> written;
    const Rows rows = transaction.exec_often(
        statement_of({.shows = m_shows, .learns = !m_learnt.empty()}), params);
    for (const Row row : rows) {
        written.emplace(base::CallId{row.at(0).integer()},
                        WrittenRow{row.at(1).boolean(), row.at(2).boolean()});
    }
    return written;
}

} // namespace callctl::pg
