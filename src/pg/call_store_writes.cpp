// What workers write: attempts and transitions, fenced by the token of their lease.
#include "base/exception.hpp"
#include "base/text.hpp"
#include "call/progress.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_pieces.hpp"
#include "pg/call_store_row_writes.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/fence.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace callctl::pg {
namespace {

// Asking Twilio is not recording: an attempt of the recording stage leaves the status as it is.
const std::string k_begin_attempt = fmt::format(R"(
WITH ours AS MATERIALIZED (
  SELECT call_id, call_log_id, lease_token, lease_owner, news
  FROM callctl.work
  WHERE {}
  FOR NO KEY UPDATE),
held AS (
  SELECT * FROM ours WHERE news <= $4::bigint),
asked AS (
  UPDATE callctl.work w
  SET asked_by_rest_at = now()
  FROM held
  WHERE w.call_id = held.call_id AND $3::text = 'recording'),
closed AS (
  UPDATE callctl.attempt a
  SET finished_at = now(), reason = 'CRASHED', detail = 'another attempt began before it ended',
      burnt = false
  FROM held
  WHERE a.call_id = held.call_id AND a.finished_at IS NULL),
opened AS (
  INSERT INTO callctl.attempt (call_id, stage, lease_token, worker, started_at)
  SELECT call_id, $3::text, lease_token, lease_owner, now()
  FROM held),
shown AS (
  UPDATE call_log l
  SET transcript_status = CASE $3::text WHEN 'transcript' THEN 'processing'
                                        ELSE l.transcript_status END,
      summary_status = CASE $3::text WHEN 'summary' THEN 'processing' ELSE l.summary_status END,
      updated_at = now() AT TIME ZONE 'UTC'
  FROM held
  WHERE l.id = held.call_log_id AND $3::text <> 'recording')
SELECT (SELECT count(*) FROM ours), (SELECT count(*) FROM held))",
                                                k_held_under_token);

const std::string k_lock_held = fmt::format(R"(
SELECT call_sid
FROM callctl.work
WHERE {}
FOR NO KEY UPDATE)",
                                            k_held_under_token);

constexpr const char* k_end_attempt = R"(
UPDATE callctl.attempt
SET finished_at = now(), reason = $3, detail = $4, request_id = $5, http_status = $6::integer,
    requests = $7::integer, audio_ms = $8::bigint, cost_micros = $9::bigint, burnt = $10::boolean
WHERE call_id = $1::bigint AND lease_token = $2::bigint AND finished_at IS NULL)";

constexpr const char* k_add_ended_attempt = R"(
INSERT INTO callctl.attempt (call_id, lease_token, reason, detail, request_id, http_status, requests,
                             audio_ms, cost_micros, burnt, stage, worker, started_at, finished_at)
SELECT $1::bigint, $2::bigint, $3, $4, $5, $6::integer, $7::integer, $8::bigint, $9::bigint,
       $10::boolean, $11::text, lease_owner, now(), now()
FROM callctl.work
WHERE call_id = $1::bigint)";

constexpr const char* k_add_artefact = R"(
INSERT INTO callctl.artefact (call_id, stage, version, text, document, provider_host, model, language,
                              channels, recording_sid, created_at)
SELECT $1::bigint, $2::text, coalesce(max(version), 0) + 1, $3, $4::jsonb, $5, $6, $7, $8::integer,
       $9, now()
FROM callctl.artefact
WHERE call_id = $1::bigint AND stage = $2::text)";

constexpr const char* k_transaction_id = "SELECT txid_current()";

// NULL when the server has forgotten so old a transaction.
constexpr const char* k_was_committed = "SELECT txid_status($1::bigint) = 'committed'";

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

void add_artefact(Transaction& transaction, base::CallId id, const call::Artefact& artefact) {
    transaction.exec(k_add_artefact,
                     {param(static_cast<std::int64_t>(id)), param(call::to_string(artefact.stage)),
                      param(base::storable_text(artefact.text)), document_param(artefact.document),
                      text_param(artefact.provider_host), text_param(artefact.model),
                      text_param(artefact.language),
                      artefact.channels == 0 ? Param{} : param(artefact.channels),
                      artefact.recording ? param(artefact.recording->str()) : Param{}});
}

void end_attempt(Transaction& transaction, const port::Lease& lease, const call::Change& change) {
    const call::AttemptEnd& end = *change.attempt;
    Params params{param(static_cast<std::int64_t>(lease.call)),
                  param(lease.token),
                  end.reason ? param(call::to_string(*end.reason)) : Param{},
                  text_param(end.detail),
                  text_param(end.request_id),
                  param(end.http_status),
                  param(end.requests),
                  param(end.audio_ms),
                  param(end.cost_micros),
                  param(end.burnt)};
    if (transaction.exec(k_end_attempt, params).affected() == 0) {
        params.push_back(param(call::to_string(change.stage)));
        transaction.exec(k_add_ended_attempt, params);
    }
}

/// What is left of a change whose row the host's table refuses: the failure, and what was learnt.
call::Change parked(const call::Change& change, const std::string& error) {
    call::Change parked = change;
    parked.stage = change.artefacts.empty() ? change.stage : change.artefacts.back().stage;
    parked.statuses = {};
    parked.statuses[static_cast<std::size_t>(parked.stage)] = call::Status::failed;
    parked.reason = call::Reason::rejected;
    parked.detail = fmt::format("call_log refused the row: {}", error);
    parked.due_at = std::nullopt;
    return parked;
}

/// What of a change the host's row gets.
enum class Shown {
    all,
    failure, ///< only what tells of a failure: one of the other values is what was refused
    nothing, ///< the row takes no change at all
};

CallUpdate update_of(StoredCall stored, const call::Change& change, const HostRules& rules,
                     Shown shown) {
    const std::int64_t news = stored.call.news;
    const bool rested = !stored.call.due_at;
    const auto reason = stored.call.reason;
    CallUpdate update{call::applied(std::move(stored.call), change), stored.host.id};
    if (news > change.seen_news) {
        // What came meanwhile has not been looked at, and may have moved the call on.
        update.call.due_at = stored.now;
        update.call.stage = call::open_stage(update.call).value_or(update.call.stage);
        if (rested) {
            update.call.reason = reason; // why they ended the call, which this change knows not of
        }
    }
    const HostChange host = host_change(stored.host, update.call, rules);
    switch (shown) {
    case Shown::all:
        update.host = host;
        set_texts(update.host, change.artefacts, rules);
        break;
    case Shown::failure:
        update.host = {.statuses = host.statuses,
                       .last_error = host.last_error,
                       .retry_count = host.retry_count};
        break;
    case Shown::nothing:
        break;
    }
    return update;
}

bool was_committed(Transaction& transaction, const std::string& transaction_id) {
    const Rows status = transaction.exec(k_was_committed, {param(transaction_id)});
    return !status.one().at(0).is_null() && status.one().at(0).boolean();
}

/// A write, once. `doubtful` is the transaction of a first try whose commit may have happened;
/// empty when there was none. It held the same lock, so that it is over once that is had.
port::Written write_in(Transaction& transaction, const port::Lease& lease,
                       const call::Change& change, const HostRules& rules, Shown shown,
                       const std::string& doubtful) {
    const Rows held = transaction.exec(
        k_lock_held, {param(static_cast<std::int64_t>(lease.call)), param(lease.token)});
    if (held.empty()) {
        return port::Written::superseded;
    }
    if (!doubtful.empty() && was_committed(transaction, doubtful)) {
        return port::Written::done;
    }
    const std::string sid = held.one().at(0).text();
    auto calls = read_calls(transaction, std::span{&sid, 1});
    const CallUpdate update = update_of(std::move(calls.at(0)), change, rules, shown);
    write_calls(transaction, std::span{&update, 1});
    for (const call::Artefact& artefact : change.artefacts) {
        add_artefact(transaction, lease.call, artefact);
        drop_pieces(transaction, lease.call, artefact.stage);
    }
    if (change.attempt) {
        end_attempt(transaction, lease, change);
    }
    return port::Written::done;
}

} // namespace

port::Written PgCallStore::begin_attempt(const port::Lease& lease, call::Stage stage,
                                         std::int64_t seen_news) {
    try {
        const Rows rows = statement(
            k_begin_attempt, {param(static_cast<std::int64_t>(lease.call)), param(lease.token),
                              param(call::to_string(stage)), param(seen_news)});
        if (rows.one().at(0).integer() == 0) {
            return port::Written::superseded;
        }
        return rows.one().at(1).integer() == 0 ? port::Written::outdated : port::Written::done;
    } catch (const SqlError& error) {
        if (!host_refuses(error)) {
            throw;
        }
        const auto call = reread(lease);
        if (!call) {
            return port::Written::superseded;
        }
        call::Change change{.stage = stage,
                            .attempts = call->attempts,
                            .crashes = call->crashes,
                            .seen_news = call->news};
        change.attempt = call::AttemptEnd{
            .reason = call::Reason::rejected, .detail = error.what(), .burnt = false};
        const auto written = park(lease, parked(change, error.what()));
        return written == port::Written::done ? port::Written::refused : written;
    }
}

port::Written PgCallStore::write(const port::Lease& lease, const call::Change& change) {
    require_schema();
    try {
        return write_once([&](Transaction& transaction, const std::string& doubtful) {
            return write_in(transaction, lease, change, m_rules, Shown::all, doubtful);
        });
    } catch (const SqlError& error) {
        if (!host_refuses(error)) {
            throw;
        }
        return park(lease, parked(change, error.what()));
    }
}

port::Written PgCallStore::park(const port::Lease& lease, const call::Change& change) {
    const auto shown_as = [&](Shown shown) {
        return write_once([&, shown](Transaction& transaction, const std::string& doubtful) {
            return write_in(transaction, lease, change, m_rules, shown, doubtful);
        });
    };
    try {
        return shown_as(Shown::failure);
    } catch (const SqlError& error) {
        if (!host_refuses(error)) {
            throw;
        }
        return shown_as(Shown::nothing);
    }
}

// Repeated blindly, a write whose commit is in doubt would store its artefacts twice.
port::Written PgCallStore::write_once(
    const std::function<port::Written(Transaction&, const std::string&)>& work) {
    std::string transaction_id;
    std::string doubtful;
    const auto attempt = [&](Transaction& transaction) {
        transaction_id = transaction.exec(k_transaction_id).one().at(0).text();
        return work(transaction, doubtful);
    };
    try {
        return m_pool.transact(attempt);
    } catch (const InDoubtError&) {
        doubtful = transaction_id;
        return m_pool.transact(attempt);
    }
}

} // namespace callctl::pg
