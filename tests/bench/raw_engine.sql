-- The claims and writes of bench_engine by themselves, for pgbench: 50 calls a transaction, the same rows
-- written, nothing read that is not written, nothing decided. One run of the script: 150 stages.
WITH picked AS MATERIALIZED (
  SELECT call_id FROM callctl.work
  WHERE due_at <= now() AND (lease_until IS NULL OR lease_until <= now())
  ORDER BY due_at, call_id LIMIT 50
  FOR NO KEY UPDATE SKIP LOCKED),
taken AS (
  UPDATE callctl.work w
  SET lease_owner = 'raw', lease_until = now() + interval '1 minute', lease_token = w.lease_token + 1,
      updated_at = now()
  FROM picked WHERE w.call_id = picked.call_id
  RETURNING w.call_id, w.call_log_id)
SELECT array_agg(call_id) AS calls, array_agg(call_log_id) AS rows FROM taken \gset

-- recording: what Twilio says of it ends the stage, and the transcript's attempt begins
BEGIN;
UPDATE callctl.work
SET recording_sid = 'RE' || substr(call_sid, 3), recording_state = 'completed', recording_channels = 2,
    recording_duration_s = 60, recording_count = 1, observed_at = now(), observations = 1,
    stage = 'transcript', updated_at = now()
WHERE call_id = ANY (:calls::bigint[]);
UPDATE call_log
SET recording_sid = 'RE' || substr(call_sid, 3), recording_status = 'completed',
    transcript_status = 'processing', updated_at = now() AT TIME ZONE 'UTC'
WHERE id = ANY (:rows::bigint[]);
INSERT INTO callctl.attempt (call_id, stage, lease_token, worker, started_at)
SELECT call_id, 'transcript', lease_token, lease_owner, now() FROM callctl.work
WHERE call_id = ANY (:calls::bigint[]);
COMMIT;

-- transcript: its attempt ends, that of the summary begins
BEGIN;
UPDATE callctl.attempt SET finished_at = now(), http_status = 0, requests = 1, audio_ms = 0, cost_micros = 0,
                           burnt = true
WHERE call_id = ANY (:calls::bigint[]) AND finished_at IS NULL;
UPDATE callctl.work SET stage = 'summary', updated_at = now()
WHERE call_id = ANY (:calls::bigint[]);
UPDATE call_log
SET transcript_status = 'completed', summary_status = 'processing', updated_at = now() AT TIME ZONE 'UTC',
    final_transcript = E'[00:00] caller: I would like a table for two.\n[00:04] agent: At eight o''clock, with pleasure.\n'
WHERE id = ANY (:rows::bigint[]);
INSERT INTO callctl.artefact (call_id, stage, version, text, document, model, created_at)
SELECT call_id, 'transcript', 1,
       E'[00:00] caller: I would like a table for two.\n[00:04] agent: At eight o''clock, with pleasure.\n',
       '{"turns":[]}', 'none', now()
FROM unnest(:calls::bigint[]) AS call_id;
INSERT INTO callctl.attempt (call_id, stage, lease_token, worker, started_at)
SELECT call_id, 'summary', lease_token, lease_owner, now() FROM callctl.work
WHERE call_id = ANY (:calls::bigint[]);
COMMIT;

-- summary
BEGIN;
UPDATE callctl.attempt SET finished_at = now(), http_status = 0, requests = 1, audio_ms = 0, cost_micros = 0,
                           burnt = true
WHERE call_id = ANY (:calls::bigint[]) AND finished_at IS NULL;
UPDATE callctl.work SET due_at = NULL, lease_owner = NULL, lease_until = NULL, updated_at = now()
WHERE call_id = ANY (:calls::bigint[]);
UPDATE call_log
SET summary_status = 'completed', updated_at = now() AT TIME ZONE 'UTC',
    summary = 'A table for two was booked for eight o''clock.'
WHERE id = ANY (:rows::bigint[]);
INSERT INTO callctl.artefact (call_id, stage, version, text, document, model, created_at)
SELECT call_id, 'summary', 1, 'A table for two was booked for eight o''clock.', '{"topic":"booking"}', 'none', now()
FROM unnest(:calls::bigint[]) AS call_id;
COMMIT;
