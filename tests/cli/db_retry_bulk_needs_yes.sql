-- Eleven calls of which nobody took notice.
INSERT INTO call_log (id, call_sid, recording_status, transcript_status, summary_status, created_at)
SELECT n, 'CA' || lpad(n::text, 32, '0'), 'skipped', 'skipped', 'skipped', now() AT TIME ZONE 'UTC'
FROM generate_series(1, 11) AS n;

INSERT INTO callctl.work (call_sid, call_log_id, stage, reason, call_state, call_created_at)
SELECT call_sid, id, 'recording', 'NO_ANSWER', 'no_answer', now() - (12 - id) * interval '1 minute'
FROM call_log;
