#include "contract/pg_backend.hpp"

namespace callctl::contract {
namespace {

// A now() and a clock_timestamp() of our own in a schema that comes before pg_catalog: the
// statements under test need no parameter for the time, and the test need not wait.
constexpr const char* k_clock = R"(
CREATE SCHEMA clock;
CREATE TABLE clock.moved (by interval NOT NULL);
INSERT INTO clock.moved VALUES ('0');
CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE AS
  'SELECT pg_catalog.now() + (SELECT by FROM clock.moved)';
CREATE FUNCTION clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
  'SELECT pg_catalog.clock_timestamp() + (SELECT by FROM clock.moved)';
DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET search_path = clock, public, pg_catalog', current_database());
END $$;)";

constexpr const char* k_host_columns =
    "id, call_sid, recording_status, transcript_status, summary_status, parent_call_sid, "
    "from_number, to_number, direction, call_status, duration, recording_sid, recording_url, "
    "transcription, final_transcript, summary, last_error, retry_count, "
    "created_at::timestamptz, updated_at::timestamptz";

pg::Param nullable(const std::string& text) {
    return text.empty() ? pg::Param{} : pg::param(text);
}

pg::Params values_of(const fakes::HostRow& row) {
    return {row.call_sid,
            row.statuses[0],
            row.statuses[1],
            row.statuses[2],
            nullable(row.parent_call_sid),
            nullable(row.from_number),
            nullable(row.to_number),
            nullable(row.direction),
            nullable(row.call_status),
            pg::param(row.duration),
            nullable(row.recording_sid),
            nullable(row.recording_url),
            nullable(row.transcription),
            nullable(row.final_transcript),
            nullable(row.summary),
            nullable(row.last_error),
            pg::param(row.retry_count),
            pg::param(row.created_at),
            pg::param(row.updated_at)};
}

fakes::HostRow row_of(const pg::Row& row) {
    fakes::HostRow host;
    host.id = row.at(0).integer();
    host.call_sid = row.at(1).optional_text();
    for (std::size_t i = 0; i < host.statuses.size(); ++i) {
        host.statuses[i] = row.at(2 + i).optional_text();
    }
    host.parent_call_sid = row.at(5).text();
    host.from_number = row.at(6).text();
    host.to_number = row.at(7).text();
    host.direction = row.at(8).text();
    host.call_status = row.at(9).text();
    if (const auto duration = row.at(10).optional_integer()) {
        host.duration = static_cast<int>(*duration);
    }
    host.recording_sid = row.at(11).text();
    host.recording_url = row.at(12).text();
    host.transcription = row.at(13).text();
    host.final_transcript = row.at(14).text();
    host.summary = row.at(15).text();
    host.last_error = row.at(16).text();
    host.retry_count = static_cast<int>(row.at(17).optional_integer().value_or(0));
    host.created_at = row.at(18).optional_time();
    host.updated_at = row.at(19).optional_time();
    return host;
}

pg::ConnectOptions with_clock(const test::TestDatabase& database) {
    pg::Connection connection{database.direct_options()};
    pg::Transaction transaction{connection};
    transaction.exec_script(k_clock);
    transaction.commit();
    return database.direct_options();
}

} // namespace

PgBackend::PgBackend()
    : m_database{test::TestDatabase::Content::migrated}, m_connection{with_clock(m_database)},
      m_pool{m_database.connect_options(), {.max_connections = 8}},
      m_store{m_pool, {.account_sid = "AC00000000000000000000000000000000"}} {}

void PgBackend::advance(std::chrono::milliseconds duration) {
    exec("UPDATE clock.moved SET by = by + $1::bigint * interval '1 millisecond'",
         {pg::param(duration.count())});
}

std::int64_t PgBackend::insert_host(const fakes::HostRow& row) {
    if (const auto sid = base::CallSid::parse(row.call_sid.value_or(""));
        sid && !host(*sid).empty()) {
        // As hosts have it whose table was made without a unique index.
        exec_script("ALTER TABLE call_log DROP CONSTRAINT IF EXISTS call_log_call_sid_key;"
                    "CREATE INDEX IF NOT EXISTS plain_call_sid ON call_log (call_sid)");
    }
    const auto rows = exec(
        "INSERT INTO call_log (call_sid, recording_status, transcript_status, summary_status, "
        "parent_call_sid, from_number, to_number, direction, call_status, duration, recording_sid, "
        "recording_url, transcription, final_transcript, summary, last_error, retry_count, "
        "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::integer, $11, "
        "$12, $13, $14, $15, $16, $17::integer, $18::timestamptz AT TIME ZONE 'UTC', "
        "$19::timestamptz AT TIME ZONE 'UTC') RETURNING id",
        values_of(row));
    return rows.one().at(0).integer();
}

void PgBackend::change_host(const base::CallSid& sid,
                            const std::function<void(fakes::HostRow&)>& change) {
    auto row = host(sid).at(0);
    change(row);
    auto params = values_of(row);
    params.push_back(pg::param(row.id));
    exec("UPDATE call_log SET call_sid = $1, recording_status = $2, transcript_status = $3, "
         "summary_status = $4, parent_call_sid = $5, from_number = $6, to_number = $7, "
         "direction = $8, call_status = $9, duration = $10::integer, recording_sid = $11, "
         "recording_url = $12, transcription = $13, final_transcript = $14, summary = $15, "
         "last_error = $16, retry_count = $17::integer, "
         "created_at = $18::timestamptz AT TIME ZONE 'UTC', "
         "updated_at = $19::timestamptz AT TIME ZONE 'UTC' WHERE id = $20::bigint",
         params);
}

void PgBackend::delete_host(const base::CallSid& sid) {
    exec("DELETE FROM call_log WHERE call_sid = $1", {pg::param(sid.str())});
}

std::vector<fakes::HostRow> PgBackend::host(const base::CallSid& sid) {
    std::vector<fakes::HostRow> hosts;
    const auto rows = exec(std::string{"SELECT "} + k_host_columns +
                               " FROM call_log WHERE call_sid = $1 ORDER BY id",
                           {pg::param(sid.str())});
    for (const pg::Row row : rows) {
        hosts.push_back(row_of(row));
    }
    return hosts;
}

void PgBackend::refuse(const std::string& text) {
    exec_script("ALTER TABLE call_log DROP CONSTRAINT IF EXISTS refuses");
    if (!text.empty()) {
        exec_script(
            "ALTER TABLE call_log ADD CONSTRAINT refuses CHECK (coalesce(from_number, '') <> '" +
            text + "' AND coalesce(summary, '') <> '" + text + "') NOT VALID");
    }
}

pg::Rows PgBackend::exec(const std::string& sql, const pg::Params& params) {
    pg::Transaction transaction{m_connection};
    auto rows = transaction.exec(sql, params);
    transaction.commit();
    return rows;
}

void PgBackend::cut_first_commit_of(const std::string& table) {
    exec_script(R"(
CREATE SEQUENCE commits; -- sequences are not rolled back
CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('commits') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON )" +
                table + R"(
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut();)");
}

void PgBackend::exec_script(const std::string& sql) {
    pg::Transaction transaction{m_connection};
    transaction.exec_script(sql);
    transaction.commit();
}

std::string PgBackend::value(const std::string& sql, const pg::Params& params) {
    return exec(sql, params).one().at(0).text();
}

std::vector<BackendFactory> backends() {
    return {{"PostgreSQL", []() -> std::unique_ptr<Backend> {
                 return test::require_server() ? std::make_unique<PgBackend>() : nullptr;
             }}};
}

} // namespace callctl::contract
