#include "pg/call_store_transitions.hpp"

#include "base/exception.hpp"
#include "base/text.hpp"
#include "call/progress.hpp"
#include "pg/array_rows.hpp"
#include "pg/call_store_pieces.hpp"
#include "pg/call_store_row_writes.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/fence.hpp"
#include "pg/open_attempts.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace callctl::pg {
namespace {

using port::Written;

// Asking Twilio is not recording: an attempt of the recording stage leaves the status as it is.
const std::string k_begin_attempts = fmt::format(R"(
WITH ours AS MATERIALIZED ({}),
held AS MATERIALIZED (
  SELECT ours.*, wanted.stage
  FROM ours
  JOIN unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[])
    AS wanted(call_id, token, stage, seen_news) USING (call_id, token)
  WHERE ours.news <= wanted.seen_news),
asked AS (
  UPDATE callctl.work w
  SET asked_by_rest_at = now()
  FROM held
  WHERE w.call_id = held.call_id AND held.stage = 'recording'),
closed AS (
  UPDATE callctl.attempt a
  SET finished_at = now(), reason = 'CRASHED', detail = 'another attempt began before it ended',
      burnt = false
  FROM held, {}
  WHERE a.attempt_id = open.attempt_id),
opened AS (
  INSERT INTO callctl.attempt (call_id, stage, lease_token, worker, started_at)
  SELECT call_id, stage, lease_token, lease_owner, now()
  FROM held),
shown AS (
  UPDATE call_log l
  SET transcript_status = CASE held.stage WHEN 'transcript' THEN 'processing'
                                          ELSE l.transcript_status END,
      summary_status = CASE held.stage WHEN 'summary' THEN 'processing' ELSE l.summary_status END,
      updated_at = now() AT TIME ZONE 'UTC'
  FROM held
  WHERE l.id = held.call_log_id AND held.stage <> 'recording')
SELECT call_id, token, (call_id, token) IN (SELECT call_id, token FROM held)
FROM ours)",
                                                 k_lock_held, open_attempts_of("held"));

const std::string k_lock_transitions = fmt::format(R"(
SELECT held.call_id, held.token, txid_current(), now(), held.updated_at
FROM ({}) AS held)",
                                                   k_lock_held);

// One that was never begun, or that somebody closed since, is added as ended.
const std::string k_end_attempts = fmt::format(R"(
WITH d AS MATERIALIZED (
  SELECT *
  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
              $7::integer[], $8::integer[], $9::bigint[], $10::bigint[], $11::boolean[])
    AS d(call_id, lease_token, stage, reason, detail, request_id, http_status, requests, audio_ms,
         cost_micros, burnt)),
ended AS (
  UPDATE callctl.attempt a
  SET finished_at = now(), reason = d.reason, detail = d.detail, request_id = d.request_id,
      http_status = d.http_status, requests = d.requests, audio_ms = d.audio_ms,
      cost_micros = d.cost_micros, burnt = d.burnt
  FROM d, {}
  WHERE a.attempt_id = open.attempt_id AND open.lease_token = d.lease_token
  RETURNING a.call_id, a.lease_token)
INSERT INTO callctl.attempt (call_id, lease_token, stage, reason, detail, request_id, http_status,
                             requests, audio_ms, cost_micros, burnt, worker, started_at,
                             finished_at)
SELECT d.*, (SELECT w.lease_owner FROM callctl.work w WHERE w.call_id = d.call_id), now(), now()
FROM d
WHERE (d.call_id, d.lease_token) NOT IN (SELECT call_id, lease_token FROM ended))",
                                               open_attempts_of("d"));

// None is open: the transition that these follow has ended it.
constexpr const char* k_begin_next = R"(
INSERT INTO callctl.attempt (call_id, lease_token, stage, worker, started_at)
SELECT d.*, (SELECT w.lease_owner FROM callctl.work w WHERE w.call_id = d.call_id), now()
FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS d(call_id, lease_token, stage))";

constexpr const char* k_add_artefacts = R"(
INSERT INTO callctl.artefact (call_id, stage, version, text, document, provider_host, model, language,
                              channels, recording_sid, created_at)
SELECT d.call_id, d.stage,
       coalesce((SELECT max(a.version) FROM callctl.artefact a
                 WHERE a.call_id = d.call_id AND a.stage = d.stage), 0)
         + row_number() OVER (PARTITION BY d.call_id, d.stage ORDER BY d.place),
       d.text, d.document::jsonb, d.provider_host, d.model, d.language, d.channels, d.recording_sid,
       now()
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
            $8::integer[], $9::text[]) WITH ORDINALITY
  AS d(call_id, stage, text, document, provider_host, model, language, channels, recording_sid,
       place)
ORDER BY d.place)";

// NULL when the server has forgotten so old a transaction, or has not come so far yet: after a
// fail-over that lost transactions their numbers are given out again.
constexpr const char* k_was_committed =
    "SELECT CASE WHEN $1::bigint < txid_current() THEN txid_status($1::bigint) = 'committed' END";

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

std::vector<Param> params_of(base::CallId id, const call::Artefact& artefact) {
    return {param(static_cast<std::int64_t>(id)),
            param(call::to_string(artefact.stage)),
            param(base::storable_text(artefact.text)),
            document_param(artefact.document),
            text_param(artefact.provider_host),
            text_param(artefact.model),
            text_param(artefact.language),
            artefact.channels == 0 ? Param{} : param(artefact.channels),
            artefact.recording ? param(artefact.recording->str()) : Param{}};
}

std::vector<Param> params_of(const port::Lease& lease, call::Stage stage,
                             const call::AttemptEnd& end) {
    return {param(static_cast<std::int64_t>(lease.call)),
            param(lease.token),
            param(call::to_string(stage)),
            end.reason ? param(call::to_string(*end.reason)) : Param{},
            text_param(end.detail),
            text_param(end.request_id),
            param(end.http_status),
            param(end.requests),
            param(end.audio_ms),
            param(end.cost_micros),
            param(end.burnt)};
}

CallUpdate update_of(StoredCall stored, const Transition& transition, const HostRules& rules,
                     Shown shown) {
    const call::Change& change = *transition.change;
    const std::int64_t news = stored.call.news;
    const auto due_at = stored.call.due_at;
    const bool rested = !due_at;
    const auto reason = stored.call.reason;
    const call::CallFacts facts = stored.call.facts;
    CallUpdate update{.call = call::applied(std::move(stored.call), change),
                      .host_id = stored.host.id};
    update.learnt = stored.told_by_host || update.call.facts != facts;
    update.gives_back = transition.then == Transition::Then::give_back;
    if (news > change.seen_news) {
        // What came meanwhile has not been looked at, and may have moved the call on.
        update.call.due_at = stored.now;
        update.call.stage = call::open_stage(update.call).value_or(update.call.stage);
        if (rested) {
            update.call.reason = reason; // why they ended the call, which this change knows not of
        }
    }
    if (!update.gives_back && due_at && update.call.due_at && *due_at < *update.call.due_at &&
        *update.call.due_at <= stored.now) {
        update.call.due_at = due_at; // due is due: no index has to follow
    }
    if (stored.host.id == 0) { // deleted meanwhile: as if it were claimed now
        update.call.due_at = std::nullopt;
        update.call.reason = call::Reason::deleted;
        update.call.detail = k_row_deleted;
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

/// Shows the stage that the call is in as worked on.
void show_begun(CallUpdate& update) {
    constexpr auto k_shown = call::Status::processing;
    const auto stage = static_cast<std::size_t>(update.call.stage);
    update.call.statuses[stage] = k_shown;
    update.host.statuses[stage] = std::string{call::to_string(k_shown)};
}

bool was_committed(Transaction& transaction, const TransactionMark& mark) {
    if (mark.id.empty()) {
        return false;
    }
    const Rows status = transaction.exec(k_was_committed, {param(mark.id)});
    return !status.one().at(0).is_null() && status.one().at(0).boolean();
}

using LeaseKey = std::pair<std::int64_t, std::int64_t>;

LeaseKey key_of(const port::Lease& lease) {
    return {static_cast<std::int64_t>(lease.call), lease.token};
}

struct Held {
    std::set<LeaseKey> leases{};
    std::optional<base::Time> oldest_write{}; ///< of their rows
};

/// Locks them; returns those that are held.
Held lock_held(Transaction& transaction, std::span<const Transition> transitions, Tries& tries) {
    std::vector<port::Lease> leases(transitions.size());
    std::ranges::transform(transitions, leases.begin(), &Transition::lease);
    Held held;
    const Rows rows = transaction.exec_often(k_lock_transitions, lease_params(leases));
    for (const Row row : rows) {
        held.leases.emplace(row.at(0).integer(), row.at(1).integer());
        tries.running = {row.at(2).text(), row.at(3).time()};
        const auto written = row.at(4).time();
        held.oldest_write = std::min(held.oldest_write.value_or(written), written);
    }
    return held;
}

std::map<base::CallId, StoredCall> read_held(Transaction& transaction,
                                             const std::set<LeaseKey>& held) {
    std::vector<std::int64_t> ids;
    ids.reserve(held.size());
    for (const auto& [call, token] : held) {
        ids.push_back(call);
    }
    std::map<base::CallId, StoredCall> calls;
    for (StoredCall& stored : read_calls(transaction, ids)) {
        const auto id = stored.call.id;
        calls.emplace(id, std::move(stored));
    }
    return calls;
}

/// A call as both of its rows show it once they are written.
call::Call call_after(const CallUpdate& update, HostRow host) {
    StoredCall stored{.call = update.call};
    show_host(stored, changed(std::move(host), update.host));
    return std::move(stored.call);
}

/// The call as the transition leaves it, and whether its next attempt begins, which `update` then
/// shows.
port::Advanced go_on(const Transition& transition, CallUpdate& update, HostRow host) {
    port::Advanced next{call_after(update, std::move(host))};
    if (transition.begins_next != nullptr && next.call.news <= transition.change->seen_news &&
        (*transition.begins_next)(next.call)) {
        show_begun(update);
        next.call.statuses = update.call.statuses;
        next.begun = true;
    }
    return next;
}

/// Returns the calls as they are then, of those who go on with theirs.
std::map<base::CallId, port::Advanced> write_all(Transaction& transaction,
                                                 std::span<const Transition> transitions,
                                                 std::map<base::CallId, StoredCall> calls,
                                                 const HostRules& rules, Shown shown) {
    std::map<base::CallId, port::Advanced> after;
    std::vector<CallUpdate> updates;
    ArrayRows artefacts;
    std::vector<StageOfCall> done;
    ArrayRows attempts;
    ArrayRows begun;
    for (const Transition& transition : transitions) {
        const call::Change& change = *transition.change;
        const port::Lease& lease = transition.lease;
        StoredCall& stored = calls.at(lease.call);
        HostRow host = stored.host;
        CallUpdate& update =
            updates.emplace_back(update_of(std::move(stored), transition, rules, shown));
        if (transition.then == Transition::Then::read_again) {
            const auto [next, _] =
                after.emplace(lease.call, go_on(transition, update, std::move(host)));
            if (next->second.begun) {
                begun.add({param(static_cast<std::int64_t>(lease.call)), param(lease.token),
                           param(call::to_string(update.call.stage))});
            }
        }
        for (const call::Artefact& artefact : change.artefacts) {
            artefacts.add(params_of(lease.call, artefact));
            done.push_back({lease.call, artefact.stage});
        }
        if (change.attempt) {
            attempts.add(params_of(lease, change.stage, *change.attempt));
        }
    }
    if (!attempts.empty()) { // while the leases still say whose they are
        transaction.exec_often(k_end_attempts, attempts.params());
    }
    write_calls(transaction, updates);
    if (!artefacts.empty()) {
        transaction.exec_often(k_add_artefacts, artefacts.params());
        drop_pieces(transaction, done);
    }
    if (!begun.empty()) {
        transaction.exec_often(k_begin_next, begun.params());
    }
    return after;
}

/// What write_all() returned in a transaction that was committed after all. An attempt that it
/// began is not gone on with once there are news to heed.
std::map<base::CallId, port::Advanced> read_after(Transaction& transaction,
                                                  std::span<const Transition> transitions,
                                                  const std::set<LeaseKey>& held,
                                                  const std::set<base::CallId>& begun) {
    std::map<base::CallId, port::Advanced> after;
    auto calls = read_held(transaction, held);
    for (const Transition& transition : transitions) {
        const base::CallId id = transition.lease.call;
        call::Call& call = calls.at(id).call;
        const bool goes_on = begun.contains(id) && call.news <= transition.change->seen_news;
        after.emplace(id, port::Advanced{std::move(call), goes_on});
    }
    return after;
}

/// What of a transaction nobody could tell afterwards.
void note_done(Tries& tries, std::span<const Transition> transitions,
               const std::map<base::CallId, port::Advanced>& after) {
    tries.begun.clear();
    tries.given_back.clear();
    for (const auto& [id, next] : after) {
        if (next.begun) {
            tries.begun.insert(id);
        }
    }
    for (const Transition& transition : transitions) {
        if (transition.then == Transition::Then::give_back) {
            tries.given_back.insert(transition.lease.call);
        }
    }
}

} // namespace

std::vector<Written> begin_attempts(Transaction& transaction,
                                    std::span<const AttemptStart> starts) {
    ArrayRows wanted;
    for (const AttemptStart& start : starts) {
        wanted.add({param(static_cast<std::int64_t>(start.lease.call)), param(start.lease.token),
                    param(call::to_string(start.stage)), param(start.seen_news)});
    }
    std::map<LeaseKey, Written> results;
    const Rows rows = transaction.exec_often(k_begin_attempts, wanted.params());
    for (const Row row : rows) {
        results.emplace(LeaseKey{row.at(0).integer(), row.at(1).integer()},
                        row.at(2).boolean() ? Written::done : Written::outdated);
    }
    std::vector<Written> written;
    for (const AttemptStart& start : starts) {
        const auto found = results.find(key_of(start.lease));
        written.push_back(found == results.end() ? Written::superseded : found->second);
    }
    return written;
}

std::vector<Moved> write_transitions(Transaction& transaction,
                                     std::span<const Transition> transitions,
                                     const HostRules& rules, Shown shown, Tries& tries) {
    const Held held = lock_held(transaction, transitions, tries);
    const bool is_committed = was_committed(transaction, tries.doubtful);
    std::vector<Moved> moved;
    std::vector<Transition> ours;
    for (const Transition& transition : transitions) {
        const bool is_held = held.leases.contains(key_of(transition.lease));
        const bool was_ours = is_committed && tries.given_back.contains(transition.lease.call);
        moved.push_back({is_held || was_ours ? Written::done : Written::superseded});
        if (is_held) {
            ours.push_back(transition);
        }
    }
    if (ours.empty()) {
        return moved;
    }
    std::map<base::CallId, port::Advanced> after;
    if (is_committed && *held.oldest_write >= tries.doubtful.at) {
        tries.running = tries.doubtful; // it stays the one that counts
        after = read_after(transaction, ours, held.leases, tries.begun);
    } else {
        after = write_all(transaction, ours, read_held(transaction, held.leases), rules, shown);
        note_done(tries, ours, after);
    }
    for (std::size_t i = 0; i < moved.size(); ++i) {
        const auto found = after.find(transitions[i].lease.call);
        if (held.leases.contains(key_of(transitions[i].lease)) && found != after.end() &&
            transitions[i].then == Transition::Then::read_again) {
            moved[i].after = std::move(found->second);
        }
    }
    return moved;
}

} // namespace callctl::pg
