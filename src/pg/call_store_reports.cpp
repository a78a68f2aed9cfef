// What reading commands are told.
#include "base/text.hpp"
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

std::string stage_word() {
    return "CASE w.stage WHEN 'recording' THEN l.recording_status "
           "WHEN 'transcript' THEN l.transcript_status ELSE l.summary_status END";
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

std::string counted_sql() {
    return fmt::format("(SELECT * FROM callctl.work w WHERE {} "
                       "UNION ALL SELECT * FROM callctl.work w WHERE {} "
                       "UNION ALL SELECT * FROM callctl.work w WHERE {})",
                       k_live, k_recent, given_up_before());
}

// $1 is k_stuck_after in ms.
constexpr const char* k_gauges = R"(
SELECT now(),
       count(*) FILTER (WHERE due_at <= now() AND NOT held),
       count(*) FILTER (WHERE held),
       min(due_at) FILTER (WHERE due_at <= now() AND NOT held),
       min(due_at) FILTER (WHERE due_at > now() AND NOT held),
       (SELECT count(*) FROM callctl.inbox WHERE applied_at IS NULL),
       count(*) FILTER (WHERE due_at <= now() - $1::bigint * interval '1 millisecond' AND NOT held),
       (SELECT updated_at FROM callctl.sweep WHERE name = 'call_log'),
       (SELECT error FROM callctl.inbox WHERE applied_at IS NULL ORDER BY delivery_id LIMIT 1)
FROM (SELECT due_at, coalesce(lease_owner IS NOT NULL AND lease_until > now(), false) AS held
      FROM callctl.work
      WHERE due_at IS NOT NULL) AS live)";

// The words of the host are many times fewer than its rows.
std::string count_sql() {
    return fmt::format("SELECT stage, {}, reason, rests, sum(calls)::bigint "
                       "FROM (SELECT w.stage, {} AS word, w.reason, w.due_at IS NULL AS rests, "
                       "count(*) AS calls FROM {} w {} GROUP BY 1, 2, 3, 4) AS counted "
                       "GROUP BY 1, 2, 3, 4",
                       status_of("word"), stage_word(), counted_sql(), k_host_join);
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

// Live calls by their time, then calls at rest, the newest first. Chosen before anything else of
// them is read, so that it costs the same beside any number of calls.
std::string lines_sql(const Filtered& calls, int limit) {
    const std::string newest = "w.call_created_at DESC, w.call_id DESC";
    return fmt::format("SELECT {} FROM ({} UNION ALL {} UNION ALL {}) AS listed "
                       "JOIN callctl.work w USING (call_id) {} "
                       "ORDER BY w.due_at NULLS LAST, "
                       "CASE WHEN w.due_at IS NULL THEN w.call_created_at END DESC, "
                       "CASE WHEN w.due_at IS NULL THEN -w.call_id ELSE w.call_id END "
                       "LIMIT {}",
                       call_columns(), first_sql(calls, k_live, "w.due_at, w.call_id", limit),
                       first_sql(calls, k_recent, newest, limit),
                       first_sql(calls, given_up_before(), newest, limit), k_host_join, limit);
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

struct Counted {
    call::Stage stage{};
    call::Status status{};
    std::optional<call::Reason> reason{};
    bool rests{false};
    std::int64_t calls{0};
};

void add_counts(port::Overview& overview, const Rows& rows) {
    std::map<std::pair<call::Stage, call::Status>, std::int64_t> counts;
    std::map<std::tuple<call::Stage, call::Reason, bool>, std::int64_t> reasons;
    for (const Row row : rows) {
        const Counted counted{stage_of(row.at(0)), call::parse_status(row.at(1).view()).value(),
                              call::parse_reason(row.at(2).view()), row.at(3).boolean(),
                              row.at(4).integer()};
        counts[{counted.stage, counted.status}] += counted.calls;
        if (counted.reason && counted.status != call::Status::completed) {
            reasons[{counted.stage, *counted.reason, counted.rests}] += counted.calls;
        }
    }
    for (const auto& [key, calls] : counts) {
        overview.counts.push_back({key.first, key.second, calls});
    }
    for (const auto& [key, calls] : reasons) {
        overview.reasons.push_back({std::get<0>(key), std::get<1>(key), calls, std::get<2>(key)});
    }
}

void add_gauges(port::Overview& overview, const Row& row) {
    overview.now = row.at(0).time();
    overview.due_now = row.at(1).integer();
    overview.leased = row.at(2).integer();
    overview.oldest_due = row.at(3).optional_time();
    overview.next_due = row.at(4).optional_time();
    overview.inbox_unapplied = row.at(5).integer();
    overview.stuck = row.at(6).integer();
    overview.swept_at = row.at(7).optional_time();
    overview.inbox_error = row.at(8).optional_text().value_or("");
}

std::vector<port::DeliveryLine> read_deliveries(Transaction& transaction,
                                                const base::CallSid& sid) {
    std::vector<port::DeliveryLine> lines;
    const Rows rows = transaction.exec(k_deliveries, {param(sid.str())});
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

port::CallStory tell(Transaction& transaction, StoredCall stored) {
    port::CallStory story{.now = stored.now, .call = std::move(stored.call)};
    if (stored.held) {
        story.worker = stored.lease_owner;
        story.lease_until = stored.lease_until;
    }
    const Param id = param(static_cast<std::int64_t>(story.call.id));
    story.deliveries = read_deliveries(transaction, story.call.sid);
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
        overview = {.window = length};
        add_gauges(overview,
                   transaction.exec(k_gauges, {interval_param(port::k_stuck_after)}).one());
        const Param window = param(overview.now - length);
        add_counts(overview, transaction.exec(k_counts, {window}));
        const Filtered calls = filtered(filter, {window});
        const Rows lines =
            transaction.exec(lines_sql(calls, std::max(filter.limit, 0)), calls.params);
        for (const Row row : lines) {
            auto stored = read_call(row);
            overview.calls.push_back(
                {std::move(stored.call), stored.held ? stored.lease_owner : std::string{}});
        }
        overview.providers = read_provider_lines(transaction);
    });
    return overview;
}

std::optional<port::CallStory> PgCallStore::story(const base::CallSid& sid) {
    std::optional<port::CallStory> story;
    report([&](Transaction& transaction) {
        auto stored = look_up(transaction, sid);
        story = stored ? std::optional{tell(transaction, std::move(*stored))} : std::nullopt;
    });
    return story;
}

} // namespace callctl::pg
