#include "pg/call_store_rows.hpp"

#include "base/exception.hpp"
#include "pg/call_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace callctl::pg {
namespace {

// Of call_log, in the order of read_host(), the texts behind them.
constexpr std::array k_host_columns{
    "id",
    "recording_status",
    "transcript_status",
    "summary_status",
    "parent_call_sid",
    "from_number",
    "to_number",
    "direction",
    "call_status",
    "duration",
    "recording_sid",
    "recording_url",
    "last_error",
    "retry_count",
};
constexpr std::array k_text_columns{"transcription", "final_transcript", "summary"};

// Of call_log too, behind the others; read where the host's table has them, never added.
constexpr std::array k_optional_host_columns{"business_name", "business_type"};

// A column that may not be there, NULL then: the name is looked up from the inside out, first in
// the row and, where that has no such column, in the NULL beside it.
std::string optional_column(std::string_view name) {
    return fmt::format("(SELECT (SELECT {0} FROM (SELECT l.*) AS present)::text "
                       "FROM (SELECT NULL::text AS {0}) AS absent)",
                       name);
}

// A time that no clock shows ('infinity', milliseconds taken for seconds) is none.
std::string created_at_of(std::string_view row) {
    return fmt::format("CASE WHEN {0}.created_at >= '0001-01-01' AND {0}.created_at < '9999-12-31' "
                       "THEN {0}.created_at::timestamptz END",
                       row);
}

std::string host_column_list(Texts texts) {
    const bool wanted = texts == Texts::read;
    std::vector<std::string> names;
    names.reserve(k_host_columns.size() + k_text_columns.size() + k_optional_host_columns.size() +
                  1);
    for (const char* const column : k_host_columns) {
        names.push_back(fmt::format("l.{}", column));
    }
    for (const char* const column : k_text_columns) {
        names.push_back(wanted ? fmt::format("l.{}", column) : "NULL");
    }
    // The host's times have no zone; they are UTC, and so is every session of ours.
    names.emplace_back(created_at_of("l"));
    for (const char* const column : k_optional_host_columns) {
        names.push_back(wanted ? optional_column(column) : "NULL");
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

/// The fields of a row one after the other.
class FieldReader {
  public:
    FieldReader(const Row& row, std::size_t first) : m_row{row}, m_next{first} {}

    Field next() { return m_row.at(m_next++); }
    std::string text() { return next().text(); }
    std::int64_t integer() { return next().integer(); }
    int small() { return static_cast<int>(next().integer()); }
    std::optional<base::Time> time() { return next().optional_time(); }
    std::optional<int> optional_small() {
        const auto number = next().optional_integer();
        return number ? std::optional{static_cast<int>(*number)} : std::nullopt;
    }
    std::optional<std::chrono::seconds> seconds() {
        const auto number = next().optional_integer();
        return number ? std::optional{std::chrono::seconds{*number}} : std::nullopt;
    }
    std::int64_t number_or_zero() { return next().optional_integer().value_or(0); }

  private:
    const Row& m_row;
    std::size_t m_next;
};

template <class T>
T known(const std::optional<T>& value, const char* what) {
    if (!value) {
        throw base::BugError{fmt::format("callctl.work has a {} that is none", what)};
    }
    return *value;
}

call::RecordingFacts read_recording(FieldReader& reader) {
    call::RecordingFacts facts;
    facts.sid = base::RecordingSid::parse(reader.text());
    facts.state = known(call::parse_recording_state(reader.text()), "recording_state");
    facts.source = reader.text();
    facts.channels = reader.optional_small();
    facts.duration = reader.seconds();
    facts.started_at = reader.time();
    facts.error_code = reader.optional_small();
    return facts;
}

call::CallFacts read_facts(FieldReader& reader) {
    call::CallFacts facts;
    facts.state = call::parse_call_state(reader.text());
    facts.direction = call::parse_direction(reader.text());
    facts.twilio_direction = reader.text();
    facts.from = reader.text();
    facts.to = reader.text();
    facts.parent = base::CallSid::parse(reader.text());
    facts.heard_at = reader.time();
    facts.answered_at = reader.time();
    facts.ended_at = reader.time();
    facts.duration = reader.seconds();
    facts.asked_by_twiml_at = reader.time();
    facts.asked_by_rest_at = reader.time();
    facts.unknown_to_twilio = reader.next().boolean();
    facts.recording = read_recording(reader);
    facts.recording_count = reader.small();
    facts.observed_at = reader.time();
    facts.observations = reader.small();
    facts.start_refused_at = reader.time();
    facts.start_refusals = reader.small();
    return facts;
}

HostRow read_host(FieldReader& reader) {
    HostRow row;
    row.id = reader.number_or_zero();
    for (auto& word : row.statuses) {
        word = reader.next().optional_text();
    }
    row.parent = reader.text();
    row.from = reader.text();
    row.to = reader.text();
    row.direction = reader.text();
    row.call_status = reader.text();
    row.duration = reader.number_or_zero();
    row.recording_sid = reader.text();
    row.recording_url = reader.text();
    row.last_error = reader.text();
    row.retry_count = reader.number_or_zero();
    row.live_transcript = reader.text();
    row.transcript = reader.text();
    row.summary = reader.text();
    row.created_at = reader.time();
    row.business_name = reader.text();
    row.business_type = reader.text();
    return row;
}

constexpr const char* k_lock_work = R"(
SELECT call_sid
FROM callctl.work
WHERE call_sid = ANY ($1::text[])
ORDER BY call_sid
FOR NO KEY UPDATE)";

// The stage and the times are those of write_calls, which follows in the same transaction.
constexpr const char* k_create_work = R"(
INSERT INTO callctl.work (call_sid, call_log_id, stage, call_created_at, created_at, updated_at)
SELECT d.call_sid, 0, 'recording', now(), now(), now()
FROM unnest($1::text[]) AS d(call_sid)
ORDER BY d.call_sid
ON CONFLICT (call_sid) DO NOTHING
RETURNING call_sid, call_id)";

std::string read_calls_sql(std::string_view which) {
    return fmt::format("SELECT {} FROM callctl.work w {} WHERE {}", call_columns(), k_host_join,
                       which);
}

std::vector<StoredCall> calls_of(const Rows& rows) {
    std::vector<StoredCall> calls;
    calls.reserve(rows.size());
    for (const Row row : rows) {
        calls.push_back(read_call(row));
    }
    return calls;
}

} // namespace

void show_host(StoredCall& stored, HostRow row) {
    if (row.id != 0 && stored.call.detail == k_row_deleted) { // no more: it was inserted again
        stored.call.reason.reset();
        stored.call.detail.clear();
    }
    stored.call.statuses = known_statuses(row.statuses);
    stored.call.transcript = row.transcript;
    stored.call.live_transcript = row.live_transcript;
    stored.call.summary = row.summary;
    stored.call.business_name = row.business_name;
    stored.call.business_type = row.business_type;
    if (!stored.call.facts.recording.sid) { // the host may have recorded the call itself
        const call::CallFacts told = facts_of(row, row.statuses);
        const call::CallFacts known = stored.call.facts;
        stored.call.facts.recording = call::merged(known.recording, told.recording);
        stored.call.facts.recording_count = std::max(known.recording_count, told.recording_count);
        stored.told_by_host = stored.call.facts != known;
    }
    stored.host = std::move(row);
}

std::vector<std::string> host_column_names() {
    std::vector<std::string> names{k_host_columns.begin(), k_host_columns.end()};
    names.insert(names.end(), k_text_columns.begin(), k_text_columns.end());
    names.insert(names.end(), {"call_sid", "created_at", "updated_at"});
    return names;
}

const std::string& call_columns(Texts texts) {
    constexpr const char* k_is_held =
        "coalesce(w.lease_owner IS NOT NULL AND w.lease_until > now(), false)";
    const auto columns = [](Texts wanted) {
        std::vector<std::string> names{"w.call_sid",    "w.lease_owner", "w.lease_until",
                                       "w.lease_token", k_is_held,       "w.xmin",
                                       "l.xmin",        "now()"};
        for (const Column& column : k_work_columns) {
            names.push_back(fmt::format("w.{}", column.name));
        }
        return fmt::format("{}", fmt::join(names, ", ")) + ", " + host_column_list(wanted);
    };
    static const std::string k_with_texts = columns(Texts::read);
    static const std::string k_without_texts = columns(Texts::left);
    return texts == Texts::read ? k_with_texts : k_without_texts;
}

StoredCall read_call(const Row& row) {
    FieldReader reader{row, 0};
    auto sid = known(base::CallSid::parse(reader.text()), "call_sid");
    StoredCall stored{.call = {.sid = std::move(sid)}};
    stored.lease_owner = reader.text();
    stored.lease_until = reader.time();
    stored.lease_token = reader.integer();
    stored.held = reader.next().boolean();
    stored.versions.work = reader.text();
    stored.versions.host = reader.text();
    stored.now = reader.next().time();
    call::Call& call = stored.call;
    call.id = base::CallId{reader.integer()};
    reader.next(); // call_log_id: what counts is whether the host still has that row
    call.stage = known(call::parse_stage(reader.text()), "stage");
    call.reason = call::parse_reason(reader.text());
    call.detail = reader.text();
    call.attempts = reader.small();
    call.crashes = reader.small();
    call.news = reader.integer();
    call.due_at = reader.time();
    call.created_at = reader.next().time();
    call.facts = read_facts(reader);
    reader.next(); // head_loss_ms follows from the facts
    show_host(stored, read_host(reader));
    return stored;
}

std::vector<NamedHostRow> read_hosts(Transaction& transaction, std::span<const std::string> sids) {
    static const std::string k_read_hosts =
        fmt::format("SELECT DISTINCT ON (l.call_sid) l.call_sid, {} FROM call_log l "
                    "WHERE l.call_sid = ANY ($1::text[]) ORDER BY l.call_sid, l.id",
                    host_column_list(Texts::read));
    std::vector<NamedHostRow> rows;
    if (sids.empty()) {
        return rows;
    }
    const Rows found = transaction.exec(k_read_hosts, {text_array(sids)});
    for (const Row row : found) {
        FieldReader reader{row, 0};
        auto sid = reader.text();
        rows.push_back({std::move(sid), read_host(reader)});
    }
    return rows;
}

std::vector<std::string> lock_work(Transaction& transaction, std::span<const std::string> sids) {
    std::vector<std::string> locked;
    const Rows rows = transaction.exec(k_lock_work, {text_array(sids)});
    for (const Row row : rows) {
        locked.push_back(row.at(0).text());
    }
    return locked;
}

std::vector<CreatedWork> create_work(Transaction& transaction, std::span<const std::string> sids) {
    std::vector<CreatedWork> created;
    if (sids.empty()) {
        return created;
    }
    const Rows rows = transaction.exec(k_create_work, {text_array(sids)});
    for (const Row row : rows) {
        created.push_back({row.at(0).text(), base::CallId{row.at(1).integer()}});
    }
    return created;
}

std::vector<StoredCall> read_calls(Transaction& transaction, std::span<const std::string> sids) {
    static const std::string k_by_sid = read_calls_sql("w.call_sid = ANY ($1::text[])");
    return sids.empty() ? std::vector<StoredCall>{}
                        : calls_of(transaction.exec_often(k_by_sid, {text_array(sids)}));
}

std::vector<StoredCall> read_calls(Transaction& transaction, std::span<const std::int64_t> ids) {
    static const std::string k_by_id = read_calls_sql("w.call_id = ANY ($1::bigint[])");
    return ids.empty() ? std::vector<StoredCall>{}
                       : calls_of(transaction.exec_often(k_by_id, {id_array(ids)}));
}

base::Time transaction_time(Transaction& transaction) {
    return transaction.exec("SELECT now()").one().at(0).time();
}

} // namespace callctl::pg
