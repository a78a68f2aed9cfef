// What reading commands are told.
#include "base/text.hpp"
#include "call/progress.hpp"
#include "pg/call_store.hpp"
#include "pg/call_store_adopt.hpp"
#include "pg/call_store_rows.hpp"
#include "pg/figures_sql.hpp"
#include "pg/provider_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace callctl::pg {
namespace {

// As call::end_of() where the host has deleted its row of a call at rest.
std::string stage_word() {
    return fmt::format("CASE WHEN l.id IS NULL AND w.due_at IS NULL THEN "
                       "CASE WHEN w.reason IN ({}) THEN 'skipped' "
                       "WHEN w.reason IS NOT NULL THEN 'failed' ELSE 'completed' END "
                       "WHEN w.stage = 'recording' THEN l.recording_status "
                       "WHEN w.stage = 'transcript' THEN l.transcript_status "
                       "ELSE l.summary_status END",
                       reasons_to_rest());
}

/// The status that such a word is; one that is not ours counts as pending. The word stands there
/// twice, since a subselect of its own would be run for each row.
std::string status_of(const std::string& word) {
    return fmt::format("CASE WHEN {0} IN ('recording', 'processing', 'completed', 'failed', "
                       "'skipped') THEN {0} ELSE 'pending' END",
                       word);
}

// Live calls by the index of the queue, other calls at rest by their age, older ones that were
// given up by theirs: three index scans, whatever the history. $1 is the time at which the window
// begins: worked out from now() it would be worked out for each row.
constexpr const char* k_live = "w.due_at IS NOT NULL";
constexpr const char* k_recent = "w.due_at IS NULL AND w.call_created_at >= $1::timestamptz";
std::string given_up_before() {
    return fmt::format("w.due_at IS NULL AND w.reason NOT IN ({}) "
                       "AND w.call_created_at < $1::timestamptz",
                       reasons_to_rest());
}

constexpr const char* k_beside = R"(
SELECT now(),
       (SELECT updated_at FROM callctl.sweep WHERE name = 'call_log'),
       (SELECT count(*) FROM callctl.inbox WHERE applied_at IS NULL),
       (SELECT error FROM callctl.inbox WHERE applied_at IS NULL ORDER BY delivery_id LIMIT 1))";

/// Where a call is on the schedule.
enum class Place { at_rest, held, later, due, stuck };

int code_of(Place place) {
    return static_cast<int>(place);
}

std::string place_sql() {
    return fmt::format("CASE WHEN w.due_at IS NULL THEN {} "
                       "WHEN w.lease_owner IS NOT NULL AND w.lease_until > now() THEN {} "
                       "WHEN w.due_at > now() THEN {} "
                       "WHEN w.due_at > now() - {} * interval '1 millisecond' THEN {} ELSE {} END",
                       code_of(Place::at_rest), code_of(Place::held), code_of(Place::later),
                       port::k_stuck_after.count(), code_of(Place::due), code_of(Place::stuck));
}

// One clause with OR would be planned in less time, and joined to all of a large call_log. Of all
// columns, three times, more would be parsed than of the rest of the statement.
std::string counted_sql() {
    const std::string calls = "SELECT call_log_id, stage, reason, due_at, lease_owner, lease_until "
                              "FROM callctl.work w WHERE ";
    return fmt::format("({0}{1} UNION ALL {0}{2} UNION ALL {0}{3})", calls, k_live, k_recent,
                       given_up_before());
}

// The words of the host are many times fewer than its rows.
std::string count_sql() {
    return fmt::format("SELECT stage, {}, reason, place, sum(calls)::bigint, min(due_at) "
                       "FROM (SELECT w.stage, {} AS word, w.reason, {} AS place, "
                       "count(*) AS calls, min(w.due_at) AS due_at FROM {} w {} "
                       "GROUP BY 1, 2, 3, 4) AS counted GROUP BY 1, 2, 3, 4",
                       status_of("word"), stage_word(), place_sql(), counted_sql(), k_host_join);
}

std::string digits(const std::string& text) {
    std::string found;
    std::ranges::copy_if(text, std::back_inserter(found),
                         [](char c) { return c >= '0' && c <= '9'; });
    return found;
}

/// A statement of the calls that pass a filter.
struct Filtered {
    std::string tables{"callctl.work w"};
    std::string conditions{"true"};
    Params params{};
};

/// \param params those that the statement has besides
Filtered filtered(const port::CallFilter& filter, Params params) {
    Filtered calls{.params = std::move(params)};
    const auto require = [&calls](const std::string& condition, Param value) {
        calls.params.push_back(std::move(value));
        calls.conditions += fmt::format(fmt::runtime(" AND " + condition), calls.params.size());
    };
    if (filter.stage) {
        require("w.stage = ${0}::text", param(call::to_string(*filter.stage)));
    }
    if (filter.status) {
        calls.tables += fmt::format(" {}", k_host_join);
        require(status_of(stage_word()) + " = ${0}::text", param(call::to_string(*filter.status)));
    }
    if (filter.reason) {
        require("w.reason = ${0}::text", param(call::to_string(*filter.reason)));
    }
    if (filter.since) {
        require("w.call_created_at >= now() - ${0}::bigint * interval '1 millisecond'",
                interval_param(*filter.since));
    }
    if (!filter.phone.empty()) {
        require("${0}::text <> '' AND ${0}::text IN ("
                "regexp_replace(w.from_number, '[^0-9]', '', 'g'), "
                "regexp_replace(w.to_number, '[^0-9]', '', 'g'))",
                param(digits(filter.phone)));
    }
    return calls;
}

std::string list_sql(const Filtered& calls, port::ListOrder order, int limit) {
    const std::string direction = order == port::ListOrder::newest_first ? " DESC" : "";
    return fmt::format("SELECT w.call_sid FROM {} WHERE {} "
                       "ORDER BY w.call_created_at{}, w.call_id{} LIMIT {}",
                       calls.tables, calls.conditions, direction, direction, limit);
}

/// The first of those calls that pass the filter, in the order of an index.
std::string first_sql(const Filtered& calls, const std::string& which, const std::string& order,
                      int limit) {
    return fmt::format("(SELECT w.call_id FROM {} WHERE {} AND {} ORDER BY {} LIMIT {})",
                       calls.tables, which, calls.conditions, order, limit);
}

// Live calls by their time, then those that were given up, then others at rest, the newest first.
// Chosen before anything else of them is read, so that it costs the same beside any number of
// calls.
std::string lines_sql(const Filtered& calls, int limit) {
    const std::string newest = "w.call_created_at DESC, w.call_id DESC";
    const std::string given_up =
        fmt::format("w.due_at IS NULL AND w.reason NOT IN ({})", reasons_to_rest());
    const std::string recent =
        fmt::format("{} AND (w.reason IS NULL OR w.reason IN ({}))", k_recent, reasons_to_rest());
    return fmt::format("SELECT {} FROM ({} UNION ALL {} UNION ALL {}) AS listed "
                       "JOIN callctl.work w USING (call_id) {} "
                       "ORDER BY w.due_at NULLS LAST, coalesce({}, false) DESC, "
                       "CASE WHEN w.due_at IS NULL THEN w.call_created_at END DESC, "
                       "CASE WHEN w.due_at IS NULL THEN -w.call_id ELSE w.call_id END "
                       "LIMIT {}",
                       call_columns(Texts::left),
                       first_sql(calls, k_live, "w.due_at, w.call_id", limit),
                       first_sql(calls, given_up, newest, limit),
                       first_sql(calls, recent, newest, limit), k_host_join, given_up, limit);
}

constexpr const char* k_deliveries = R"(
SELECT route, received_at, deliveries, applied_at IS NOT NULL, error
FROM callctl.inbox
WHERE call_sid = $1
ORDER BY received_at, delivery_id)";

constexpr const char* k_attempts = R"(
SELECT row_number() OVER (ORDER BY attempt_id), stage, worker, started_at, finished_at, reason, detail,
       request_id, http_status, requests, audio_ms, cost_micros, burnt
FROM callctl.attempt
WHERE call_id = $1::bigint
ORDER BY attempt_id)";

constexpr const char* k_artefacts = R"(
SELECT stage, version, created_at, model, language, length(text)
FROM callctl.artefact
WHERE call_id = $1::bigint
ORDER BY artefact_id)";

call::Stage stage_of(const Field& field) {
    return call::parse_stage(field.view()).value();
}

/// Calls that are alike.
struct Counted {
    call::Stage stage{};
    call::Status status{};
    std::optional<call::Reason> reason{};
    Place place{};
    std::int64_t calls{0};
    std::optional<base::Time> due_at{}; ///< the earliest
};

void earliest(std::optional<base::Time>& best, const std::optional<base::Time>& time) {
    if (time) {
        best = std::min(best.value_or(*time), *time);
    }
}

void add_to_schedule(port::Overview& overview, const Counted& counted) {
    switch (counted.place) {
    case Place::held:
        overview.leased += counted.calls;
        break;
    case Place::later:
        earliest(overview.next_due, counted.due_at);
        break;
    case Place::stuck:
        overview.stuck += counted.calls;
        [[fallthrough]];
    case Place::due:
        overview.due_now += counted.calls;
        earliest(overview.oldest_due, counted.due_at);
        break;
    case Place::at_rest:
        break;
    }
}

void add_counts(port::Overview& overview, const Rows& rows) {
    std::map<std::pair<call::Stage, call::Status>, std::int64_t> counts;
    std::map<std::tuple<call::Stage, call::Reason, bool>, std::int64_t> reasons;
    for (const Row row : rows) {
        const Counted counted{stage_of(row.at(0)),
                              call::parse_status(row.at(1).view()).value(),
                              call::parse_reason(row.at(2).view()),
                              static_cast<Place>(row.at(3).integer()),
                              row.at(4).integer(),
                              row.at(5).optional_time()};
        add_to_schedule(overview, counted);
        counts[{counted.stage, counted.status}] += counted.calls;
        if (counted.reason && counted.status != call::Status::completed) {
            reasons[{counted.stage, *counted.reason, counted.place == Place::at_rest}] +=
                counted.calls;
        }
    }
    for (const auto& [key, calls] : counts) {
        overview.counts.push_back({key.first, key.second, calls});
    }
    for (const auto& [key, calls] : reasons) {
        overview.reasons.push_back({std::get<0>(key), std::get<1>(key), calls, std::get<2>(key)});
    }
}

port::Overview read_beside(Transaction& transaction) {
    const Rows rows = transaction.exec(k_beside);
    const Row row = rows.one();
    return {.now = row.at(0).time(),
            .inbox_unapplied = row.at(2).integer(),
            .inbox_error = row.at(3).optional_text().value_or(""),
            .swept_at = row.at(1).optional_time(),
            .providers = read_provider_lines(transaction)};
}

/// As a report shows it.
call::Call shown(const StoredCall& stored) {
    call::Call call = stored.call;
    if (stored.host.id == 0 && !call.due_at) {
        call.statuses.at(static_cast<std::size_t>(call.stage)) = call::end_of(call.reason);
    }
    return call;
}

std::vector<port::DeliveryLine> delivery_lines(const Rows& rows) {
    std::vector<port::DeliveryLine> lines;
    for (const Row row : rows) {
        lines.push_back({.route = row.at(0).text(),
                         .received_at = row.at(1).time(),
                         .deliveries = static_cast<int>(row.at(2).integer()),
                         .applied = row.at(3).boolean(),
                         .detail = row.at(4).text()});
    }
    return lines;
}

port::AttemptLine read_attempt(const Row& row) {
    const auto number = [&row](std::size_t column) {
        return row.at(column).optional_integer().value_or(0);
    };
    port::AttemptLine line{.number = row.at(0).integer(),
                           .stage = stage_of(row.at(1)),
                           .worker = row.at(2).text(),
                           .started_at = row.at(3).time(),
                           .finished_at = row.at(4).optional_time()};
    line.end = {.reason = call::parse_reason(row.at(5).view()),
                .detail = row.at(6).text(),
                .request_id = row.at(7).text(),
                .http_status = static_cast<int>(number(8)),
                .requests = static_cast<int>(number(9)),
                .audio_ms = number(10),
                .cost_micros = number(11),
                .burnt = row.at(12).is_null() || row.at(12).boolean()};
    return line;
}

std::vector<port::ArtefactLine> read_artefacts(Transaction& transaction, const Param& call) {
    std::vector<port::ArtefactLine> lines;
    const Rows rows = transaction.exec(k_artefacts, {call});
    for (const Row row : rows) {
        lines.push_back({.stage = stage_of(row.at(0)),
                         .version = static_cast<int>(row.at(1).integer()),
                         .created_at = row.at(2).time(),
                         .model = row.at(3).text(),
                         .language = row.at(4).text(),
                         .characters = static_cast<std::size_t>(row.at(5).integer())});
    }
    return lines;
}

port::CallStory tell(Transaction& transaction, const StoredCall& stored) {
    port::CallStory story{.now = stored.now,
                          .call = shown(stored),
                          .words = stored.host.statuses,
                          .row_deleted = stored.host.id == 0};
    if (stored.held) {
        story.worker = stored.lease_owner;
        story.lease_until = stored.lease_until;
    }
    const Param id = param(static_cast<std::int64_t>(story.call.id));
    story.deliveries =
        delivery_lines(transaction.exec(k_deliveries, {param(story.call.sid.str())}));
    const Rows attempts = transaction.exec(k_attempts, {id});
    for (const Row row : attempts) {
        story.attempts.push_back(read_attempt(row));
    }
    story.artefacts = read_artefacts(transaction, id);
    story.providers = read_provider_lines(transaction);
    return story;
}

} // namespace

std::vector<base::CallSid> PgCallStore::list(const port::CallFilter& filter) {
    std::vector<base::CallSid> sids;
    const Filtered calls = filtered(filter, {});
    const Rows rows = statement(list_sql(calls, filter.order, std::max(filter.limit, 0)),
                                calls.params, Access::read_once);
    for (const Row row : rows) {
        sids.push_back(base::CallSid::parse(row.at(0).view()).value());
    }
    return sids;
}

port::Overview PgCallStore::overview(const port::CallFilter& filter) {
    static const std::string k_counts = count_sql();
    const auto length = filter.since.value_or(port::k_report_window);
    port::Overview overview;
    report([&](Transaction& transaction) {
        overview = read_beside(transaction);
        overview.window = length;
        const Param window = param(overview.now - length);
        add_counts(overview, transaction.exec(k_counts, {window}));
        const Filtered calls = filtered(filter, {window});
        const Rows lines =
            transaction.exec(lines_sql(calls, std::max(filter.limit, 0)), calls.params);
        for (const Row row : lines) {
            const auto stored = read_call(row);
            overview.calls.push_back(
                {shown(stored), stored.held ? stored.lease_owner : std::string{}});
        }
    });
    return overview;
}

std::optional<port::CallStory> PgCallStore::story(const base::CallSid& sid) {
    std::optional<port::CallStory> story;
    report([&](Transaction& transaction) {
        auto stored = look_up(transaction, sid);
        story = stored ? std::optional{tell(transaction, *stored)} : std::nullopt;
    });
    return story;
}

std::vector<port::DeliveryLine> PgCallStore::deliveries(const base::CallSid& sid) {
    return delivery_lines(statement(k_deliveries, {param(sid.str())}, Access::read_once));
}

} // namespace callctl::pg
