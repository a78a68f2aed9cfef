-- What the peers of the webhook server do for a recording callback, one row a commit. For pgbench.
\set sid random(1, 1000000000000000)
INSERT INTO call_log (call_sid, recording_sid, recording_url, recording_status, duration, updated_at)
VALUES ('CA' || md5((:sid)::text), 'RE' || md5((:sid)::text),
        'https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Recordings/RE' || md5((:sid)::text),
        'completed', 42, now() AT TIME ZONE 'UTC')
ON CONFLICT (call_sid) DO UPDATE
SET recording_sid = excluded.recording_sid, recording_url = excluded.recording_url,
    recording_status = excluded.recording_status, duration = excluded.duration,
    updated_at = excluded.updated_at;
