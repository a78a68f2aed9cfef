// Calls for the benchmarks of the database.
#pragma once

#include "call/call.hpp"
#include "pg/pool.hpp"
#include "pg/query.hpp"
#include "pipeline/outcome.hpp"

#include <chrono>

namespace callctl::bench {

/// Calls of the past, at rest.
inline void insert_ended(pg::Pool& pool, int calls) {
    constexpr const char* k_host = R"(
INSERT INTO call_log (call_sid, recording_status, transcript_status, summary_status, created_at)
SELECT 'CA' || md5((-n)::text), 'completed', 'completed', 'completed',
       now() AT TIME ZONE 'UTC' - interval '2 days' - n * interval '3 seconds'
FROM generate_series(1, $1::integer) n)";
    constexpr const char* k_work = R"(
INSERT INTO callctl.work (call_sid, call_log_id, stage, call_created_at)
SELECT call_sid, id, 'summary', created_at AT TIME ZONE 'UTC'
FROM call_log)";
    pool.transact([&](pg::Transaction& transaction) {
        transaction.exec(k_host, {pg::param(calls)});
        transaction.exec(k_work);
    });
}

/// Calls that are over, with nothing else known of them. The SIDs in a mixed order, as Twilio's
/// are.
inline void insert_due(pg::Pool& pool, int calls) {
    constexpr const char* k_host = R"(
INSERT INTO call_log (call_sid, from_number, to_number, direction, duration, call_status, created_at)
SELECT 'CA' || md5(n::text), '+15550100', '+15550199', 'inbound', 60, 'completed',
       now() AT TIME ZONE 'UTC' - interval '1 hour' - n * interval '1 millisecond'
FROM generate_series(1, $1::integer) n)";
    constexpr const char* k_work = R"(
INSERT INTO callctl.work (call_sid, call_log_id, stage, due_at, call_created_at, call_state, direction,
                          duration_s)
SELECT call_sid, id, 'recording', created_at AT TIME ZONE 'UTC', created_at AT TIME ZONE 'UTC',
       'completed', 'inbound', 60
FROM call_log
WHERE recording_status = 'pending')";
    pool.transact([&](pg::Transaction& transaction) {
        transaction.exec(k_host, {pg::param(calls)});
        transaction.exec(k_work);
    });
    const auto connection = pool.borrow();
    pg::exec_alone(*connection, "VACUUM ANALYZE call_log");
    pg::exec_alone(*connection, "VACUUM ANALYZE callctl.work");
}

/// What Twilio says of such a call.
inline pipeline::Learnt recorded(const call::Call& call) {
    pipeline::Learnt learnt;
    learnt.facts.state = call::CallState::completed;
    learnt.facts.recording_count = 1;
    learnt.facts.recording = {.sid = base::RecordingSid::parse("RE" + call.sid.str().substr(2)),
                              .state = call::RecordingState::completed,
                              .channels = 2,
                              .duration = std::chrono::seconds{60}};
    return learnt;
}

} // namespace callctl::bench
