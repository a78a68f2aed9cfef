-- A call of every kind, for the cases of `status`. Times are such that what is shown of them does not
-- change within half a minute.
INSERT INTO call_log (id, call_sid, from_number, to_number, direction, duration, call_status,
                      recording_sid, recording_status, transcript_status, summary_status, created_at)
SELECT n, 'CA' || repeat(n::text, 32), '+97250123456' || n, '+97231234567', 'inbound', 60, 'completed',
       CASE WHEN n IN (1, 2, 3) THEN 'RE' || repeat(n::text, 32) END, recording, transcript, summary,
       (now() AT TIME ZONE 'UTC') - n * interval '3 hours'
FROM (VALUES (1, 'completed', 'completed', 'completed'),
             (2, 'completed', 'failed', 'pending'),
             (3, 'completed', 'failed', 'pending'),
             (4, 'pending', 'pending', 'pending'),
             (5, 'skipped', 'skipped', 'skipped'),
             (6, 'completed', 'processing', 'pending')) AS row (n, recording, transcript, summary);

INSERT INTO callctl.work (call_sid, call_log_id, stage, reason, detail, attempts, due_at, lease_owner,
                          lease_until, call_state, direction, from_number, to_number, answered_at, ended_at,
                          duration_s, asked_by_twiml_at, recording_sid, recording_state,
                          recording_source, recording_channels, recording_duration_s,
                          recording_started_at, recording_count, head_loss_ms, call_created_at)
SELECT l.call_sid, l.id, stage, reason, detail, attempts, now() + due, owner, CASE WHEN owner IS NOT NULL THEN now() + interval '1 minute' END,
       'completed', 'inbound', l.from_number, l.to_number, at, at + interval '60 seconds', 60, at,
       l.recording_sid, CASE WHEN l.recording_sid IS NULL THEN 'none' ELSE 'completed' END,
       CASE WHEN l.recording_sid IS NOT NULL THEN 'StartCallRecordingTwiML' END,
       CASE WHEN l.recording_sid IS NOT NULL THEN 2 END,
       CASE WHEN l.recording_sid IS NOT NULL THEN 58 END,
       CASE WHEN l.recording_sid IS NOT NULL THEN at + interval '2 seconds' END,
       CASE WHEN l.recording_sid IS NULL THEN 0 WHEN l.id = 2 THEN 2 ELSE 1 END,
       CASE WHEN l.recording_sid IS NOT NULL THEN 2000 END, l.created_at AT TIME ZONE 'UTC'
FROM (VALUES (1, 'summary', NULL, '', 1, NULL::interval, NULL),
             (2, 'transcript', 'TIMEOUT', 'no answer within 60s', 2, interval '1 hour 30 seconds', NULL),
             (3, 'transcript', 'TOO_LARGE', 'שיחה ארוכה מדי', 1, NULL, NULL),
             (4, 'recording', NULL, '', 0, interval '-2 hours -4 minutes -30 seconds', NULL),
             (5, 'recording', 'NO_ANSWER', '', 0, NULL, NULL),
             (6, 'transcript', NULL, '', 1, interval '-10 seconds', 'worker-7'))
     AS row (n, stage, reason, detail, attempts, due, owner)
JOIN call_log l ON l.id = n
CROSS JOIN LATERAL (SELECT l.created_at AT TIME ZONE 'UTC' + interval '5 seconds' AS at) AS answer
ORDER BY n;

INSERT INTO callctl.inbox (route, call_sid, raw, digest, deliveries, received_at, applied_at)
SELECT route, call_sid, '', sha256((call_sid || route)::bytea), deliveries, call_created_at + after, now()
FROM callctl.work
CROSS JOIN (VALUES ('/webhook/incoming_call', 1, interval '1 second'),
                   ('/webhook/handle_recording', 3, interval '70 seconds')) AS row (route, deliveries, after)
WHERE call_log_id IN (1, 2);

INSERT INTO callctl.attempt (call_id, stage, lease_token, worker, started_at, finished_at, reason, detail,
                             request_id, http_status, requests, audio_ms, cost_micros, burnt)
SELECT call_id, row.stage, 1, 'worker-1', call_created_at + after, call_created_at + after + took, row.reason,
       row.detail, request, http, 1, 58000, cost, true
FROM callctl.work
JOIN (VALUES (1, 'transcript', interval '80 seconds', interval '12 seconds', NULL, '', 'req_1', 200, 5800),
             (1, 'summary', interval '100 seconds', interval '2 seconds', NULL, '', 'req_2', 200, 300),
             (2, 'transcript', interval '80 seconds', interval '1 second', 'PROVIDER_ERROR',
              'the model is loading', 'req_3', 503, 0),
             (2, 'transcript', interval '20 minutes', interval '60 seconds', 'TIMEOUT', 'no answer within 60s',
              NULL, NULL, 0))
     AS row (n, stage, after, took, reason, detail, request, http, cost) ON n = call_log_id
ORDER BY call_id, after;

INSERT INTO callctl.artefact (call_id, stage, version, text, model, language, created_at)
SELECT call_id, row.stage, 1, repeat('x', length), model, 'he', call_created_at + after
FROM callctl.work
JOIN (VALUES ('transcript', 812, 'whisper-1', interval '92 seconds'),
             ('summary', 240, 'gpt-6-luna', interval '102 seconds'))
     AS row (stage, length, model, after) ON call_log_id = 1;

UPDATE callctl.provider
SET closed_until = now() + interval '1 hour 30 seconds', reason = 'QUOTA', failures = 3,
    detail = 'you exceeded your current quota'
WHERE provider = 'transcription';

INSERT INTO callctl.sweep (name, updated_at) VALUES ('call_log', now() - interval '2 minutes')
ON CONFLICT (name) DO UPDATE SET updated_at = excluded.updated_at;
