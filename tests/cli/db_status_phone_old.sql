insert into call_log (call_sid, from_number, recording_status, transcript_status, summary_status, created_at)
values ('CA' || repeat('7', 32), '+972501234567', 'completed', 'completed', 'completed', now() at time zone 'utc' - interval '30 days');
insert into callctl.work (call_sid, call_log_id, stage, call_state, from_number, call_created_at)
select call_sid, id, 'summary', 'completed', from_number, now() - interval '30 days' from call_log;
