-- On top of host_s_before.sql: the host has run its "Migration 44", as its document gives it, and has
-- gone on working since.

ALTER TABLE call_log
ADD COLUMN recording_status VARCHAR(32) DEFAULT 'pending',
ADD COLUMN transcript_status VARCHAR(32) DEFAULT 'pending',
ADD COLUMN summary_status VARCHAR(32) DEFAULT 'pending',
ADD COLUMN last_error TEXT,
ADD COLUMN retry_count INTEGER DEFAULT 0;

UPDATE call_log SET
    recording_status = CASE
        WHEN recording_url IS NOT NULL THEN 'completed'
        WHEN recording_sid IS NOT NULL THEN 'recording'
        ELSE 'pending'
    END,
    transcript_status = CASE
        WHEN final_transcript IS NOT NULL AND LENGTH(final_transcript) > 50 THEN 'completed'
        WHEN transcription IS NOT NULL AND LENGTH(transcription) > 50 THEN 'completed'
        ELSE 'pending'
    END,
    summary_status = CASE
        WHEN summary IS NOT NULL AND LENGTH(summary) > 20 THEN 'completed'
        ELSE 'pending'
    END
WHERE recording_status = 'pending';

-- 11: the application has set what the rules would not say: a failure beside a finished recording.
INSERT INTO call_log (business_id, call_sid, from_number, to_number, duration, call_status, recording_url,
                      recording_sid, recording_status, transcript_status, summary_status, last_error,
                      retry_count, created_at)
VALUES (1, 'CA0000000000000000000000000000000B', '+972555000011', '+97235550100', 61, 'completed',
        'https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Recordings/RE0000000000000000000000000000000B',
        'RE0000000000000000000000000000000B', 'completed', 'failed', 'pending', 'Empty transcript returned', 2,
        '2026-03-03 08:00:00');
-- 12: at work right now. 13: one status of three is NULL, set so by raw SQL.
INSERT INTO call_log (business_id, call_sid, from_number, to_number, call_status, recording_sid,
                      recording_status, transcript_status, summary_status, created_at)
VALUES (1, 'CA0000000000000000000000000000000C', '+972555000012', '+97235550100', 'in-progress',
        'RE0000000000000000000000000000000C', 'recording', 'processing', 'pending', '2026-03-03 09:00:00'),
       (1, 'CA0000000000000000000000000000000D', '+972555000013', '+97235550100', 'completed',
        'RE0000000000000000000000000000000D', 'failed', NULL, 'skipped', '2026-03-03 10:00:00');
