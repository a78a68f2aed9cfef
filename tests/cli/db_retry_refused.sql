insert into call_log (call_sid, recording_status, transcript_status)
select 'CA' || repeat(n::text, 32), 'completed', 'failed' from generate_series(4, 5) as n;
insert into callctl.work (call_sid, call_log_id, stage, reason, call_state, call_created_at)
select call_sid, id, 'transcript', 'PROVIDER_ERROR', 'completed', now() from call_log;
alter table call_log add constraint closed_month check (call_sid not like 'CA5%' or transcript_status = 'failed');
