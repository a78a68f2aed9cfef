-- Calls for more than a page, and a database that fails when the last of them is set back.
INSERT INTO call_log (id, call_sid, direction, duration, call_status, recording_sid, recording_status,
                      transcript_status, summary_status, created_at)
SELECT n, 'CA' || lpad(n::text, 32, '0'), 'inbound', 60, 'completed', 'RE' || lpad(n::text, 32, '0'),
       'completed', 'failed', 'pending', (now() AT TIME ZONE 'UTC') - interval '1 hour' + n * interval '1 second'
FROM generate_series(1, 105) AS n;

INSERT INTO callctl.work (call_sid, call_log_id, stage, reason, call_state, direction, recording_sid,
                          recording_state, recording_source, recording_channels, recording_duration_s,
                          recording_count, call_created_at)
SELECT call_sid, id, 'transcript', 'TIMEOUT', 'completed', 'inbound', recording_sid, 'completed',
       'StartCallRecordingTwiML', 2, 58, 1, created_at AT TIME ZONE 'UTC'
FROM call_log ORDER BY id;

CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE 'the disk is full' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER fail BEFORE UPDATE ON call_log FOR EACH ROW WHEN (NEW.id = 105) EXECUTE FUNCTION fail();
