insert into call_log (call_sid, recording_status, transcript_status) values ('CA' || repeat('5', 32), 'completed', 'failed');
insert into callctl.work (call_sid, call_log_id, stage, reason, call_state, call_created_at)
select call_sid, id, 'transcript', 'PROVIDER_ERROR', 'completed', now() from call_log;
